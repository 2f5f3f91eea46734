# METADATA
# title: What a person may do with one dossier
# description: |
#   Rights come from the actor's own account (its role, or its groups) and from live grants: the intersection along each
#   chain, the union over all. Medical rights need a medical authorisation as well. Facts come with the request.
package keten.dossier

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
	permitted
}

default visible := false

visible if {
	actor.active
	count(rights) > 0
}

# Uncertain is neither yes nor no: facts are absent or parked, or a grant that might open this is not known to be fresh.
default uncertain := true

uncertain := false if {
	known
	actor.settled
	input.fresh == true
}

uncertain := false if {
	known
	actor.settled
	input.fresh == false
	input.grants == []
}

# Stale grants count for nothing, so what is permitted now rests on the own account alone.
uncertain := false if {
	known
	actor.settled
	input.fresh == false
	permitted
}

default known := false

known if {
	actor.known
	dossier := input.dossier
	is_string(dossier.id)
	is_string(dossier.account)
	is_string(dossier.group)
	is_string(dossier.status)
	is_number(input.at)
	is_string(input.today)
	is_array(input.groups)
	is_array(input.grants)
	is_boolean(input.fresh)
}

needs := data.keten.actions[input.action]

default permitted := false

permitted if {
	visible
	decidable
	in_time
	fits_account
	has_permission
	suffices(rights)
}

# A role's permission beside the right, where an action asks for one: no group and no grant gives it.
default has_permission := false

has_permission if {
	needs.permission == null
}

has_permission if {
	needs.permission in actor.permissions
}

default decidable := false

decidable if {
	needs.package == "dossier"
}

default in_time := false

in_time if {
	input.dossier.status in needs.statuses
}

default fits_account := false

fits_account if {
	needs.own_account == false
}

fits_account if {
	own_account
}

suffices(held) if {
	needs.right in held
}

suffices(held) if {
	needs.any_right == true
	count(held) > 0
}

own_account if {
	input.actor.account == input.dossier.account
}

# A deleted dossier is there for nobody, but for its own account in what is said to reach it: it can be restored. Nothing is
# there for an actor who is not active.
default open := false

open if {
	actor.active
	input.dossier.status in ["open", "archived"]
}

open if {
	actor.active
	input.dossier.status == "deleted"
	own_account
	"deleted" in needs.statuses
}

default by_role := false

by_role if {
	open
	own_account
	actor.account_wide
}

rights contains right if {
	by_role
	some right in object.keys(actor.counting)
}

rights contains right if {
	some way in group_ways
	some right in way.rights
}

rights contains right if {
	some way in grant_ways
	some right in way.rights
}

default group_ways := []

group_ways := actor.ways(input.dossier.group, actor.counting) if {
	open
	own_account
	by_role == false
}

default grant_ways := []

grant_ways := ways(actor.counting) if {
	open
	input.fresh == true
}

# Live grants, each with those of its rights that count: what every link of the chain has (SHR-11).
ways(counted) := [{"rule": "grant", "grant": grant.id, "chain": chain, "rights": rights} |
	some grant in input.grants
	is_string(grant.id)
	lives(grant)
	chain := [link.id | some link in grant.chain]
	shared := intersection({{right | some right in link.rights} | some link in grant.chain})
	rights := sort([right | some right in shared; counted[right]])
	count(rights) > 0
]

lives(grant) if {
	every link in grant.chain {
		is_string(link.id)
		link_lives(link)
	}
}

link_lives(link) if {
	link.status == "live"
	link.until == null
}

# An end date is the first day without access (SHR-16).
link_lives(link) if {
	link.status == "live"
	is_string(link.until)
	is_string(input.today)
	input.today < link.until
}

# Why: first what speaks for the actor, then, on a denial, what stands in the way.
reasons := array.concat(array.concat(role_ways, group_ways), array.concat(grant_ways, obstacles))

role_ways := [{"rule": "account-role", "role": input.actor.role} | by_role]

# Of what is uncertain nothing more is said.
default obstacles := []

obstacles := [{"rule": "uncertain"}] if {
	known == true
	uncertain == true
}

obstacles := [{"rule": "facts-missing"}, {"rule": "uncertain"}] if {
	known == false
}

obstacles := array.concat([found | some rule in order; found := obstacle[rule]], ended) if {
	uncertain == false
	allow == false
}

order := [
	"actor-not-active",
	"action-unknown",
	"dossier-deleted",
	"dossier-archived",
	"other-account",
	"permission-missing",
	"right-missing",
	"medical-authorisation-missing",
]

obstacle["actor-not-active"] := {"rule": "actor-not-active"} if {
	actor.active == false
}

obstacle["action-unknown"] := {"rule": "action-unknown"} if {
	decidable == false
}

# A status that nobody has heard of is taken for this one.
obstacle["dossier-deleted"] := {"rule": "dossier-deleted"} if {
	actor.active == true
	open == false
}

obstacle["dossier-archived"] := {"rule": "dossier-archived"} if {
	decidable
	input.dossier.status == "archived"
	in_time == false
	fits_account
	suffices(rights)
}

obstacle["other-account"] := {"rule": "other-account"} if {
	decidable
	fits_account == false
}

obstacle["permission-missing"] := {"rule": "permission-missing", "permission": needs.permission} if {
	open
	has_permission == false
	is_string(needs.permission)
}

obstacle["right-missing"] := {"rule": "right-missing", "right": wanted} if {
	open
	not suffices(given)
}

obstacle["medical-authorisation-missing"] := {"rule": "medical-authorisation-missing"} if {
	suffices(given)
	not suffices(rights)
}

wanted := needs.right if {
	is_string(needs.right)
}

wanted := "any" if {
	needs.any_right == true
}

# What the actor would have if he were authorised for medical data.
given contains right if {
	by_role
	some right in object.keys(data.keten.counting.medical)
}

given contains right if {
	open
	own_account
	some way in actor.ways(input.dossier.group, data.keten.counting.medical)
	some right in way.rights
}

given contains right if {
	open
	input.fresh == true
	some way in ways(data.keten.counting.medical)
	some right in way.rights
}

ended := [{"rule": "grant-ended", "grant": grant.id} |
	some grant in input.grants
	not lives(grant)
]
