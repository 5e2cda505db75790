import { CountersignError } from '../errors.ts';
import type { Actor, Json, JsonObject, Principal } from '../request.ts';

/** How the tokens of one issuer are read. */
export interface IssuerConfig {
  /** `iss` of its tokens, to the letter. */
  readonly issuer: string;
  /** File or URL of its JSON Web Key Set; without it only Envoy verifies its tokens. */
  readonly jwks?: string | undefined;
  /** The issuer tells where its key set is (OpenID Connect Discovery); instead of `jwks`. */
  readonly discovery?: boolean | undefined;
  /** A token must name one of them in `aud`; without it `aud` is not looked at. */
  readonly audiences?: readonly string[] | undefined;
  /** Signature algorithms accepted; default RS256, PS256, ES256, EdDSA. */
  readonly algorithms?: readonly string[] | undefined;
  /** Claim that names the human, the same in every issuer (holds.md, four eyes); without it nobody is a person. */
  readonly person?: string | undefined;
  /** Claim with the groups: a list of strings, or one string; default `groups`. A path such as `realm_access.roles` too. */
  readonly groups?: string | undefined;
  /** Claim that says `human`, `agent` or `workload`; default `kind`. */
  readonly kind?: string | undefined;
}

/** Actors in one token. RFC 8693 sets no bound; a longer chain is refused, since nobody could review it. */
const actorLimit = 8;

const kinds: ReadonlySet<string> = new Set(['human', 'agent', 'workload']);

/**
 * The principal that verified claims name. `issuers` tells how to read them; an issuer that is not listed (Envoy
 * verified it) is read with the default claim names and has no person mapping, so it can't countersign.
 * @throws CountersignError `identity_missing` when `iss` or `sub` is missing, or a claim that we rely on has a wrong type
 */
export function principalOfClaims(claims: JsonObject, issuers: readonly IssuerConfig[]): Principal {
  const issuer = required(claims, 'iss');
  const config = issuers.find((one) => one.issuer === issuer) ?? { issuer };
  const actors = actorsOf(claims.act, issuer);
  const owner = optional(claims, 'owner');
  return {
    id: required(claims, 'sub'),
    issuer,
    kind: kindOf(claims, config.kind ?? 'kind', actors, owner),
    groups: groupsOf(claims, config.groups ?? 'groups'),
    actors,
    method: 'jwt',
    person: config.person === undefined ? null : personOf(claims, config.person),
    owner: owner === null ? null : folded(owner),
    expires: expiryOf(claims),
    claims,
  };
}

/** Characters of a name that an entry can show. */
const textLimit = 1_024;

function claim(claims: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

/** A claim of that very name, else the one at the end of a path with dots. */
function claimAt(claims: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: Json | undefined = claims;
  for (const step of name.split('.')) at = at !== undefined && isObject(at) ? claim(at, step) : undefined;
  return at;
}

function required(claims: JsonObject, name: string): string {
  const value = optional(claims, name);
  if (value !== null) return value;
  throw missing(name, 'a non-empty string', claim(claims, name));
}

function optional(claims: JsonObject, name: string): string | null {
  const value = claim(claims, name);
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' && value.length <= textLimit) return value;
  throw missing(name, `a string of ${textLimit} characters at most`, value);
}

/** `act` of RFC 8693 section 4.1: the outermost is who acts now, each nested one acted before. */
function actorsOf(act: Json | undefined, issuer: string): readonly Actor[] {
  const actors: Actor[] = [];
  for (let at = act; at !== undefined && at !== null; at = claim(at, 'act')) {
    if (actors.length === actorLimit)
      throw new CountersignError(
        'identity_missing',
        `the claim act names more than ${actorLimit} actors: exchange the token for one with a shorter chain`,
      );
    if (!isObject(at)) throw missing('act', 'an object', at);
    actors.push({ id: required(at, 'sub'), issuer: optional(at, 'iss') ?? issuer });
  }
  return actors;
}

/** Whoever is acted for is an agent's principal, whatever the token calls it: a delegated token has fewer rights. */
function kindOf(claims: JsonObject, name: string, actors: readonly Actor[], owner: string | null): Principal['kind'] {
  if (actors.length > 0) return 'agent';
  const value = claim(claims, name);
  if (value === undefined) return owner === null ? 'human' : 'agent';
  // An unknown kind is read as the one with the fewest rights.
  return typeof value === 'string' && kinds.has(value) ? (value as Principal['kind']) : 'agent';
}

function groupsOf(claims: JsonObject, name: string): readonly string[] {
  const value = claimAt(claims, name);
  if (value === undefined || value === null) return [];
  const groups = typeof value === 'string' ? [value] : value;
  // A list that can't be read is not an empty list: a policy may deny by group.
  if (Array.isArray(groups) && groups.every((group) => typeof group === 'string' && group !== ''))
    return [...new Set(groups as readonly string[])];
  throw missing(name, 'a list of strings', value);
}

/** An address that the issuer says is not verified names nobody (OpenID Connect Core 5.7). */
function personOf(claims: JsonObject, name: string): string | null {
  const value = optional(claims, name);
  if (value === null) return null;
  const verified = claim(claims, 'email_verified');
  const refuted = verified !== undefined && verified !== true && verified !== 'true';
  return name === 'email' && refuted ? null : folded(value);
}

/** Mail systems ignore the case of an address, so `Ann@` and `ann@` are one human; other names are kept to the letter. */
function folded(name: string): string {
  const text = name.normalize('NFC').trim();
  return text.includes('@') ? text.toLowerCase() : text;
}

function expiryOf(claims: JsonObject): number | null {
  const value = claim(claims, 'exp');
  if (value === undefined) return null;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw missing('exp', 'seconds since 1970', value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function missing(name: string, expected: string, value: Json | undefined): CountersignError {
  const came =
    value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  return new CountersignError(
    'identity_missing',
    `the claim ${name} of the verified token must be ${expected}, ${came} came: let the identity provider issue it`,
  );
}
