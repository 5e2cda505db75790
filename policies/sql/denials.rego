package countersign.sql

# Denials by rule, for the configuration
#
#     {"protected": {"payroll", "audit.events"}, "ddl": false, "writes": true}
#
# `protected`: tables, with or without a schema, that nobody may name; `ddl` and `writes`: whether they are allowed at all
# (default: `ddl` is not, `writes` are). Each member may be left out.
# - sql/unparsed: nobody knows what it does
# - sql/privileges: grants, revokes, roles
# - sql/ddl: changes what the database is
# - sql/unbounded: TRUNCATE, or DELETE, UPDATE without a condition that reads a column
# - sql/protected: names a protected table
# - sql/server: acts on the server, or changes how it reads what follows
# - sql/opaque: runs what can't be seen
# - sql/write: changes something where nothing may
denials(config) := {{"rule": rule, "reason": reason} |
	some rule, reason in reasons
	objects(rule, config)
}

reasons := {
	"sql/unparsed": "expected SQL that parses the same everywhere",
	"sql/privileges": "nobody grants, revokes or changes roles here",
	"sql/ddl": "statements that change the schema are not for this route",
	"sql/unbounded": "expected a WHERE that reads a column: this changes every row",
	"sql/protected": "this table is not for this route",
	"sql/server": "expected a statement on rows: this acts on the server itself",
	"sql/opaque": "this runs text that can't be seen before it runs",
	"sql/write": "this route only reads",
}

objects("sql/unparsed", _) if {
	some command in input.commands
	command.kind == "unparsed"
}

objects("sql/unparsed", _) if {
	some command in input.commands
	command.kind == "sql"
	not understood(command)
}

objects("sql/privileges", _) if {
	some statement in statements
	kinds(statement) & {"grant", "revoke"} != set()
}

objects("sql/privileges", _) if {
	some statement in statements
	kinds(statement) & ddl_kinds != set()
	names_role(statement)
}

objects("sql/ddl", config) if {
	object.get(config, "ddl", false) == false
	some statement in statements
	kinds(statement) & schema_kinds != set()
}

objects("sql/unbounded", _) if {
	some statement in statements
	unbounded(statement)
}

objects("sql/protected", config) if {
	protected := {lower(name) | some name in object.get(config, "protected", set())}
	some statement in statements
	some thing in statement.objects
	named(thing) & protected != set()
}

objects("sql/server", _) if {
	some statement in statements
	server(statement)
}

objects("sql/opaque", _) if {
	some statement in statements
	not statement.opaque == false
}

objects("sql/write", config) if {
	object.get(config, "writes", true) == false
	some statement in statements
	not statement.writes == false
}

schema_kinds := {"drop", "alter", "create", "refresh"}

# The statement's own kind and those within it. A plain EXPLAIN runs nothing of what it holds.
kinds(statement) := {statement.kind} if {
	statement.kind == "explain"
	statement.writes == false
} else := {statement.kind} | {kind | some kind in statement.nested}

unbounded(statement) if "truncate" in kinds(statement)

unbounded(statement) if {
	kinds(statement) & {"delete", "update"} != set()
	not statement.where == true
}

names_role(statement) if {
	some thing in statement.objects
	thing.kind == "role"
}

# A table counts under its name alone, and under its schema and name.
named(thing) := {lower(thing.name), lower(concat(".", [schema, thing.name]))} if {
	schema := object.get(thing, "schema", null)
	is_string(schema)
} else := {lower(thing.name)}

server_kinds := {"set_unsafe", "load", "altersystem", "checkpoint", "reassign"}

server(statement) if kinds(statement) & server_kinds != set()

server(statement) if statement.program

server(statement) if {
	statement.kind == "copy"
	not statement.writes == false
}

server(statement) if {
	some name in statement.functions
	regex.match(`^(pg_catalog\.)?(pg_(read|ls|stat|write|file)_\w*|pg_(terminate|cancel)_backend|pg_reload_conf|pg_sleep\w*|lo_\w+|dblink\w*|set_config|load_extension|readfile|writefile)$`, lower(name))
}
