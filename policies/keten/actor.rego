# METADATA
# title: What an actor is and holds in his own account
# description: Shared by the other packages; it decides nothing by itself. A fact that is absent makes its rule false.
package keten.actor

import rego.v1

default active := false

active if {
	input.actor.status == "active"
}

# Every decision asks for these facts: without one of them there is no decision.
default known := false

known if {
	actor := input.actor
	is_string(actor.id)
	is_string(actor.account)
	is_string(actor.status)
	is_string(actor.role)
	is_boolean(actor.medical)
	is_string(input.action)
	is_boolean(input.parked)
}

# Nothing that the answer rests on waits behind an event that could not be read.
default settled := false

settled if {
	input.parked == false
}

default account_wide := false

account_wide if {
	input.actor.role in data.keten.account_wide
}

default permissions := []

permissions := data.keten.roles[input.actor.role] if {
	active
}

# The rights that count for this actor: medical ones only with a medical authorisation of his own (ALL-1). What is not
# a right counts for nobody.
default authorisation := "general"

authorisation := "medical" if {
	input.actor.medical == true
}

counting := data.keten.counting[authorisation]

# The ways into one group of the actor's own account, each with those of its rights that count.
ways(group, counted) := [{"rule": "group-access", "access": access.id, "group": group, "rights": rights} |
	some access in input.groups
	is_string(access.id)
	access.status == "live"
	access.group == group
	rights := sort([right | some right in access.rights; counted[right]])
	count(rights) > 0
]
