# METADATA
# title: The quick start's policy
# description: |
#   Decides who may read customers and run SQL, what of the answer is masked, and what waits for a database administrator.
package envoy.authz

import data.countersign.caller
import data.countersign.pii
import data.countersign.sql

default allow := {"allowed": false, "rule": "default", "reason": "no rule allows this request"}

allow := denied("identity/none", "expected a verified identity: send a bearer token") if {
	not caller.known
} else := denied("identity/group", "expected a member of agents, analysts or dba") if {
	not caller.in_any({"agents", "analysts", "dba"})
} else := answer

# GET /customers and /customers/ID: read, with personal data masked.
answer := read("customers/read", array.concat(
	[{"path": "$.customers[*].ssn", "with": "partial", "keep_last": 4, "rule": "pii/ssn"}],
	[mask | some mask in pii.masks; mask.key != "ssn"],
)) if {
	input.attributes.request.http.method == "GET"
	input.parsed_path == ["customers"]
}

answer := read("customers/read", pii.masks) if {
	input.attributes.request.http.method == "GET"
	["customers", _] = input.parsed_path
}

# POST /sql: by what the statements do.
answer := statement_answers[sql.class(pii.names)] if {
	input.attributes.request.http.method == "POST"
	input.parsed_path == ["sql"]
}

statement_answers := {
	"read": read("sql/read", pii.masks),
	"write": held("sql/write", "this changes rows: a database administrator decides"),
	"ddl": denied("sql/ddl", "statements that change the schema are not for this route"),
	"other": denied("sql/other", "expected SELECT, INSERT, UPDATE or DELETE"),
	"opaque": denied("sql/opaque", "personal data may be read by its own column names only: no alias, expression or subquery"),
	"unparsed": denied("sql/unparsed", "expected SQL that parses the same everywhere"),
}

read(rule, masks) := {"allowed": true, "rule": rule, "reason": "the caller may read this", "mask": masks, "record": "full"}

denied(rule, reason) := {"allowed": false, "rule": rule, "reason": reason, "http_status": 403}

# `allowed` is false, so that the same policy denies under plain OPA. What comes back is masked as every answer is.
held(rule, reason) := {
	"allowed": false,
	"rule": rule,
	"reason": reason,
	"hold": {
		"approvals": [{"group": "dba", "count": 1}],
		"reason": reason,
		"wait": "60s", # in line
		"expires": "30m", # of the ticket that follows
		"valid_for": "10m", # of an approval that nobody used
	},
	"mask": pii.masks,
	"record": "full",
}
