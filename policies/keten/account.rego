# METADATA
# title: What a user may do in his account, and about himself
# description: |
#   A role gives permissions in one's own account only. What is one's own (`self.*`, `grant.list`, `grant.leave`) asks
#   that `subject` is the actor; no subject is nobody. What asks for both is given by either (`photo.remove`). `rights`
#   are the permissions that the role gives.
package keten.account

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
	permitted
}

default visible := false

visible if {
	actor.active
	own_account
}

default own_account := false

own_account if {
	input.actor.account == input.account.id
}

default uncertain := true

uncertain := false if {
	known
	actor.settled
}

default known := false

known if {
	actor.known
	is_string(input.account.id)
}

default rights := []

rights := sort(actor.permissions) if {
	visible
}

needs := data.keten.actions[input.action]

default decidable := false

decidable if {
	needs.package == "account"
}

default permitted := false

permitted if {
	decidable
	by_role
}

permitted if {
	decidable
	by_self
}

default by_role := false

by_role if {
	needs.permission in actor.permissions
}

default by_self := false

by_self if {
	needs.own == true
	is_string(input.subject)
	input.subject == input.actor.id
}

reasons := array.concat(grounds, obstacles)

grounds := array.concat(
	[{"rule": "account-role", "role": input.actor.role, "permission": needs.permission} | allow; by_role],
	[{"rule": "own"} | allow; by_self],
)

obstacles := [found | some rule in order; found := obstacle[rule]]

order := [
	"facts-missing",
	"uncertain",
	"actor-not-active",
	"action-unknown",
	"other-account",
	"permission-missing",
	"not-own",
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
	is_string(needs.permission)
	permitted == false
}

obstacle["not-own"] := {"rule": "not-own"} if {
	refused
	needs.own == true
	permitted == false
}

# A denial that is certain; of an uncertain one nothing more is said.
default refused := false

refused if {
	uncertain == false
	allow == false
}
