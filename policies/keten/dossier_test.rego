package keten.dossier_test

import data.keten.dossier
import rego.v1

member := {"id": "user-1", "account": "account-1", "status": "active", "role": "member", "medical": false}

own_dossier := {"id": "dossier-1", "account": "account-1", "group": "group-1", "status": "open"}

other_dossier := {"id": "dossier-2", "account": "account-2", "group": "group-2", "status": "open"}

facts := {
	"action": "report.write",
	"at": 1700000000,
	"today": "2026-11-23",
	"actor": member,
	"dossier": own_dossier,
	"groups": [],
	"grants": [],
	"fresh": true,
	"parked": false,
}

access(rights) := [{"id": "access-1", "group": "group-1", "rights": rights, "status": "live"}]

link(id, rights) := {"id": id, "rights": rights, "status": "live", "until": null}

received(links) := {"dossier": other_dossier, "grants": [{"id": "grant-1", "chain": links}]}

test_a_teammate_writes_by_his_group if {
	answer := dossier.decision with input as object.union(facts, {"groups": access(["reports:read", "reports:write"])})

	answer.allow == true
	answer.rights == ["reports:read", "reports:write"]
	answer.reasons == [{
		"rule": "group-access",
		"access": "access-1",
		"group": "group-1",
		"rights": ["reports:read", "reports:write"],
	}]
}

test_nobody_sees_what_he_has_no_right_on if {
	answer := dossier.decision with input as facts

	answer.allow == false
	answer.visible == false
	answer.uncertain == false
	answer.reasons == [{"rule": "right-missing", "right": "reports:write"}]
}

test_an_owner_has_every_right_but_the_medical_ones if {
	owner := object.union(member, {"role": "owner"})

	answer := dossier.decision with input as object.union(facts, {"actor": owner})

	answer.allow == true
	count(answer.rights) == 12
	not "medical:read" in answer.rights
	answer.reasons == [{"rule": "account-role", "role": "owner"}]
}

test_a_role_opens_nothing_in_another_account if {
	owner := object.union(member, {"role": "owner"})

	answer := dossier.decision with input as object.union(facts, {"actor": owner, "dossier": other_dossier})

	answer.allow == false
	answer.visible == false
}

test_a_medical_right_needs_a_medical_authorisation if {
	change := {"action": "medical.read", "groups": access(["medical:read", "plan:read"])}

	denied := dossier.decision with input as object.union(facts, change)
	allowed := dossier.decision with input as object.union(
		facts,
		object.union(change, {"actor": object.union(member, {"medical": true})}),
	)

	denied.allow == false
	denied.rights == ["plan:read"]
	{"rule": "medical-authorisation-missing"} in denied.reasons
	allowed.allow == true
}

test_a_chain_gives_what_all_its_links_have if {
	links := [link("link-1", ["reports:read", "plan:write", "reports:write"]), link("link-2", ["plan:read", "reports:write"])]

	answer := dossier.decision with input as object.union(facts, received(links))

	answer.allow == true
	answer.rights == ["reports:write"]
	answer.reasons == [{
		"rule": "grant",
		"grant": "grant-1",
		"chain": ["link-1", "link-2"],
		"rights": ["reports:write"],
	}]
}

test_a_chain_with_an_ended_link_gives_nothing if {
	ended := object.union(link("link-1", ["reports:write"]), {"status": "ended"})

	answer := dossier.decision with input as object.union(facts, received([ended, link("link-2", ["reports:write"])]))

	answer.allow == false
	answer.visible == false
	{"rule": "grant-ended", "grant": "grant-1"} in answer.reasons
}

test_a_chain_without_links_gives_nothing if {
	answer := dossier.decision with input as object.union(facts, received([]))

	answer.visible == false
}

test_an_end_date_is_the_first_day_without_access if {
	dated := object.union(link("link-1", ["reports:write"]), {"until": "2026-11-23"})

	before := dossier.decision with input as object.union(
		facts,
		object.union(received([dated]), {"today": "2026-11-22"}),
	)
	on_the_day := dossier.decision with input as object.union(facts, received([dated]))

	before.allow == true
	on_the_day.allow == false
	on_the_day.visible == false
}

