import type { Principal } from '../../plugin/request.ts';

export const issuer = 'https://idp.example.com';

/** A human of the issuer that names persons; `over` changes what a test is about. */
export function human(id: string, groups: readonly string[] = ['dba'], over: Partial<Principal> = {}): Principal {
  return {
    id,
    issuer,
    kind: 'human',
    groups,
    actors: [],
    method: 'jwt',
    person: `${id}@example.com`,
    owner: null,
    expires: null,
    claims: {},
    ...over,
  };
}

/** An agent that alice owns. */
export function agent(over: Partial<Principal> = {}): Principal {
  return human('reporting-agent', ['agents'], { kind: 'agent', person: null, owner: 'alice@example.com', ...over });
}
