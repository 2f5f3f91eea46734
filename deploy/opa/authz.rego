# METADATA
# title: What OPA may be asked for
# description: |
#   A decision of one of our packages, its health and its metrics, and nothing else: nobody reads or writes policies or
#   data over HTTP. Loaded from a file: it must hold before the first bundle is there.
package system.authz

import rego.v1

default allow := false

allow if {
	input.method == "POST"
	["v1", "data", "keten", _, "decision"] = input.path
}

allow if {
	input.method == "GET"
	input.path in [["health"], ["metrics"]]
}