test_an_archived_dossier_is_read_but_not_written if {
	archived := {
		"dossier": object.union(own_dossier, {"status": "archived"}),
		"groups": access(["reports:read", "reports:write"]),
	}

	reading := dossier.decision with input as object.union(facts, object.union(archived, {"action": "report.read"}))
	writing := dossier.decision with input as object.union(facts, archived)

	reading.allow == true
	writing.allow == false
	writing.visible == true
	{"rule": "dossier-archived"} in writing.reasons
}

test_a_deleted_dossier_is_there_for_nobody if {
	answer := dossier.decision with input as object.union(facts, {
		"actor": object.union(member, {"role": "owner"}),
		"dossier": object.union(own_dossier, {"status": "deleted"}),
	})

	answer.allow == false
	answer.visible == false
	answer.rights == []
}

deleted := {"dossier": object.union(own_dossier, {"status": "deleted"})}

owner := object.union(member, {"role": "owner"})

test_a_deleted_dossier_is_restored_by_its_own_account if {
	answer := dossier.decision with input as object.union(
		facts,
		object.union(deleted, {"action": "dossier.restore", "actor": owner}),
	)

	answer.allow == true
}

test_who_manages_a_group_deletes_and_erases_nothing if {
	managing := object.union(facts, {"groups": access(["members:manage"])})
	deleting := dossier.decision with input as object.union(managing, {"action": "dossier.delete"})
	erasing := dossier.decision with input as object.union(
		managing,
		object.union(deleted, {"action": "dossier.erase"}),
	)

	deleting.allow == true
	erasing.allow == false
	erasing.visible == true
	{"rule": "permission-missing", "permission": "dossier.erase"} in erasing.reasons
}

test_a_suspended_actor_has_nothing if {
	answer := dossier.decision with input as object.union(facts, {"actor": object.union(member, {
		"role": "owner",
		"status": "suspended",
	})})

	answer.allow == false
	answer.active == false
	answer.rights == []
	answer.reasons == [{"rule": "actor-not-active"}]
}

test_stale_grants_leave_the_answer_uncertain if {
	stale := object.union(received([link("link-1", ["reports:write"])]), {"fresh": false})

	answer := dossier.decision with input as object.union(facts, stale)

	answer.allow == false
	answer.uncertain == true
	answer.reasons == [{"rule": "uncertain"}]
}

test_own_rights_go_on_while_grants_are_stale if {
	stale := {"groups": access(["reports:write"]), "grants": received([link("link-1", ["plan:read"])]).grants, "fresh": false}

	answer := dossier.decision with input as object.union(facts, stale)

	answer.allow == true
	answer.uncertain == false
	answer.rights == ["reports:write"]
}

test_nothing_is_allowed_while_a_fact_is_parked if {
	answer := dossier.decision with input as object.union(facts, {"groups": access(["reports:write"]), "parked": true})

	answer.allow == false
	answer.uncertain == true
}

test_a_dossier_moves_only_within_its_own_account if {
	move := object.union(received([link("link-1", ["members:manage"])]), {"action": "dossier.move"})

	answer := dossier.decision with input as object.union(facts, move)

	answer.allow == false
	answer.visible == true
	answer.rights == ["members:manage"]
	{"rule": "other-account"} in answer.reasons
}

test_an_action_of_another_package_is_unknown_here if {
	change := {"action": "user.read", "groups": access(["reports:write"])}

	answer := dossier.decision with input as object.union(facts, change)

	answer.allow == false
	{"rule": "action-unknown"} in answer.reasons
}

test_no_facts_are_no_decision if {
	answer := dossier.decision with input as {}

	answer.allow == false
	answer.visible == false
	answer.uncertain == true
	{"rule": "facts-missing"} in answer.reasons
}
