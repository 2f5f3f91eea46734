# METADATA
# title: Who watches a job
# description: |
#   Long work is seen by whoever opened it, and by those whose role in the account lets them see all of its work. To
#   everybody else it is not there. What a service opened by itself was opened by "".
package keten.job

import data.keten.actor
import rego.v1

decision := {
	"allow": allow,
	"visible": visible,
	"active": actor.active,
	"uncertain": uncertain,
	"rights": rights,
	"reasons": reasons,
}

default allow := false

allow if {
	uncertain == false
	visible
}

default visible := false

visible if {
	actor.active
	decidable
	own_account
	count(grounds) > 0
}

default uncertain := true

uncertain := false if {
	known
	actor.settled
}

default known := false

known if {
	actor.known
	is_string(input.job.account)
	is_string(input.job.opened_by)
}

default own_account := false

own_account if {
	input.actor.account == input.job.account
}

needs := data.keten.actions[input.action]

default decidable := false

decidable if {
	needs.package == "job"
	is_string(needs.permission)
}

# What a role gives in its account is told by the account's own policy.
rights := []

reasons := array.concat(told, obstacles)

told := [ground | some ground in grounds; allow]

grounds := array.concat(
	[{"rule": "own"} | input.job.opened_by == input.actor.id],
	[{"rule": "account-role", "role": input.actor.role, "permission": needs.permission} | needs.permission in actor.permissions],
)

obstacles := [found | some rule in order; found := obstacle[rule]]

order := [
	"facts-missing",
	"uncertain",
	"actor-not-active",
	"action-unknown",
	"other-account",
	"permission-missing",
]

obstacle["facts-missing"] := {"rule": "facts-missing"} if {
	known == false
}

obstacle["uncertain"] := {"rule": "uncertain"} if {
	uncertain == true
}

obstacle["actor-not-active"] := {"rule": "actor-not-active"} if {
	refused
	actor.active == false
}

obstacle["action-unknown"] := {"rule": "action-unknown"} if {
	refused
	decidable == false
}

obstacle["other-account"] := {"rule": "other-account"} if {
	refused
	own_account == false
}

obstacle["permission-missing"] := {"rule": "permission-missing", "permission": needs.permission} if {
	refused
	decidable
	count(grounds) == 0
}

# A denial that is certain; of an uncertain one nothing more is said.
default refused := false

refused if {
	uncertain == false
	allow == false
}
