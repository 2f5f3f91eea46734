# METADATA
# title: What a decision's line in OPA's log may say
# description: |
#   The facts and the answer are left out as a whole; instead stand the action, whether it was allowed, and the names of
#   the rules. Words that are not ours are left out too: whoever asks cannot write a name into the log.
#   Loaded from a file, not from the bundle: it must hold before the first bundle is there.
package system.log

import rego.v1

mask contains {"op": "upsert", "path": "/input", "value": {"action": action}}

mask contains {"op": "upsert", "path": "/result", "value": result}

mask contains "/nd_builtin_cache"

default action := "unknown"

action := input.input.action if {
	some known, _ in data.keten.actions
	known == input.input.action
}

result := {
	"allow": flag("allow"),
	"visible": flag("visible"),
	"uncertain": flag("uncertain"),
	"rules": rules,
}

flag(name) := value if {
	value := input.result[name]
	is_boolean(value)
} else := null

default rules := []

rules := sort({reason.rule |
	some reason in input.result.reasons
	regex.match(`^[a-z]+(-[a-z]+)*$`, reason.rule)
	count(reason.rule) < 40
})
