# METADATA
# title: The caller
# description: |
#   Says whether somebody verified asks, and for which groups they stand. It decides nothing.
package countersign.caller

# A verified identity: by token, client certificate or a header that the route vouches for.
known if input.principal.method in {"jwt", "mtls", "header"}

# True when the caller is known and in one of these groups.
in_any(groups) if {
	known
	some group in input.principal.groups
	group in groups
}
