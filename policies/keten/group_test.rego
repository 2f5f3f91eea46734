package keten.group_test

import data.keten.group
import rego.v1

member := {"id": "user-1", "account": "account-1", "status": "active", "role": "member", "medical": false}

own_group := {"id": "group-1", "account": "account-1", "status": "open"}

facts := {
	"action": "group.read",
	"actor": member,
	"group": own_group,
	"groups": [],
	"parked": false,
}

access(rights) := {"groups": [{"id": "access-1", "group": "group-1", "rights": rights, "status": "live"}]}

test_a_member_sees_a_group_he_was_given if {
	answer := group.decision with input as object.union(facts, access(["plan:read"]))

	answer.allow == true
	answer.reasons == [{"rule": "group-access", "access": "access-1", "group": "group-1", "rights": ["plan:read"]}]
}

test_a_member_sees_no_other_group if {
	answer := group.decision with input as facts

	answer.allow == false
	answer.visible == false
	answer.reasons == [{"rule": "right-missing", "right": "any"}]
}

test_an_administrator_sees_every_group_of_his_account if {
	administrator := {"actor": object.union(member, {"role": "administrator"})}

	own := group.decision with input as object.union(facts, administrator)
	foreign := group.decision with input as object.union(
		facts,
		object.union(administrator, {"group": object.union(own_group, {"account": "account-2"})}),
	)

	own.allow == true
	foreign.allow == false
	foreign.visible == false
}

test_access_to_one_group_opens_no_other if {
	other := {"groups": [{"id": "access-1", "group": "group-2", "rights": ["plan:read"], "status": "live"}]}

	answer := group.decision with input as object.union(facts, other)

	answer.visible == false
}

test_ended_access_opens_nothing if {
	ended := {"groups": [{"id": "access-1", "group": "group-1", "rights": ["plan:read"], "status": "ended"}]}

	answer := group.decision with input as object.union(facts, ended)

	answer.visible == false
}

test_medical_access_alone_shows_no_group_to_the_unauthorised if {
	unauthorised := group.decision with input as object.union(facts, access(["medical:read"]))
	authorised := group.decision with input as object.union(
		facts,
		object.union(access(["medical:read"]), {"actor": object.union(member, {"medical": true})}),
	)

	unauthorised.visible == false
	authorised.allow == true
}

test_registering_a_client_needs_profile_write_on_the_group if {
	change := {"action": "group.register_client"}

	writer := group.decision with input as object.union(facts, object.union(change, access(["profile:write"])))
	reader := group.decision with input as object.union(facts, object.union(change, access(["profile:read"])))

	writer.allow == true
	reader.allow == false
	reader.visible == true
	{"rule": "right-missing", "right": "profile:write"} in reader.reasons
}

test_registering_a_client_needs_the_permission_as_well if {
	guest := {"action": "group.register_client", "actor": object.union(member, {"role": "guest"})}

	answer := group.decision with input as object.union(facts, object.union(guest, access(["profile:write"])))

	answer.allow == false
	{"rule": "permission-missing", "permission": "client.register"} in answer.reasons
}

test_a_member_manages_no_group if {
	change := object.union(access(["profile:write", "members:manage"]), {"action": "group.manage"})

	answer := group.decision with input as object.union(facts, change)

	answer.allow == false
	answer.visible == true
}

test_an_archived_group_takes_no_client if {
	change := object.union(access(["profile:write"]), {"group": object.union(own_group, {"status": "archived"})})

	reading := group.decision with input as object.union(facts, change)
	registering := group.decision with input as object.union(
		facts,
		object.union(change, {"action": "group.register_client"}),
	)

	reading.allow == true
	registering.allow == false
	{"rule": "group-archived"} in registering.reasons
}

test_nothing_is_allowed_while_a_fact_is_parked if {
	answer := group.decision with input as object.union(facts, object.union(access(["plan:read"]), {"parked": true}))

	answer.allow == false
	answer.uncertain == true
}

test_no_facts_are_no_decision if {
	answer := group.decision with input as {}

	answer.allow == false
	answer.visible == false
	answer.uncertain == true
}
