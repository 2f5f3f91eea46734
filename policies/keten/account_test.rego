package keten.account_test

import data.keten.account
import rego.v1

member := {"id": "user-1", "account": "account-1", "status": "active", "role": "member", "medical": false}

facts := {
	"action": "user.add",
	"actor": member,
	"account": {"id": "account-1"},
	"subject": null,
	"parked": false,
}

acting(role, action) := object.union(facts, {"action": action, "actor": object.union(member, {"role": role})})

test_an_administrator_adds_users if {
	answer := account.decision with input as acting("administrator", "user.add")

	answer.allow == true
	answer.reasons == [{"rule": "account-role", "role": "administrator", "permission": "user.manage"}]
}

test_only_the_owner_transfers_his_account if {
	owner := account.decision with input as acting("owner", "account.transfer")
	administrator := account.decision with input as acting("administrator", "account.transfer")

	owner.allow == true
	administrator.allow == false
	administrator.visible == true
}

test_only_the_owner_demands_a_second_factor if {
	owner := account.decision with input as acting("owner", "account.change")
	administrator := account.decision with input as acting("administrator", "account.change")

	owner.allow == true
	administrator.allow == false
	administrator.visible == true
}

test_an_administrator_resets_a_second_factor_and_a_member_does_not if {
	administrator := account.decision with input as acting("administrator", "second_factor.reset")
	member_ := account.decision with input as acting("member", "second_factor.reset")

	administrator.allow == true
	member_.allow == false
}

test_a_member_finds_users_but_adds_none if {
	finding := account.decision with input as acting("member", "user.find")
	adding := account.decision with input as acting("member", "user.add")

	finding.allow == true
	adding.allow == false
	adding.reasons == [{"rule": "permission-missing", "permission": "user.manage"}]
}

test_an_unknown_role_gives_no_permission if {
	answer := account.decision with input as acting("root", "user.read")

	answer.allow == false
	answer.rights == []
}

test_a_role_counts_in_its_own_account_only if {
	answer := account.decision with input as object.union(acting("owner", "user.read"), {"account": {"id": "account-2"}})

	answer.allow == false
	answer.visible == false
	answer.rights == []
	answer.reasons == [{"rule": "other-account"}]
}

test_what_is_ones_own_is_for_the_subject_alone if {
	own := account.decision with input as object.union(facts, {"action": "self.change", "subject": "user-1"})
	other := account.decision with input as object.union(facts, {"action": "self.change", "subject": "user-2"})
	nobody := account.decision with input as object.union(facts, {"action": "grant.leave"})

	own.allow == true
	own.reasons == [{"rule": "own"}]
	other.allow == false
	nobody.allow == false
	nobody.reasons == [{"rule": "not-own"}]
}

test_a_photo_is_removed_by_its_own_person_or_by_who_manages_users if {
	own := account.decision with input as object.union(acting("member", "photo.remove"), {"subject": "user-1"})
	colleague := account.decision with input as object.union(acting("member", "photo.remove"), {"subject": "user-2"})
	manager := account.decision with input as object.union(acting("administrator", "photo.remove"), {"subject": "user-2"})

	own.reasons == [{"rule": "own"}]
	colleague.allow == false
	colleague.visible == true
	colleague.reasons == [{"rule": "permission-missing", "permission": "user.manage"}, {"rule": "not-own"}]
	manager.reasons == [{"rule": "account-role", "role": "administrator", "permission": "user.manage"}]
}

test_a_suspended_user_may_not_even_read_himself if {
	answer := account.decision with input as object.union(facts, {
		"action": "self.read",
		"subject": "user-1",
		"actor": object.union(member, {"status": "suspended"}),
	})

	answer.allow == false
	answer.active == false
	answer.visible == false
}

test_nothing_is_allowed_while_a_fact_is_parked if {
	answer := account.decision with input as object.union(acting("owner", "user.read"), {"parked": true})

	answer.allow == false
	answer.uncertain == true
	answer.reasons == [{"rule": "uncertain"}]
}

test_an_action_of_another_package_is_unknown_here if {
	answer := account.decision with input as acting("owner", "group.manage")

	answer.allow == false
	{"rule": "action-unknown"} in answer.reasons
}

test_no_facts_are_no_decision if {
	answer := account.decision with input as {}

	answer.allow == false
	answer.visible == false
	answer.uncertain == true
}
