package countersign.examples_test

import data.countersign.examples.agent
import data.countersign.examples.api
import data.countersign.examples.cluster
import data.countersign.examples.database

counts := {"requests": 1, "denied": 0, "held": 0, "masked_fields": 0, "started": 1768478400000}

session := object.union(counts, {"key": "k", "principal": counts})

wednesday := 1768384800000000000

facts := {
	"kind": "select", "writes": false, "where": false, "opaque": false, "star": false, "row": false, "renamed": false,
	"objects": [], "functions": [], "nested": [], "columns": [], "fields": [], "computed": [],
}

statement(change) := [{"kind": "sql", "statements": [object.union(facts, change)]}]

sql(commands) := answer if answer := database.allow with input as {"commands": commands, "session": session}

test_database if {
	sql(statement({})).rule == "database/rows"
	sql(statement({})).mask != []
	sql(statement({"kind": "delete", "writes": true})).rule == "sql/unbounded"
	sql(statement({"fields": ["ssn"], "renamed": true})).rule == "database/opaque"
	sql([{"kind": "unparsed"}]).rule == "commands/unparsed"
	sql([]).rule == "commands/none"
}

pods := {
	"kind": "kubernetes", "resource_request": true, "verb": "list", "resource": "pods", "subresource": "",
	"namespace": "web", "name": "",
}

kube(change, now) := answer if {
	command := object.union(pods, change)
	answer := cluster.allow with input as {"commands": [command], "session": session} with time.now_ns as now
}

test_cluster if {
	kube({}, wednesday).allowed == true
	kube({"namespace": "kube-system"}, wednesday).rule == "kubernetes/namespace"
	kube({"verb": "delete", "name": "p"}, wednesday).allowed == true
	kube({"verb": "delete", "name": "p"}, wednesday + ((12 * 3600) * 1000000000)).rule == "hours/closed"
}

call(tool, arguments) := answer if {
	command := {"kind": "mcp", "type": "request", "method": "tools/call", "tool": tool, "arguments": arguments}
	at := (counts.started + 1000) * 1000000
	answer := agent.allow with input as {"commands": [command], "session": session} with time.now_ns as at
}

test_agent if {
	call("add", {"a": 1, "b": 2}).allowed == true
	call("add", {"a": 1, "b": 2000}).rule == "mcp/argument"
	call("shell", {}).rule == "mcp/tool"
}

get(path, groups) := answer if {
	request := {"method": "GET", "path": path, "headers": {}, "host": "api.example.com"}
	asked := {
		"attributes": {"request": {"http": request}},
		"truncated_body": false,
		"session": session,
		"principal": {"method": "jwt", "groups": groups},
	}
	answer := api.allow with input as asked
}

test_api if {
	get("/orders/7", ["support"]).allowed == true
	get("/orders/7", ["sales"]).rule == "api/caller"
	get("/customers", ["support"]).rule == "http/path"
}
