# METADATA
# title: What a user may do with one group of clients
# description: |
#   A group is visible to the account-wide roles of its account and to who has live access to it. Registering a client
#   needs the permission of the role and, on the group, the right to write profiles.
package keten.group

import data.keten.actor
import rego.v1

decision := {
	"allow": allow,
	"visible": visible,
	"active": actor.active,
	"uncertain": uncertain,
	"rights": sort(rights),
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
	count(rights) > 0
}

default uncertain := true

uncertain := false if {
	known
	actor.settled
}

default known := false

known if {
	actor.known
	is_string(input.group.id)
	is_string(input.group.account)
	is_string(input.group.status)
	is_array(input.groups)
}

needs := data.keten.actions[input.action]

default decidable := false

decidable if {
	needs.package == "group"
}

default permitted := false

permitted if {
	decidable
	in_time
	fits_permission
	fits_rights
}

default in_time := false

in_time if {
	input.group.status in needs.statuses
}

default fits_permission := false

fits_permission if {
	needs.permission == null
}

fits_permission if {
	needs.permission in actor.permissions
}

default fits_rights := false

fits_rights if {
	needs.right == null
}

fits_rights if {
	needs.right in rights
}

# A deleted group is there for nobody.
present if {
	input.group.status in ["open", "archived"]
}

own_account if {
	input.actor.account == input.group.account
}

default by_role := false

by_role if {
	present
	own_account
	actor.active
	actor.account_wide
}

rights contains right if {
	by_role
	some right in object.keys(actor.counting)
}

rights contains right if {
	some way in ways
	some right in way.rights
}

default ways := []

ways := actor.ways(input.group.id, actor.counting) if {
	present
	own_account
	actor.active
	by_role == false
}

reasons := array.concat(grounds, obstacles)

grounds := array.concat([{"rule": "account-role", "role": input.actor.role} | by_role], ways)

obstacles := [found | some rule in order; found := obstacle[rule]]

order := [
	"facts-missing",
	"uncertain",
	"actor-not-active",
	"action-unknown",
	"group-archived",
	"group-deleted",
	"permission-missing",
	"right-missing",
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

obstacle["group-archived"] := {"rule": "group-archived"} if {
	refused
	input.group.status == "archived"
	in_time == false
}

obstacle["group-deleted"] := {"rule": "group-deleted"} if {
	refused
	input.group.status == "deleted"
}

obstacle["permission-missing"] := {"rule": "permission-missing", "permission": needs.permission} if {
	refused
	is_string(needs.permission)
	fits_permission == false
}

obstacle["right-missing"] := {"rule": "right-missing", "right": needs.right} if {
	refused
	is_string(needs.right)
	fits_rights == false
}

obstacle["right-missing"] := {"rule": "right-missing", "right": "any"} if {
	refused
	needs.any_right == true
	visible == false
}

# A denial that is certain; of an uncertain one nothing more is said.
default refused := false

refused if {
	uncertain == false
	allow == false
}
