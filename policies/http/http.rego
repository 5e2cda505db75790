# METADATA
# title: HTTP
# description: |
#   Decides which methods and paths a caller may use at all, and refuses requests that services behind Envoy may read in
#   another way than the policy does.
package countersign.http

# Denials by rule, for the configuration
#
#     {"allowed": {"GET": ["/orders/**"], "POST": ["/orders"]}, "hosts": {"api.example.com"}, "types": {"application/json"}}
#
# Patterns are globs over whole segments: `*` is one, `**` any number. A method that is not named is not allowed. `types`:
# media types of bodies. Members that are left out are not asked about, but for `allowed`: without it nothing is.
denials(config) := {{"rule": rule, "reason": reason} |
	some rule, reason in reasons
	objects(rule, config)
}

reasons := {
	"http/method": "this method is not for this route",
	"http/path": "this path is not for this route",
	"http/spelling": "expected a path that everybody reads the same way: no .., no //, no ;, no escaped slash",
	"http/override": "expected a request that says its method in one place",
	"http/host": "this host is not for this route",
	"http/type": "expected another content type",
	"http/body": "expected a body that can be seen whole",
}

objects("http/method", config) if not object.get(request, "method", "") in object.keys(allowed(config))

objects("http/path", config) if {
	patterns := allowed(config)[request.method]
	not matches(patterns)
}

objects("http/spelling", _) if not plain

objects("http/override", _) if {
	some name, _ in headers
	lower(name) in overrides
}

objects("http/host", config) if {
	hosts := config.hosts
	not lower(object.get(request, "host", "")) in hosts
}

objects("http/type", config) if {
	types := config.types
	has_body
	not media_type in types
}

objects("http/body", _) if not object.get(input, "truncated_body", true) == false

overrides := {"x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"}

request := object.get(input, ["attributes", "request", "http"], {})

allowed(config) := object.get(config, "allowed", {})

path := split(object.get(request, "path", ""), "?")[0]

matches(patterns) if {
	some pattern in patterns
	glob.match(pattern, ["/"], path)
}

# Of a request without any path nothing can be said.
plain if {
	startswith(path, "/")
	not regex.match(`(?i)//|;|\\|%(2f|5c|25|00)|(^|/)(\.|%2e)+(/|$)`, path)
}

headers := object.get(request, "headers", {})

has_body if object.get(headers, "content-type", "") != ""

has_body if not object.get(input, "parsed_body", null) == null

media_type := lower(trim_space(split(object.get(headers, "content-type", ""), ";")[0]))
