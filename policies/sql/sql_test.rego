package countersign.sql_test

import data.countersign.sql

command(text, statements) := {"kind": "sql", "dialect": "postgres", "text": text, "statements": statements}

select := {"kind": "select", "writes": false, "where": false, "objects": []}

class(commands) := found if found := sql.class with input.commands as commands

test_plain_select_is_a_read if class([command("SELECT id, ssn FROM customers WHERE id = 1", [select])]) == "read"

test_star_is_a_read if class([command("select * from customers;", [select])]) == "read"

test_a_masked_column_under_another_name_is_opaque if {
	every text in [
		"SELECT ssn AS x FROM customers",
		"SELECT ssn x FROM customers",
		"SELECT 'n' || ssn FROM customers",
		"SELECT upper(ssn) FROM customers",
		"SELECT name FROM customers UNION SELECT ssn FROM customers",
		"SELECT x FROM (SELECT ssn AS x FROM customers)",
		"SELECT name FROM customers WHERE id = (SELECT 1)",
		"WITH t AS (SELECT ssn AS x FROM customers) SELECT x FROM t",
		"SELECT a.name FROM customers a",
		"SELECT 1; SELECT ssn AS x FROM customers",
	] {
		class([command(text, [select])]) == "opaque"
	}
}

test_delete_is_a_write if {
	class([command("DELETE FROM customers", [{"kind": "delete", "writes": true, "where": false}])]) == "write"
}

test_select_that_writes_is_no_read if {
	class([command("SELECT * FROM customers", [{"kind": "select", "writes": true}])]) == "write"
	class([command("SELECT * INTO t FROM customers", [{"kind": "select", "writes": true}])]) == "opaque"
}

test_rows_of_a_write_are_opaque if {
	deleting := {"kind": "delete", "writes": true}
	class([command("DELETE FROM customers RETURNING ssn AS x", [deleting])]) == "opaque"
	class([command("DELETE FROM customers; SELECT ssn AS x FROM customers", [deleting, select])]) == "opaque"
}

test_unknown_kind_is_a_write if class([command("VACUUM", [{"kind": "vacuum", "writes": true}])]) == "write"

test_drop_behind_a_select_is_ddl if {
	class([command("SELECT 1; DROP TABLE t", [select, {"kind": "drop", "writes": true}])]) == "ddl"
}

test_unparsed_wins if class([{"kind": "unparsed", "reason": "syntax"}, command("SELECT * FROM t", [select])]) == "unparsed"

test_no_statement_is_unparsed if class([command("", [])]) == "unparsed"

test_nothing_known_of_writes_is_a_write if class([command("SELECT * FROM t", [{"kind": "select"}])]) == "write"

test_undefined_without_commands if not sql.class with input.commands as []
