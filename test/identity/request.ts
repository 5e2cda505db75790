import type { Header, Principal, Request } from '../../plugin/request.ts';

/** A request that says nothing special, changed by `members`. Headers as an object stand for themselves, in order. */
export function requestOf(
  members: Partial<Omit<Request, 'headers'>> & { headers?: Record<string, string> | Header[] } = {},
): Request {
  const { headers = {}, ...rest } = members;
  return {
    id: '1',
    method: 'POST',
    scheme: 'https',
    authority: 'api.example',
    path: '/sql',
    protocol: 'HTTP/2',
    body: Buffer.alloc(0),
    extensions: {},
    jwt: null,
    peer: '',
    source: '192.0.2.1:4711',
    check: {},
    ...rest,
    headers: Array.isArray(headers) ? headers : Object.entries(headers).map(([name, value]) => headerOf(name, value)),
  };
}

/** One header line. */
export function headerOf(name: string, value: string): Header {
  return { name, value: Buffer.from(value) };
}

/** A human whom a token names, changed by `members`. */
export function principalOf(members: Partial<Principal> = {}): Principal {
  return {
    id: 'alice',
    issuer: 'https://idp.example',
    kind: 'human',
    groups: ['sre'],
    actors: [],
    method: 'jwt',
    person: 'alice@example.org',
    owner: null,
    expires: null,
    claims: {},
    ...members,
  };
}
