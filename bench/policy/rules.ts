/** Where OPA's figures come from: 200 rules over 1,000 roles, and the small policy beside this file. */

/** Rules that each name one service, and roles that each open five of them. */
export function rolesPolicy(): { readonly 'policy.rego': string; readonly 'data.json': string } {
  const methods = ['GET', 'POST', 'PUT', 'DELETE'];
  const rules = Array.from(
    { length: 200 },
    (_, at) => `allow if {
	input.attributes.request.http.method == "${methods[at % 4]}"
	input.parsed_path[0] == "service-${at}"
	some role in input.principal.groups
	"service-${at}" in data.roles[role].services
}`,
  );
  const roles = Array.from({ length: 1_000 }, (_, at) => [
    `role-${at}`,
    { services: Array.from({ length: 5 }, (_, more) => `service-${(at * 7 + more * 31) % 200}`) },
  ]);
  return {
    'policy.rego': `package envoy.authz\n\ndefault allow := false\n\n${rules.join('\n\n')}\n`,
    'data.json': JSON.stringify({ roles: Object.fromEntries(roles) }),
  };
}
