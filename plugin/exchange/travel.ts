import { CountersignError } from '../errors.ts';
import type { Json, JsonObject, Principal } from '../request.ts';

/** Version of what travels. Release refuses any other, so that two versions of this service never misread each other. */
const version = 1;

/** Bytes that `countersign` may take in the dynamic metadata, which Envoy sends with every message of a stream. */
const travelLimit = 4096;

/** Filter name under which ext_authz keeps the metadata of our answer. */
const namespace = 'envoy.filters.http.ext_authz';

/** What release needs of admit. It travels with the exchange, so that any process can serve release (invariant 6). */
export interface Travelled {
  readonly exchange: string;
  /** Where the decision entry stands. */
  readonly origin: string;
  readonly seq: number;
  readonly policyDigest: string;
  /** The mask plan as the policy wrote it. */
  readonly plan: readonly object[];
  readonly planDigest: string;
  readonly record: string;
  readonly carry: JsonObject | null;
  /** Key of the session whose counters the response's masks count in. */
  readonly session: string;
  /** The hold whose grant it runs under. */
  readonly grant?: string;
  /** Who asked, where the bundle has a rule for responses. */
  readonly principal?: Pick<Principal, 'id' | 'issuer' | 'groups'>;
}

/** Where a decision's entry stands: known only once it is durable. */
export type Place = Pick<Travelled, 'origin' | 'seq'>;

/** Bytes that a place takes at most: a DNS name and an integer, with their member names. */
const placeBytes = 320;

/**
 * The reserved metadata of an allow, all but its place, so that what is too large is refused before anything is entered.
 * @throws CountersignError `policy_result` when plan and carry are larger than what may travel
 */
export function pack(travelled: Omit<Travelled, keyof Place>, release: 'full' | 'skip'): (place: Place) => JsonObject {
  const rest = JSON.stringify(travelled).slice(1);
  const bytes = Buffer.byteLength(rest) + placeBytes;
  if (bytes > travelLimit)
    throw new CountersignError(
      'policy_result',
      `mask, carry and the principal's groups take ${bytes} bytes on their way to the response, the limit is ${travelLimit}: name fewer masks or carry less`,
    );
  return ({ origin, seq }) => ({
    decision_id: travelled.exchange,
    release,
    countersign: `{"v":${version},"origin":${JSON.stringify(origin)},"seq":${seq},${rest}`,
  });
}

/** Reads what `pack` wrote. Null when it is missing, malformed or of another version: nothing is known then. */
export function unpack(metadata: JsonObject): Travelled | null {
  const own = metadata[namespace];
  const text = isObject(own) ? own.countersign : undefined;
  if (typeof text !== 'string') return null;
  const value = parse(text);
  return isTravelled(value) && value.v === version ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTravelled(value: unknown): value is Travelled & { readonly v: number } {
  if (!isObject(value as Json)) return false;
  const it = value as Record<string, unknown>;
  return (
    typeof it.v === 'number' &&
    typeof it.exchange === 'string' &&
    typeof it.origin === 'string' &&
    typeof it.seq === 'number' &&
    typeof it.policyDigest === 'string' &&
    Array.isArray(it.plan) &&
    typeof it.planDigest === 'string' &&
    typeof it.record === 'string' &&
    typeof it.session === 'string' &&
    (it.carry === null || isObject(it.carry as Json)) &&
    (it.principal === undefined || isObject(it.principal as Json))
  );
}
