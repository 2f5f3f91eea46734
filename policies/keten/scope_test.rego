package keten.scope_test

import data.keten.scope
import rego.v1

member := {"id": "user-1", "account": "account-1", "status": "active", "role": "member", "medical": false}

facts := {
	"action": "dossier.read",
	"actor": member,
	"fresh": true,
	"parked": false,
	"has_grants": true,
}

test_a_member_lists_by_groups_and_grants if {
	answer := scope.decision with input as facts

	answer.allow == true
	answer.ways == ["grants", "groups"]
	answer.stale_ways == []
}

test_an_owner_lists_his_account_and_his_grants if {
	answer := scope.decision with input as object.union(facts, {"actor": object.union(member, {"role": "owner"})})

	answer.ways == ["account", "grants"]
	answer.reasons == [{"rule": "account-role", "role": "owner"}, {"rule": "grants"}]
}

test_stale_grants_are_left_out_and_named if {
	answer := scope.decision with input as object.union(facts, {"fresh": false})

	answer.allow == true
	answer.ways == ["groups"]
	answer.stale_ways == ["grants"]
	{"rule": "stale", "way": "grants"} in answer.reasons
}

test_without_grants_nothing_is_stale if {
	answer := scope.decision with input as object.union(facts, {"fresh": false, "has_grants": false})

	answer.allow == true
	answer.stale_ways == []
}

test_a_list_of_one_section_counts_that_right_only if {
	answer := scope.decision with input as object.union(facts, {"action": "report.read"})

	answer.rights == ["reports:read"]
}

test_medical_rights_list_nothing_for_the_unauthorised if {
	dossiers := scope.decision with input as facts
	records := scope.decision with input as object.union(facts, {"action": "medical.read"})
	authorised := scope.decision with input as object.union(facts, {
		"action": "medical.read",
		"actor": object.union(member, {"medical": true}),
	})

	not "medical:read" in dossiers.rights
	records.rights == []
	authorised.rights == ["medical:read"]
}

test_nothing_is_listed_while_a_fact_is_parked if {
	answer := scope.decision with input as object.union(facts, {"parked": true})

	answer.allow == false
	answer.uncertain == true
	answer.ways == []
}

test_nothing_is_listed_for_a_suspended_actor if {
	answer := scope.decision with input as object.union(facts, {"actor": object.union(member, {"status": "suspended"})})

	answer.allow == false
	answer.ways == []
	answer.reasons == [{"rule": "actor-not-active"}]
}

test_an_unknown_role_lists_nothing if {
	answer := scope.decision with input as object.union(facts, {"actor": object.union(member, {"role": "root"})})

	answer.allow == false
	answer.ways == []
}

test_what_is_no_action_on_a_dossier_lists_nothing if {
	answer := scope.decision with input as object.union(facts, {"action": "user.read"})

	answer.allow == false
	answer.reasons == [{"rule": "action-unknown"}]
}

test_no_facts_are_no_decision if {
	answer := scope.decision with input as {}

	answer.allow == false
	answer.uncertain == true
}
