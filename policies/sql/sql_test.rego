package countersign.sql_test

import data.countersign.sql

masked := {"ssn", "email"}

class(commands) := found if found := sql.class(masked) with input.commands as commands

of(statements) := class([{"kind": "sql", "dialect": "postgres", "statements": statements}])

facts := {
	"kind": "select",
	"writes": false,
	"columns": [],
	"fields": [],
	"computed": [],
	"functions": [],
	"nested": [],
	"star": false,
	"row": false,
	"renamed": false,
}

statement(change) := object.union(facts, change)

column(name) := {"name": name, "table": null, "alias": name, "expression": false}

ssn := {"fields": ["ssn"], "columns": [column("ssn")]}

test_columns_by_name_are_a_read if of([statement(ssn)]) == "read"

test_star_is_a_read if of([statement({"star": true, "columns": [column("*")]})]) == "read"

test_expressions_over_other_columns_are_a_read if {
	of([statement({"functions": ["count"], "columns": [{"name": null, "alias": "n", "expression": true}]})]) == "read"
	of([statement({"renamed": true, "fields": ["name"], "nested": ["select"]})]) == "read"
}

test_a_masked_column_that_may_be_renamed_is_opaque if {
	every change in [
		{"renamed": true}, # SELECT ssn AS x; UNION SELECT ssn
		{"functions": ["upper"]}, # FROM f(ssn)
		{"nested": ["select"]}, # SELECT x FROM (SELECT ssn AS x ...)
		{"columns": [{"name": null, "alias": "x", "expression": true}]}, # SELECT 'n' || ssn
		{"row": true}, # SELECT c FROM customers c
		{"fields": ["SSN"], "renamed": true},
	] {
		of([statement(object.union(ssn, change))]) == "opaque"
	}
}

test_a_renaming_star_is_opaque if of([statement({"star": true, "nested": ["select"]})]) == "opaque"

test_a_whole_row_is_opaque if of([statement({"row": true})]) == "opaque"

test_copying_a_masked_column_is_opaque if {
	of([statement({"kind": "update", "writes": true, "fields": ["ssn"], "renamed": true})]) == "opaque"
	of([statement({"kind": "insert", "writes": true, "fields": ["ssn"], "nested": ["select"]})]) == "opaque"
}

test_rows_of_a_write_under_another_name_are_opaque if {
	returning := {"kind": "delete", "writes": true, "fields": ["ssn"], "renamed": true, "columns": [column("ssn")]}
	of([statement(returning)]) == "opaque"
}

test_one_opaque_statement_among_others_is_enough if {
	of([statement({"kind": "delete", "writes": true}), statement(object.union(ssn, {"renamed": true}))]) == "opaque"
}

test_changes_of_rows_are_writes if {
	every kind in ["insert", "update", "delete", "merge"] {
		of([statement({"kind": kind, "writes": true, "fields": ["id"]})]) == "write"
	}
}

test_select_that_writes_is_a_write if of([statement({"writes": true})]) == "write"

test_drop_behind_a_select_is_ddl if of([facts, statement({"kind": "drop", "writes": true})]) == "ddl"

test_the_rest_is_other if {
	every kind in ["do", "copy", "set", "set_unsafe", "explain", "call", "vacuum", "unheard_of"] {
		of([facts, statement({"kind": kind, "writes": false})]) == "other"
	}
}

test_unparsed_wins if {
	class([{"kind": "unparsed", "reason": "syntax"}, {"kind": "sql", "statements": [facts]}]) == "unparsed"
}

test_no_statement_is_unparsed if of([]) == "unparsed"

test_other_commands_are_unparsed if class([{"kind": "kubernetes", "statements": [facts]}]) == "unparsed"

test_missing_facts_are_no_read if {
	of([{"kind": "select"}]) == "other"
	every fact in ["star", "row", "fields"] {
		of([object.remove(statement({"renamed": true}), [fact])]) == "opaque"
	}
	of([object.remove(facts, ["writes"])]) == "write"
}

test_undefined_without_commands if not sql.class(masked) with input.commands as []

test_functions_that_may_do_more_than_compute_are_other if {
	every name in ["load_extension", "pg_terminate_backend", "setval", "dblink_exec", "public.upper", "pg_sleep"] {
		of([statement({"functions": [name]})]) == "other"
	}
	every name in ["count", "pg_catalog.lower", "DATE_TRUNC"] {
		of([statement({"functions": [name]})]) == "read"
	}
}
