package system.authz_test

import data.system.authz
import rego.v1

test_a_decision_may_be_asked_for if {
	authz.allow with input as {"method": "POST", "path": ["v1", "data", "keten", "dossier", "decision"]}
}

test_health_and_metrics_may_be_asked_for if {
	authz.allow with input as {"method": "GET", "path": ["health"]}
	authz.allow with input as {"method": "GET", "path": ["metrics"]}
}

test_nothing_else if {
	every asked in [
		["PUT", ["v1", "policies", "keten", "dossier.rego"]],
		["PUT", ["v1", "data", "keten", "actions"]],
		["PATCH", ["v1", "data", "keten", "dossier", "decision"]],
		["GET", ["v1", "data"]],
		["POST", ["v1", "data"]],
		["POST", ["v1", "data", "keten", "dossier"]],
		["POST", ["v1", "query"]],
		["POST", ["v1", "compile"]],
		["GET", ["v1", "config"]],
		["POST", ["health"]],
	] {
		not authz.allow with input as {"method": asked[0], "path": asked[1]}
	}
}
