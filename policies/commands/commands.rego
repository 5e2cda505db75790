# METADATA
# title: Commands
# description: |
#   Decides whether a request's commands are understood and of the kinds that its route is for. Ask it on every route that
#   has commands: the packages of one kind say nothing about another, nor about a route whose mark is missing.
package countersign.commands

# Denials for a route that is for these kinds: {"sql"}, {"mcp"}...
denials(kinds) := {{"rule": rule, "reason": reason} |
	some rule, reason in reasons
	objects(rule, kinds)
}

reasons := {
	"commands/unparsed": "expected a command that everybody reads the same way",
	"commands/kind": "expected another kind of command on this route",
	"commands/none": "expected a command: the route's countersign.command is not set",
}

objects("commands/unparsed", _) if {
	some command in input.commands
	command.kind == "unparsed"
}

objects("commands/kind", kinds) if {
	some command in input.commands
	not object.get(command, "kind", "") in (kinds | {"unparsed"})
}

objects("commands/none", _) if count(object.get(input, "commands", [])) == 0
