# METADATA
# title: Example, tools for an agent
# description: |
#   Decides which tools of an MCP server an agent may call, how often, and that secrets never come back.
package countersign.examples.agent

import data.countersign.budget
import data.countersign.commands
import data.countersign.mcp
import data.countersign.pii
import data.countersign.verdict

allow := verdict.of(denials, {"allowed": true, "rule": "agent/tools", "mask": pii.plan({"secret"}), "record": "full"})

denials := union({
	commands.denials({"mcp"}),
	mcp.denials({"tools": tools, "loops": {"denied": 5}}),
	budget.denials({"session": {"requests": 200, "minutes": 60}}),
})

tools := {"add": {"a": {"type": "number"}, "b": {"type": "number", "max": 1000}}, "echo": {"text": {"max": 100}}}
