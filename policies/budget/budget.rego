# METADATA
# title: Budget
# description: |
#   Decides whether a session, or the principal over all its sessions, has used up what it may: requests, denials, holds,
#   masked values, time.
package countersign.budget

# Denials by rule, for the configuration
#
#     {"session": {"requests": 500, "denied": 10, "minutes": 60}, "principal": {"masked_fields": 10000}}
#
# Counters: `requests` (this one included), `denied`, `held`, `masked_fields`; `minutes` since counting began. A caller
# chooses its sessions, but not who it is: limits that must hold are those of the principal.
denials(config) := {denial |
	some scope in ["session", "principal"]
	some counter, limit in object.get(config, scope, {})
	not below(counts(scope), counter, limit)
	denial := {
		"rule": sprintf("budget/%s", [counter]),
		"reason": sprintf("this %s has used up its %s: %d are allowed", [scope, counter, limit]),
	}
}

# Without counters nothing is below its limit.
counts("session") := object.get(input, "session", {})

counts("principal") := object.get(input, ["session", "principal"], {})

below(counted, "minutes", limit) if time.now_ns() - (counted.started * 1000000) <= limit * 60000000000

below(counted, counter, limit) if {
	counter != "minutes"
	counted[counter] <= limit
}
