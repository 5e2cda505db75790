# METADATA
# title: Example, a database behind an HTTP API
# description: |
#   Decides which SQL an agent may run: reads with personal data masked, bounded writes, nothing else.
package countersign.examples.database

import data.countersign.budget
import data.countersign.commands
import data.countersign.pii
import data.countersign.sql
import data.countersign.verdict

classes := {"identity", "contact"}

allow := verdict.of(denials, {"allowed": true, "rule": "database/rows", "mask": pii.plan(classes), "record": "full"})

denials := union({
	commands.denials({"sql"}),
	sql.denials({"protected": {"payroll"}}),
	budget.denials({"principal": {"requests": 1000, "masked_fields": 5000}}),
	opaque,
})

opaque := {{"rule": "database/opaque", "reason": "personal data may be read by its own column names only"} |
	sql.class(pii.fields(classes)) == "opaque"
}
