package countersign.graphql_test

import data.countersign.graphql

plain := {
	"type": "query", "name": null, "depth": 2, "introspection": false, "roots": ["user"], "names": ["ssn", "user"],
	"renamed": [], "directives": [], "fields": [],
}

rules(config, change) := found if {
	command := {"kind": "graphql", "operation": object.union(plain, change)}
	denials := graphql.denials(config) with input.commands as [command]
	every denial in denials {
		denial.reason != ""
	}
	found := {denial.rule | some denial in denials}
}

test_a_query if rules({"masked": {"ssn"}}, {}) == set()

test_alias if {
	rules({"masked": {"ssn"}}, {"renamed": ["SSN"]}) == {"graphql/alias"}
	rules({"masked": {"ssn"}}, {"renamed": ["user"]}) == set()
}

test_mutations if {
	rules({"mutations": {"addNote"}}, {"type": "mutation", "roots": ["addNote"]}) == set()
	rules({"mutations": {"addNote"}}, {"type": "mutation", "roots": ["addNote", "drop"]}) == {"graphql/mutation"}
	rules({}, {"type": "mutation", "roots": ["addNote"]}) == {"graphql/mutation"}
	rules({}, {"type": "subscription"}) == {"graphql/subscription"}
}

test_limits if {
	rules({"depth": 1}, {}) == {"graphql/depth"}
	rules({"fields": 0}, {"fields": [{"name": "a"}]}) == {"graphql/size"}
	rules({}, {"introspection": true}) == {"graphql/introspection"}
	rules({"introspection": true}, {"introspection": true}) == set()
}

test_missing_facts if {
	denials := graphql.denials({}) with input.commands as [{"kind": "graphql", "operation": {"type": "query"}}]
	{denial.rule | some denial in denials} == {"graphql/depth", "graphql/introspection", "graphql/size"}
}

test_unparsed if {
	denials := graphql.denials({}) with input.commands as [{"kind": "unparsed"}, {"kind": "graphql"}]
	{denial.rule | some denial in denials} == {"graphql/unparsed"}
}
