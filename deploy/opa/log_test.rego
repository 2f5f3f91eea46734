package system.log_test

import data.system.log
import rego.v1

line := {
	"path": "keten/dossier/decision",
	"input": {"action": "report.read", "actor": {"id": "somebody"}},
	"result": {
		"allow": true,
		"visible": true,
		"uncertain": false,
		"reasons": [{"rule": "grant", "grant": "a grant"}, {"rule": "Somebody"}],
	},
}

actions := {"report.read": {}}

said(path) := rule.value if {
	some rule in log.mask with input as line with data.keten.actions as actions
	rule.path == path
}

test_the_facts_become_the_action if {
	said("/input") == {"action": "report.read"}
}

test_the_answer_becomes_flags_and_rules if {
	said("/result") == {"allow": true, "visible": true, "uncertain": false, "rules": ["grant"]}
}

test_an_action_that_nobody_knows_is_not_repeated if {
	some rule in log.mask with input as line with data.keten.actions as {}
	rule.path == "/input"
	rule.value == {"action": "unknown"}
}

test_an_answer_of_another_shape_is_left_out if {
	some rule in log.mask with input as {"input": "Somebody", "result": "Somebody"} with data.keten.actions as actions
	rule.path == "/result"
	rule.value == {"allow": null, "visible": null, "uncertain": null, "rules": []}
}

test_there_is_always_something_in_place_of_facts_and_answer if {
	masked := {rule.path | some rule in log.mask; is_object(rule)} with input as {}
	masked == {"/input", "/result"}
}
