# METADATA
# title: Model Context Protocol
# description: |
#   Decides which tools, prompts and resources an agent may use, with which arguments, and when it goes in circles.
package countersign.mcp

# Denials by rule, for the configuration
#
#     {
#       "tools": {"search": {"query": {"type": "string", "max": 200, "pattern": `^[\w ]+$`}}, "time": {}},
#       "prompts": {"summary"}, "resources": ["docs://public/**"], "methods": {"completion/complete"},
#       "loops": {"requests": 200, "denied": 10},
#     }
#
# A tool names its arguments, all of them; each may have `type`, `max` (characters, members, or the value of a number),
# `min`, `pattern`, `values` and `required`. `loops` count in the session (see countersign.budget for more).
denials(config) := {{"rule": rule, "reason": reason} |
	some rule, reason in reasons
	objects(rule, config)
}

reasons := {
	"mcp/unparsed": "expected one JSON-RPC message, or a batch of them, that everybody reads the same way",
	"mcp/method": "this method is not for this route",
	"mcp/tool": "this tool is not on the list",
	"mcp/argument": "an argument of this tool is missing, unknown, or beyond its limits",
	"mcp/prompt": "this prompt is not on the list",
	"mcp/resource": "this resource is not on the list",
	"mcp/loop": "this session asks too often, or is denied too often: it goes in circles",
}

objects("mcp/unparsed", _) if {
	some command in input.commands
	command.kind == "unparsed"
}

objects("mcp/method", config) if {
	some message in messages
	not known_method(message, config)
}

objects("mcp/tool", config) if {
	some call in calls
	not object.get(call, "tool", "") in object.keys(object.get(config, "tools", {}))
}

objects("mcp/argument", config) if {
	some call in calls
	tool := config.tools[call.tool]
	not within(object.get(call, "arguments", null), tool)
}

objects("mcp/prompt", config) if {
	some message in messages
	message.method == "prompts/get"
	not object.get(message, "prompt", "") in object.get(config, "prompts", set())
}

objects("mcp/resource", config) if {
	some message in messages
	message.uri
	not listed(message.uri, object.get(config, "resources", []))
}

objects("mcp/loop", config) if {
	some counter, limit in object.get(config, "loops", {})
	not below(counter, limit)
}

messages := [command | some command in input.commands; command.kind == "mcp"]

calls := [message | some message in messages; message.method == "tools/call"]

# What a client needs in order to begin, to look around and to end. Calls are judged by their own rules.
usual_methods := {
	"initialize", "ping", "tools/list", "tools/call", "prompts/list", "prompts/get", "resources/list", "resources/read",
	"resources/templates/list", "resources/subscribe", "resources/unsubscribe", "logging/setLevel",
}

known_method(message, _) if message.type in {"stream", "end", "response"}

known_method(message, _) if {
	message.type == "request"
	message.method in usual_methods
}

# A notification has no answer: a call in its clothes runs unseen.
known_method(message, _) if {
	message.type == "notification"
	startswith(message.method, "notifications/")
}

known_method(message, config) if {
	message.type in {"request", "notification"}
	message.method in object.get(config, "methods", set())
}

within(arguments, tool) if {
	every name, value in arguments {
		fits(value, tool[name])
	}
	every name, limits in tool {
		present(name, arguments, limits)
	}
}

present(name, arguments, _) if name in object.keys(arguments)

present(_, _, limits) if object.get(limits, "required", false) == false

fits(value, limits) if {
	type_name(value) == object.get(limits, "type", type_name(value))
	size(value) <= object.get(limits, "max", size(value))
	size(value) >= object.get(limits, "min", size(value))
	matches(value, limits)
	value in object.get(limits, "values", [value])
}

size(value) := value if {
	is_number(value)
} else := count(value) if {
	type_name(value) in {"string", "array", "object"}
} else := 0

matches(_, limits) if not limits.pattern

matches(value, limits) if regex.match(limits.pattern, value)

# A path with `..`, escaped or not, may leave the folder that a pattern means.
listed(uri, patterns) if {
	not contains(lower(replace(uri, "%2E", "%2e")), "..")
	not contains(lower(uri), "%2e")
	some pattern in patterns
	glob.match(pattern, ["/"], uri)
}

below(counter, limit) if input.session[counter] <= limit
