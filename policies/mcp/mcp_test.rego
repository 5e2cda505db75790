package countersign.mcp_test

import data.countersign.mcp

config := {
	"tools": {
		"search": {
			"query": {"type": "string", "max": 10, "pattern": `^[a-z ]+$`, "required": true},
			"limit": {"type": "number", "min": 1, "max": 50},
			"order": {"values": ["asc", "desc"]},
		},
		"time": {},
	},
	"prompts": {"summary"},
	"resources": ["docs://public/**"],
	"methods": {"completion/complete"},
	"loops": {"requests": 5, "denied": 2},
}

session := {"requests": 1, "denied": 0}

rules(command) := found if {
	denials := mcp.denials(config) with input.commands as [object.union({"kind": "mcp"}, command)] with input.session as session
	every denial in denials {
		denial.reason != ""
	}
	found := {denial.rule | some denial in denials}
}

request(method) := {"type": "request", "method": method, "id": 1}

call(tool, arguments) := object.union(request("tools/call"), {"tool": tool, "arguments": arguments})

test_tools_on_the_list if {
	rules(call("time", {})) == set()
	rules(call("search", {"query": "tea", "limit": 50, "order": "asc"})) == set()
}

test_other_tools if rules(call("shell", {})) == {"mcp/tool"}

test_arguments if {
	every arguments in [
		{},
		{"query": "a query too long"},
		{"query": "a;b"},
		{"query": 1},
		{"query": "tea", "limit": 51},
		{"query": "tea", "limit": 0},
		{"query": "tea", "order": "x"},
		{"query": "tea", "shell": "sh"},
	] {
		rules(call("search", arguments)) == {"mcp/argument"}
	}
	rules(call("time", {"zone": "UTC"})) == {"mcp/argument"}
}

test_methods if {
	every method in ["initialize", "tools/list", "completion/complete"] {
		rules(request(method)) == set()
	}
	rules(request("vendor/run")) == {"mcp/method"}
	rules({"type": "notification", "method": "notifications/initialized"}) == set()
	rules({"type": "notification", "method": "tools/call", "tool": "time", "arguments": {}}) == {"mcp/method"}
	every type in ["stream", "end", "response"] {
		rules({"type": type}) == set()
	}
	rules({}) == {"mcp/method"}
}

test_prompts_and_resources if {
	rules(object.union(request("prompts/get"), {"prompt": "summary", "arguments": {}})) == set()
	rules(object.union(request("prompts/get"), {"prompt": "other", "arguments": {}})) == {"mcp/prompt"}
	read := request("resources/read")
	rules(object.union(read, {"uri": "docs://public/a/b"})) == set()
	every uri in ["docs://secret/a", "docs://public/../secret", "docs://public/%2e%2e/secret", "docs://public/%2E%2E/x"] {
		rules(object.union(read, {"uri": uri})) == {"mcp/resource"}
	}
}

test_loops if {
	command := object.union({"kind": "mcp"}, call("time", {}))
	every counters in [{"requests": 6, "denied": 0}, {"requests": 1, "denied": 3}, {}] {
		denials := mcp.denials(config) with input.commands as [command] with input.session as counters
		{denial.rule | some denial in denials} == {"mcp/loop"}
	}
	unseen := mcp.denials(config) with input.commands as [command] with input.session as null
	{denial.rule | some denial in unseen} == {"mcp/loop"}
}

test_missing_facts if {
	rules(request("tools/call")) == {"mcp/tool"}
	rules(object.union(request("tools/call"), {"tool": "time"})) == {"mcp/argument"}
	rules(request("prompts/get")) == {"mcp/prompt"}
}

test_unparsed_in_a_batch if {
	batch := [object.union({"kind": "mcp"}, call("time", {})), {"kind": "unparsed", "reason": "x"}]
	denials := mcp.denials(config) with input.commands as batch with input.session as session
	{denial.rule | some denial in denials} == {"mcp/unparsed"}
}
