# METADATA
# title: SQL commands
# description: |
#   Says how much a SQL command may harm, from the facts in `input.commands` (never from the text alone):
#   "unparsed", "ddl", "opaque", "write" or "read". It decides nothing: your policy says what each of them may.
package countersign.sql

# Kinds of statements that change what the database is, not what is in it.
ddl_kinds := {"drop", "truncate", "alter", "create", "rename", "comment", "grant", "revoke", "set", "do", "copy"}

# The one class of all commands together, the most harmful first. Undefined without any command.
class := "unparsed" if {
	some command in input.commands
	not understood(command)
} else := "ddl" if {
	some statement in statements
	statement.kind in ddl_kinds
} else := "opaque" if {
	some command in input.commands
	renames(command)
} else := "write" if {
	some statement in statements
	not reads(statement)
} else := "read" if {
	count(statements) > 0
}

# What runs, in order of the commands.
statements := [statement | some command in input.commands; some statement in command.statements]

# A command counts as understood when it is SQL with at least one statement, each of a known kind.
understood(command) if {
	command.kind == "sql"
	count(command.statements) > 0
	every statement in command.statements {
		is_string(statement.kind)
		statement.kind != "unparsed"
	}
}

reads(statement) if {
	statement.kind == "select"
	statement.writes == false
}

# The answer may show a column under another name than the table's: then no mask by name can be sure of it.
renames(command) if {
	some statement in command.statements
	statement.kind == "select"
	not plain(command.text)
}

renames(command) if regex.match(`(?i)\breturning\b`, command.text)

# A plain read names its columns in the result as the table does: a list of columns or a star, from one table, without
# alias, expression, subquery, set operation or join. Only then do masks by column name reach every value
# (`SELECT ssn AS x`, `SELECT 'n' || ssn` and `UNION SELECT ssn` are not plain).
plain(text) if {
	regex.match(`(?is)^\s*select\s+(\*|[a-z_][a-z0-9_]*(\s*,\s*[a-z_][a-z0-9_]*)*)\s+from\s+[a-z_][a-z0-9_.]*(\s+(where|order\s+by|limit)\s[^;()]*)?\s*;?\s*$`, text)
	not regex.match(`(?i)\b(union|intersect|except|as|join|into|returning)\b`, text)
}
