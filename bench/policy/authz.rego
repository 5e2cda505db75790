# METADATA
# title: The policy of the benches
# description: |
#   Small: one rule, by method, path and a claim of the verified token. The path's first segment says what is recorded, so that one service
#   answers for all; `record` and `mask` mean nothing to opa-envoy-plugin, which is measured with the same file.
#
#   bundle.tar.gz is made of it, so that measuring needs no opa:
#     countersign policy build bench/policy -o bench/policy/bundle.tar.gz
package envoy.authz

default allow := {"allowed": false, "rule": "default", "reason": "no rule allows this request"}

allow := {
	"allowed": true,
	"rule": "customers/read",
	"reason": "the caller may read this",
	"record": input.parsed_path[0],
	"mask": [
		{"key": "ssn", "with": "partial", "keep_last": 4, "rule": "pii/ssn"},
		{"key": "email", "with": "redact", "rule": "pii/email"},
	],
} if {
	input.attributes.request.http.method == "GET"
	[_, "customers"] = input.parsed_path
	"agents" in token.groups
}

token := input.attributes.metadataContext.filterMetadata["envoy.filters.http.jwt_authn"].payload
