# METADATA
# title: Example, an HTTP API
# description: |
#   Decides who may read orders of a shop, and masks what identifies or pays.
package countersign.examples.api

import data.countersign.budget
import data.countersign.caller
import data.countersign.http
import data.countersign.pii
import data.countersign.verdict

allow := verdict.of(denials, {"allowed": true, "rule": "api/read", "mask": pii.plan({"identity", "payment"})})

denials := union({
	http.denials({"allowed": {"GET": ["/orders", "/orders/*"]}}),
	budget.denials({"principal": {"denied": 20}}),
	strangers,
})

strangers := {{"rule": "api/caller", "reason": "expected a support agent"} | not caller.in_any({"support"})}
