import { CountersignError } from '../errors.ts';
import type { Principal, Request } from '../request.ts';
import { type IssuerConfig, principalOfClaims } from './claims.ts';

/** How a request's identities are read. */
export interface IdentityConfig {
  readonly issuers: readonly IssuerConfig[];
  /**
   * `principal` (default): a client certificate names who asks. `transport`: it names only the hop before Envoy (a
   * sidecar, a gateway) and never a principal.
   */
  readonly mtls?: 'principal' | 'transport' | undefined;
  /**
   * A header that another hop of the operator sets, such as a TCP tunnel's. It counts only where the route's
   * `context_extensions` say `countersign.identity: header`; any caller may send it elsewhere (threat 16).
   */
  readonly header?: { readonly name: string } | undefined;
}

/** Key of `context_extensions` by which a route trusts the identity header. */
const headerExtension = 'countersign.identity';

/**
 * Who asks: by the JWT that Envoy verified, the client certificate, or the header that the route trusts. Several must
 * name the same id; the one with claims is kept. Nobody named is `anonymous` with method `none`.
 * @throws CountersignError `identity_conflict` when two name different principals, or the header comes twice
 * @throws CountersignError `identity_missing` when a verified token does not say who it is
 */
export function identify(request: Request, config: IdentityConfig): Principal {
  const named = [fromToken(request, config), fromCertificate(request, config), fromHeader(request, config)].filter(
    (principal) => principal !== null,
  );
  const [first, ...others] = named;
  if (first === undefined) return anonymous;
  const other = others.find(({ id }) => id !== first.id);
  if (other === undefined) return first;
  throw new CountersignError(
    'identity_conflict',
    `the request carries two identities that disagree (${first.method} and ${other.method}): send one, or set identity.mtls: transport where the certificate only names the hop before Envoy`,
  );
}

const anonymous: Principal = {
  id: 'anonymous',
  issuer: 'none',
  kind: 'workload',
  groups: [],
  actors: [],
  method: 'none',
  person: null,
  owner: null,
  expires: null,
  claims: {},
};

function fromToken({ jwt }: Request, { issuers }: IdentityConfig): Principal | null {
  return jwt === null ? null : principalOfClaims(jwt, issuers);
}

function fromCertificate({ peer }: Request, { mtls }: IdentityConfig): Principal | null {
  if (peer === '' || mtls === 'transport') return null;
  // SPIFFE ID: the trust domain is the authority that issued it (SPIFFE-ID section 2.1).
  const trustDomain = /^spiffe:\/\/[^/]+/.exec(peer)?.[0];
  return { ...anonymous, id: peer, issuer: trustDomain ?? 'mtls', method: 'mtls' };
}

function fromHeader({ headers, extensions }: Request, { header }: IdentityConfig): Principal | null {
  if (header === undefined || extensions[headerExtension] !== 'header') return null;
  const values = headers
    .filter(({ name }) => name === header.name.toLowerCase())
    .map(({ value }) => value.toString('utf8'));
  const [id] = values;
  if (id === undefined) return null;
  // Envoy joins a doubled header with a comma on some paths: both forms are two identities.
  if (values.length > 1 || id.trim() === '' || id.includes(','))
    throw new CountersignError(
      'identity_conflict',
      `the identity header ${header.name} must come once with one value: let the hop that sets it overwrite what the caller sent`,
    );
  return { ...anonymous, id: id.trim(), issuer: 'header', method: 'header' };
}
