# METADATA
# title: Commands
# description: |
#   Decides whether a request's commands are understood and of the kinds that its route is for. Ask it on every route that
#   has commands: the packages of one kind say nothing about another, nor about a route whose mark is missing.
package countersign.commands

# Denials for a route that is for these kinds: {"sql"}, {"mcp"}...
denials(kinds) := {{
	"rule": "commands/unparsed",
	"reason": "expected a command that everybody reads the same way",
} |
	some command in input.commands
	command.kind == "unparsed"
} | {{
	"rule": "commands/kind",
	"reason": "expected another kind of command on this route",
} |
	some command in input.commands
	not object.get(command, "kind", "") in (kinds | {"unparsed"})
} | {{
	"rule": "commands/none",
	"reason": "expected a command: the route's countersign.command is not set",
} |
	count(object.get(input, "commands", [])) == 0
}
