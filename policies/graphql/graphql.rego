# METADATA
# title: GraphQL
# description: |
#   Decides which operations may run, how deep they may go, and that no field whose values are masked by name comes out
#   under another one.
package countersign.graphql

# Denials by rule, for the configuration
#
#     {"masked": {"ssn", "email"}, "mutations": {"addNote"}, "depth": 8, "fields": 200, "introspection": false}
#
# `mutations`: the root fields that may run, none when left out. Subscriptions are responses without end: none run.
denials(config) := {{"rule": rule, "reason": reason} |
	some rule, reason in reasons
	objects(rule, config)
}

reasons := {
	"graphql/unparsed": "expected one operation, with its query in the request",
	"graphql/mutation": "this mutation is not on the list",
	"graphql/subscription": "subscriptions are not for this route",
	"graphql/alias": "personal data may be read by its own field names only: no alias",
	"graphql/depth": "this query goes too deep",
	"graphql/size": "this query selects too much",
	"graphql/introspection": "the schema is not for this route",
}

objects("graphql/unparsed", _) if {
	some command in input.commands
	command.kind == "unparsed"
}

objects("graphql/unparsed", _) if {
	some command in commands
	not object.get(command, ["operation", "type"], "") in {"query", "mutation", "subscription"}
}

objects("graphql/mutation", config) if {
	some operation in operations
	operation.type == "mutation"
	some root in operation.roots
	not root in object.get(config, "mutations", set())
}

objects("graphql/subscription", _) if {
	some operation in operations
	operation.type == "subscription"
}

objects("graphql/alias", config) if {
	masked := {lower(name) | some name in object.get(config, "masked", set())}
	some operation in operations
	some name in operation.renamed
	lower(name) in masked
}

objects("graphql/depth", config) if {
	some operation in operations
	not object.get(operation, "depth", 1000) <= object.get(config, "depth", 10)
}

objects("graphql/size", config) if {
	some operation in operations
	not count(object.get(operation, "fields", numbers.range(0, 1000))) <= object.get(config, "fields", 200)
}

objects("graphql/introspection", config) if {
	object.get(config, "introspection", false) == false
	some operation in operations
	not operation.introspection == false
}

commands := [command | some command in input.commands; command.kind == "graphql"]

operations := [command.operation | some command in commands]
