# METADATA
# title: By which ways a list of dossiers may be filled
# description: |
#   `ways` are the relations that the asking service turns into SQL: `account` (all of the own account), `groups` (live
#   access to own groups), `grants` (live chains of grants). A dossier is listed when one of these gives one of `rights`.
#   Received dossiers that cannot be trusted to be fresh stand in `stale_ways`: they are left out, the own ones go on.
package keten.scope

import data.keten.actor
import rego.v1

decision := {
	"allow": allow,
	"visible": visible,
	"active": actor.active,
	"uncertain": uncertain,
	"rights": rights,
	"ways": ways,
	"stale_ways": stale_ways,
	"reasons": reasons,
}

default allow := false

allow if {
	uncertain == false
	visible
	decidable
}

default visible := false

visible if {
	actor.active
	count(possible_ways) > 0
}

default uncertain := true

uncertain := false if {
	known
	actor.settled
}

default known := false

known if {
	actor.known
	is_boolean(input.fresh)
	is_boolean(input.has_grants)
}

needs := data.keten.actions[input.action]

default decidable := false

decidable if {
	needs.package == "dossier"
}

# The rights that count for this action and this reader: one of them makes a dossier stand in the list.
default rights := []

rights := sort(object.keys(actor.counting)) if {
	allow
	needs.any_right == true
}

rights := [needs.right] if {
	allow
	actor.counting[needs.right] == true
}

possible_ways contains "account" if {
	actor.account_wide
}

possible_ways contains "groups" if {
	input.actor.role in object.keys(data.keten.roles)
	actor.account_wide == false
}

default ways := []

ways := sort(possible_ways | fresh_ways) if {
	allow
}

fresh_ways contains "grants" if {
	input.fresh == true
}

default stale_ways := []

stale_ways := ["grants"] if {
	allow
	input.fresh == false
	input.has_grants == true
}

reasons := array.concat(grounds, obstacles)

grounds := array.concat(
	[{"rule": "account-role", "role": input.actor.role} | allow; "account" in ways],
	[{"rule": way} | allow; some way in ways; way != "account"],
)

obstacles := array.concat(
	[found | some rule in order; found := obstacle[rule]],
	[{"rule": "stale", "way": way} | some way in stale_ways],
)

order := [
	"facts-missing",
	"uncertain",
	"actor-not-active",
	"action-unknown",
	"role-unknown",
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

obstacle["role-unknown"] := {"rule": "role-unknown"} if {
	refused
	count(possible_ways) == 0
}

# A denial that is certain; of an uncertain one nothing more is said.
default refused := false

refused if {
	uncertain == false
	allow == false
}
