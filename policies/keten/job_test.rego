package keten.job_test

import data.keten.job
import rego.v1

facts := {
	"action": "job.read",
	"actor": {"id": "user-1", "account": "account-1", "status": "active", "role": "member", "medical": false},
	"job": {"account": "account-1", "opened_by": "user-1"},
	"parked": false,
}

opened_by(user) := object.union(facts, {"job": {"opened_by": user}})

test_who_opened_a_job_watches_it if {
	answer := job.decision with input as facts

	answer.allow == true
	answer.reasons == [{"rule": "own"}]
}

test_a_colleague_does_not_know_of_it if {
	answer := job.decision with input as opened_by("user-2")

	answer.allow == false
	answer.visible == false
}

test_an_administrator_watches_the_work_of_his_account if {
	administrator := object.union(opened_by(""), {"actor": {"role": "administrator"}})
	answer := job.decision with input as administrator

	answer.allow == true
	answer.reasons == [{"rule": "account-role", "role": "administrator", "permission": "job.read"}]
}

test_nobody_watches_the_work_of_another_account if {
	elsewhere := object.union(facts, {"actor": {"account": "account-2", "role": "owner"}})
	answer := job.decision with input as elsewhere

	answer.allow == false
	answer.visible == false
}
