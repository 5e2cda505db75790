package countersign.sql_test

import data.countersign.sql

plain := {
	"kind": "select", "writes": false, "where": false, "opaque": false,
	"objects": [], "functions": [], "nested": [],
}

rules(config, changes) := found if {
	statements := [object.union(plain, change) | some change in changes]
	denials := sql.denials(config) with input.commands as [{"kind": "sql", "statements": statements}]
	every denial in denials {
		denial.reason != ""
	}
	found := {denial.rule | some denial in denials}
}

table(schema, name) := {"schema": schema, "name": name, "kind": "table"}

test_a_read if rules({}, [{}]) == set()

test_a_bounded_write if rules({}, [{"kind": "delete", "writes": true, "where": true}]) == set()

test_unbounded if {
	rules({}, [{}, {"kind": "delete", "writes": true}]) == {"sql/unbounded"}
	rules({}, [{"kind": "update", "writes": true}]) == {"sql/unbounded"}
	rules({}, [{"kind": "truncate", "writes": true, "where": true}]) == {"sql/unbounded"}
	rules({}, [{"kind": "select", "writes": true, "nested": ["delete"]}]) == {"sql/unbounded"}
	rules({}, [{"kind": "explain", "writes": true, "nested": ["delete"]}]) == {"sql/unbounded"}
}

test_plain_explain_runs_nothing if {
	rules({}, [{"kind": "explain", "nested": ["delete"]}]) == set()
	rules({}, [{"kind": "explain", "nested": ["create"]}]) == set()
}

test_ddl if {
	every kind in ["drop", "create", "alter"] {
		rules({}, [{"kind": kind, "writes": true}]) == {"sql/ddl"}
		rules({"ddl": true}, [{"kind": kind, "writes": true}]) == set()
	}
	rules({}, [{"kind": "do", "writes": true, "nested": ["drop"]}]) == {"sql/ddl"}
}

test_privileges if {
	rules({"ddl": true}, [{"kind": "grant", "writes": true}]) == {"sql/privileges"}
	rules({"ddl": true}, [{"kind": "do", "writes": true, "nested": ["revoke"]}]) == {"sql/privileges"}
	role := {"schema": null, "name": "eve", "kind": "role"}
	rules({"ddl": true}, [{"kind": "create", "writes": true, "objects": [role]}]) == {"sql/privileges"}
}

test_protected if {
	config := {"protected": {"payroll", "audit.Events"}}
	rules(config, [{"objects": [table(null, "payroll")]}]) == {"sql/protected"}
	rules(config, [{"objects": [table("hr", "Payroll")]}]) == {"sql/protected"}
	rules(config, [{"objects": [table("audit", "events")]}]) == {"sql/protected"}
	rules(config, [{"objects": [table("shop", "events"), table(null, "orders")]}]) == set()
}

test_server if {
	rules({}, [{"kind": "set_unsafe"}]) == {"sql/server"}
	rules({}, [{"kind": "do", "writes": true, "nested": ["load"]}]) == {"sql/server"}
	rules({}, [{"kind": "copy", "program": "curl x", "writes": true}]) == {"sql/server"}
	rules({}, [{"kind": "copy", "writes": true}]) == {"sql/server"}
	rules({}, [{"functions": ["pg_read_file"]}]) == {"sql/server"}
	rules({}, [{"functions": ["count", "lower"]}]) == set()
}

test_opaque if {
	rules({}, [{"kind": "do", "writes": true, "opaque": true}]) == {"sql/opaque"}
	rules({"writes": false}, [{"kind": "merge", "writes": true}]) == {"sql/write"}
}

test_unparsed_and_foreign if {
	unparsed := sql.denials({}) with input.commands as [{"kind": "unparsed", "reason": "x"}]
	{denial.rule | some denial in unparsed} == {"sql/unparsed"}
	empty := sql.denials({}) with input.commands as [{"kind": "sql", "statements": []}]
	{denial.rule | some denial in empty} == {"sql/unparsed"}
	foreign := sql.denials({}) with input.commands as [{"kind": "mcp"}]
	foreign == set()
}

test_missing_facts_are_not_harmless if {
	bare := sql.denials({"writes": false}) with input.commands as [{"kind": "sql", "statements": [{"kind": "delete"}]}]
	{denial.rule | some denial in bare} == {"sql/opaque", "sql/unbounded", "sql/write"}
}
