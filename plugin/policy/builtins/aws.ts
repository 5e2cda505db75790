import { createHash, createHmac } from 'node:crypto';
import { integerOf, parseJson } from '../json.ts';
import { goJson } from './marshal.ts';
import { type Builtin, rego } from './operand.ts';
import { objectTerm, readTerm, stringTerm, type Term } from './term.ts';
import { escapedPath, readUri } from './uri.ts';

type Members = ReadonlyMap<string, Term>;

/** @throws TypeError */
function membersOf(term: Term | undefined): Members {
  if (term?.kind !== 'object') throw new TypeError('expected an object');
  return new Map(term.members.map(([key, value]) => [textOf(key), value]));
}

/** What is no string counts as an empty one where OPA does not look. */
function textOf(term: Term | undefined): string {
  return term?.kind === 'string' ? term.value : '';
}

/** @throws TypeError */
function required(members: Members, name: string): string {
  const term = members.get(name);
  if (term?.kind !== 'string') throw new TypeError(`expected ${name} as a string`);
  return term.value;
}

/** Members of a request as `http.send` takes it. */
const requestNames: ReadonlySet<string> = new Set(
  `method url body enable_redirect force_json_decode force_yaml_decode headers raw_body tls_use_system_certs
  tls_ca_cert tls_ca_cert_file tls_ca_cert_env_variable tls_client_cert tls_client_cert_file
  tls_client_cert_env_variable tls_client_key tls_client_key_file tls_client_key_env_variable
  tls_insecure_skip_verify tls_server_name timeout cache force_cache force_cache_duration_seconds raise_error
  caching_mode max_retry_attempts cache_ignored_headers`.split(/\s+/),
);

/** Headers that a proxy may change are not signed. */
const unsigned: ReadonlySet<string> = new Set(['authorization', 'user-agent', 'x-amzn-trace-id']);

/** These services want the body's digest in a header. */
const wantDigest: ReadonlySet<string> = new Set(['s3', 'glacier']);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

interface Signing {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly service: string;
  readonly token: string;
  readonly signsPayload: boolean;
}

/** @throws TypeError */
function readSigning(term: Term): Signing {
  const config = membersOf(term);
  const disabled = config.get('disable_payload_signing');
  if (disabled !== undefined && disabled.kind !== 'boolean') throw new TypeError('expected a boolean');
  return {
    accessKey: required(config, 'aws_access_key'),
    secretKey: required(config, 'aws_secret_access_key'),
    region: required(config, 'aws_region'),
    service: required(config, 'aws_service'),
    token: textOf(config.get('aws_session_token')),
    signsPayload: disabled?.text !== 'true',
  };
}

/** Nanoseconds since 1970 as `20151228T140825Z`. @throws TypeError */
function stampOf(term: Term): string {
  const nanoseconds = integerOf(parseJson(term.text));
  if (nanoseconds === undefined || BigInt.asIntN(64, nanoseconds) !== nanoseconds)
    throw new TypeError('expected nanoseconds');
  const second = 1_000_000_000n;
  const start = nanoseconds - (((nanoseconds % second) + second) % second);
  return new Date(Number(start / 1_000_000n)).toISOString().replace(/[-:]|\.[0-9]+/g, '');
}

function bodyOf(request: Members): string {
  const [raw, body] = [request.get('raw_body'), request.get('body')];
  if (raw !== undefined) return textOf(raw);
  return body === undefined ? '' : goJson(body);
}

/** Headers by name: those that were signed, and `Authorization`. */
function signed(request: Members, signing: Signing, stamp: string): ReadonlyMap<string, string> {
  const uri = readUri(required(request, 'url'));
  const digest = signing.signsPayload ? sha256(bodyOf(request)) : 'UNSIGNED-PAYLOAD';
  const ours = new Map([
    ['host', uri.host],
    ['x-amz-date', stamp],
    ...(wantDigest.has(signing.service) ? [['x-amz-content-sha256', digest] as const] : []),
    ...(signing.token === '' ? [] : [['x-amz-security-token', signing.token] as const]),
  ]);
  const given = request.get('headers');
  const theirs = [...(given === undefined ? [] : membersOf(given))].map(
    ([name, value]) => [name, textOf(value)] as const,
  );
  const toSign = new Map([
    ...ours,
    ...theirs.map(([name, value]) => [name.toLowerCase(), value] as const).filter(([name]) => !unsigned.has(name)),
  ]);
  const names = [...toSign.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = names.map((name) => `${name}:${toSign.get(name)}\n`);
  const canonical = [
    required(request, 'method'),
    escapedPath(uri),
    uri.query,
    lines.join(''),
    names.join(';'),
    digest,
  ].join('\n');
  const day = stamp.slice(0, 8);
  const scope = `${day}/${signing.region}/${signing.service}/aws4_request`;
  const key = [day, signing.region, signing.service, 'aws4_request'].reduce<string | Buffer>(
    mac,
    `AWS4${signing.secretKey}`,
  );
  const signature = mac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const credential = `AWS4-HMAC-SHA256 Credential=${signing.accessKey}/${scope}`;
  return new Map([
    ...theirs,
    ['Authorization', `${credential},SignedHeaders=${names.join(';')},Signature=${signature}`],
    ...ours,
  ]);
}

/** `providers.aws.sign_req`: AWS Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). */
export const aws = {
  'providers.aws.sign_req'(_, context) {
    const [whole, config, time] = [0, 1, 2].map((argument) => readTerm(context.rego(argument)));
    if (whole?.kind !== 'object' || config === undefined || time === undefined)
      throw new TypeError('expected an object');
    const request = membersOf(whole);
    if ([...request.keys()].some((name) => !requestNames.has(name))) throw new TypeError('expected a request');
    const headers = [...signed(request, readSigning(config), stampOf(time))].map(
      ([name, value]) => [stringTerm(name), stringTerm(value)] as const,
    );
    return rego(objectTerm([...whole.members, [stringTerm('headers'), objectTerm(headers)]]).text);
  },
} satisfies Record<string, Builtin>;
