# METADATA
# title: Verdict
# description: |
#   Turns what the packages of this library object to into one answer: the first objection by name denies. It objects to
#   nothing itself: your policy says which packages it asks, and what is answered when none objects.
package countersign.verdict

# `denials` is the union of what packages return: a set of {rule, reason}. `otherwise` is your answer when it is empty.
of(denials, otherwise) := otherwise if {
	count(denials) == 0
} else := {"allowed": false, "rule": rule, "reason": reason, "http_status": 403} if {
	# Sorted: a set has another order in WebAssembly.
	[rule, reason] := sort([[denial.rule, denial.reason] | some denial in denials])[0]
}
