# METADATA
# title: SQL commands
# description: |
#   Says how much a SQL command may harm, from the facts in `input.commands`. It decides nothing: your policy says what
#   each class may.
package countersign.sql

ddl_kinds := {"drop", "truncate", "alter", "create", "grant", "revoke"}

row_kinds := {"select", "insert", "update", "delete", "merge"}

# Functions that only compute. Any other may do what its name does not say: load code, end a session, write a file.
computing_functions := {
	"abs", "avg", "ceil", "ceiling", "char_length", "concat", "concat_ws", "count", "cume_dist", "date_part",
	"date_trunc", "dense_rank", "extract", "first_value", "floor", "initcap", "lag", "last_value", "lead", "left",
	"length", "lower", "lpad", "ltrim", "max", "min", "mod", "now", "ntile", "octet_length", "percent_rank", "position",
	"power", "rank", "replace", "reverse", "right", "round", "row_number", "rpad", "rtrim", "sign", "sqrt", "strpos",
	"substr", "substring", "sum", "to_char", "total", "trim", "trunc", "upper",
}

# The class of all commands together, the most harmful first; undefined without any command. `masked` are the columns
# whose values the answer's masks replace by name.
# - unparsed: nobody knows what it does
# - ddl: changes what the database is, not what is in it
# - other: neither ddl nor a statement on rows (DO, COPY, SET, EXPLAIN...), or a function that may do more than compute
# - opaque: a masked column may leave under another name, or be copied to where no mask looks
# - write: changes rows
# - read: the rest
class(masked) := "unparsed" if {
	some command in input.commands
	not understood(command)
} else := "ddl" if {
	some statement in statements
	statement.kind in ddl_kinds
} else := "other" if {
	some statement in statements
	not statement.kind in row_kinds
} else := "other" if {
	some statement in statements
	not computes(statement)
} else := "opaque" if {
	some statement in statements
	not untouched(statement, masked)
	not plain(statement)
} else := "opaque" if {
	some statement in statements
	not uncomputed(statement, masked)
} else := "write" if {
	some statement in statements
	not statement.writes == false
} else := "read" if {
	count(statements) > 0
}

# What runs, in order of the commands.
statements := [statement | some command in input.commands; some statement in command.statements]

# SQL with at least one statement, each of a kind.
understood(command) if {
	command.kind == "sql"
	count(command.statements) > 0
	every statement in command.statements {
		is_string(statement.kind)
	}
}

# No masked column stands anywhere but bare in the result: a condition or an order asks about its values, and an error's
# text may say them.
uncomputed(statement, masked) if {
	is_array(statement.computed)
	{lower(field) | some field in statement.computed} & masked == set()
}

# It calls nothing but functions that compute. PostgreSQL's own may be named with their schema.
computes(statement) if {
	every name in statement.functions {
		trim_prefix(lower(name), "pg_catalog.") in computing_functions
	}
}

# It reads no masked column, at any depth: neither by name, nor by a star, nor by a row as a whole.
untouched(statement, masked) if {
	statement.star == false
	statement.row == false
	is_array(statement.fields)
	{lower(field) | some field in statement.fields} & masked == set()
}

# Every column of the result bears its own name: no alias, expression, function, subquery or UNION that could rename.
plain(statement) if {
	statement.row == false
	statement.renamed == false
	statement.functions == []
	statement.nested == []
	every column in statement.columns {
		column.expression == false
	}
}
