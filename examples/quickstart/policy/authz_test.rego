package envoy.authz_test

import data.envoy.authz

agent := {"id": "reporting-agent", "method": "jwt", "groups": ["agents"]}

nobody := {"id": "", "method": "none", "groups": []}

answer(principal, method, path, commands) := found if {
	found := authz.allow with input as {
		"attributes": {"request": {"http": {"method": method}}},
		"parsed_path": path,
		"principal": principal,
		"commands": commands,
	}
}

sql(statements) := answer(agent, "POST", ["sql"], [{"kind": "sql", "statements": statements}])

select := {
	"kind": "select",
	"writes": false,
	"columns": [{"name": "ssn", "alias": "ssn", "expression": false}],
	"fields": ["ssn"],
	"computed": [],
	"functions": [],
	"nested": [],
	"star": false,
	"row": false,
	"renamed": false,
}

change(kind) := object.union(select, {"kind": kind, "writes": true, "columns": [], "fields": ["id"]})

test_agent_reads_customers_masked if {
	found := answer(agent, "GET", ["customers"], [])
	found.allowed
	found.record == "full"
	{mask.rule | some mask in found.mask} == {"pii/ssn", "pii/email", "secret/password"}
}

test_agent_reads_one_customer_masked if {
	found := answer(agent, "GET", ["customers", "1"], [])
	found.allowed
	count(found.mask) == 3
}

test_nobody_is_refused if {
	found := answer(nobody, "GET", ["customers"], [])
	found.allowed == false
	found.rule == "identity/none"
	found.http_status == 403
}

test_other_groups_are_refused if {
	found := answer(object.union(agent, {"groups": ["guests"]}), "GET", ["customers"], [])
	found.rule == "identity/group"
}

test_select_is_allowed_and_masked if {
	found := sql([select])
	found.allowed
	count(found.mask) == 3
}

test_alias_of_a_masked_column_is_refused if {
	found := sql([object.union(select, {"renamed": true})])
	found.allowed == false
	found.rule == "sql/opaque"
}

test_delete_and_update_are_held if {
	every kind in ["delete", "update", "insert"] {
		found := sql([change(kind)])
		found.allowed == false
		found.hold.approvals == [{"group": "dba", "count": 1}]
		found.rule == "sql/write"
	}
}

test_ddl_is_refused if {
	every kind in ["drop", "truncate", "alter"] {
		found := sql([select, change(kind)])
		found.allowed == false
		found.rule == "sql/ddl"
		found.http_status == 403
		not found.hold
	}
}

test_other_statements_are_refused if sql([change("do")]).rule == "sql/other"

test_unparsed_is_refused if {
	found := answer(agent, "POST", ["sql"], [{"kind": "unparsed", "reason": "nested comment"}])
	found.rule == "sql/unparsed"
}

test_sql_without_facts_is_refused if answer(agent, "POST", ["sql"], []).rule == "default"

test_other_routes_are_refused if {
	answer(agent, "GET", ["admin"], []).rule == "default"
	answer(agent, "DELETE", ["customers", "1"], []).rule == "default"
}

test_every_answer_names_rule_and_reason if {
	every found in [
		answer(nobody, "GET", ["customers"], []),
		answer(agent, "GET", ["customers"], []),
		answer(agent, "GET", ["admin"], []),
		sql([select]),
		sql([change("delete")]),
		sql([change("drop")]),
	] {
		found.rule != ""
		found.reason != ""
	}
}
