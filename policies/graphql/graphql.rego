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
denials(config) := {{"rule": rule, "reason": reasons[rule]} | some rule in objections(config)}

reasons := {
	"graphql/unparsed": "expected one operation, with its query in the request",
	"graphql/mutation": "this mutation is not on the list",
	"graphql/subscription": "subscriptions are not for this route",
	"graphql/alias": "personal data may be read by its own field names only: no alias",
	"graphql/depth": "this query goes too deep",
	"graphql/size": "this query selects too much",
	"graphql/introspection": "the schema is not for this route",
}

objections(config) := {"graphql/unparsed" | some command in input.commands; command.kind == "unparsed"} |
	{"graphql/unparsed" | some command in commands; not object.get(command, ["operation", "type"], "") in {"query", "mutation", "subscription"}} |
	{"graphql/mutation" |
		some operation in operations
		operation.type == "mutation"
		some root in operation.roots
		not root in object.get(config, "mutations", set())
	} |
	{"graphql/subscription" | some operation in operations; operation.type == "subscription"} |
	{"graphql/alias" |
		some operation in operations
		some name in operation.renamed
		lower(name) in {lower(masked) | some masked in object.get(config, "masked", set())}
	} |
	{"graphql/depth" | some operation in operations; not object.get(operation, "depth", 1000) <= object.get(config, "depth", 10)} |
	{"graphql/size" | some operation in operations; not count(object.get(operation, "fields", numbers.range(0, 1000))) <= object.get(config, "fields", 200)} |
	{"graphql/introspection" |
		object.get(config, "introspection", false) == false
		some operation in operations
		not operation.introspection == false
	}

commands := [command | some command in input.commands; command.kind == "graphql"]

operations := [command.operation | some command in commands]
