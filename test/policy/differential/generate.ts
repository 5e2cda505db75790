import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { computed, forms } from './forms.ts';

/** One generated Check: the message, and what the predicates look at. */
export interface Generated {
  readonly check: object;
  readonly form: string;
  readonly path: string;
  /** By lower-case name, as they are in the Check, whichever way they travel. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly packed: boolean;
  readonly mapped: boolean;
}

const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('people', 'a', '', '.', '..', 'x;y', 'caf%C3%A9', 'a+b', '*') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('%2F', '%2f%2e', '%20', '%00', '%zz', '%', '%E9', 'é', '\u{1f600}', '!', '%25'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }).map((text) => text.replace(/[?#\0]/g, '')) },
);
const pair = fc.constantFrom(
  'a=1',
  'a=2',
  'b',
  '=',
  '',
  'a=b=c',
  '%3D=%26',
  'x=%',
  'a;b',
  'sp=a+b',
  'u=%C3%A9',
  'q=?',
  'é=é',
);
const path = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.option(fc.array(pair, { maxLength: 4 }), { freq: 2 }))
  .map(([segments, query]) => `/${segments.join('/')}${query === null ? '' : `?${query.join('&')}`}`);

const number = fc.constantFrom(
  '0',
  '-0',
  '1.0',
  '1e3',
  '12345678901234567890',
  '0.1',
  '1e400',
  '-1E-7',
  '01',
  '.5',
  '1.',
);
const json = fc.oneof(
  { weight: 4, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 2, arbitrary: number.map((text) => `{"n":${text}}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        '{"a":1,"a":2}',
        '{',
        '',
        ' ',
        'null',
        '"x"',
        '{} {}',
        '{}\n',
        '\ufeff{}',
        '{"a":"\\ud800"}',
        "{'a':1}",
        '[1,]',
      ],
      ...['NaN', '{"a":undefined}', '{"\\u0061":1}', '{"a":"\\u0000"}', '{"__proto__":{"x":1}}', '{"a":"<&>\u2028"}'],
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 600 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)) },
);
const form = fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join('&'));
const part = fc.constantFrom(
  '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n',
  '--b\r\nContent-Disposition: form-data; name=j\r\nContent-Type: application/json\r\n\r\n{"n":[1]}\r\n',
  '--b\r\nContent-Disposition: form-data; name=j\r\nContent-Type: application/json\r\n\r\n{\r\n',
  '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\r\n',
  '--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n',
  '--b\r\n\r\nx\r\n',
);
const multipart = fc
  .tuple(fc.array(part, { maxLength: 3 }), fc.constantFrom('--b--\r\n', '--b--', '', '--c--\r\n'))
  .map(([parts, end]) => parts.join('') + end);
const grpc = fc
  .tuple(fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 12 }), fc.integer({ min: -2, max: 2 }))
  .map(([flag, message, off]) => {
    const head = Buffer.from([flag, 0, 0, 0, Math.max(0, message.length + off)]);
    return Buffer.concat([head, message]);
  });
const bytes = fc.uint8Array({ maxLength: 16 }).map((raw) => Buffer.from(raw));

interface Body {
  readonly type: string | undefined;
  readonly bytes: Buffer;
}

const typed = (types: readonly (string | undefined)[], content: fc.Arbitrary<string | Buffer>): fc.Arbitrary<Body> =>
  fc.tuple(fc.constantFrom(...types), content).map(([type, given]) => ({ type, bytes: Buffer.from(given) }));

const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ type: undefined, bytes: Buffer.alloc(0) }) },
  {
    weight: 5,
    arbitrary: typed(['application/json', 'application/json; charset=utf-8', 'text/x, application/json'], json),
  },
  { weight: 2, arbitrary: typed(['application/x-www-form-urlencoded'], form) },
  {
    weight: 2,
    arbitrary: typed(
      ['multipart/form-data; boundary=b', 'multipart/form-data; boundary="b"', 'multipart/form-data'],
      multipart,
    ),
  },
  { weight: 1, arbitrary: typed(['application/grpc', 'application/grpc+proto'], grpc) },
  {
    weight: 2,
    arbitrary: typed(['application/json', 'application/x-www-form-urlencoded', 'text/plain', undefined], bytes),
  },
);

const codings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  identity: (bytes) => bytes,
  compress: (bytes) => bytes,
};

const often = <Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

/** Checks as Envoy sends them, and as it never would. */
export const checks: fc.Arbitrary<Generated> = fc
  .record({
    form: fc.oneof(
      { weight: 3, arbitrary: fc.constant('input') },
      { weight: 4, arbitrary: fc.constantFrom(...Object.keys(forms), ...computed) },
    ),
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PROPFIND', 'get', 'HEAD'),
    path,
    body,
    coding: often<string | undefined>(undefined, 'gzip', 'br', 'identity', 'compress', 'gzip'),
    partial: often<string | undefined>('false', 'true', undefined),
    length: often<string | undefined>(undefined, 'right', 'right', 'more', 'less', 'x', '+2'),
    packed: fc.boolean(),
    mapped: often(false, true),
    principal: often('', 'spiffe://example.com/client'),
    extra: often<Readonly<Record<string, string>>>(
      {},
      { 'x-dup': 'a,b' },
      { authorization: 'Bearer x' },
      { accept: '*/*' },
    ),
    extensions: often<Readonly<Record<string, string>>>({}, { route: 'people' }),
    millis: fc.integer({ min: 0, max: 999 }),
  })
  .map((given) => {
    const { type, bytes } = given.body;
    const coded = given.coding === undefined || bytes.length === 0 ? bytes : (codings[given.coding]?.(bytes) ?? bytes);
    const lengths = { right: `${coded.length}`, more: `${coded.length + 3}`, less: '1', x: 'x', '+2': '+2' };
    const named: Readonly<Record<string, string | undefined>> = {
      ':method': given.method,
      ':path': given.path,
      'x-form': given.form,
      'content-type': type,
      'content-encoding': given.coding,
      'content-length': given.length === undefined ? undefined : lengths[given.length as keyof typeof lengths],
      'x-envoy-auth-partial-body': given.partial,
      ...given.extra,
    };
    const headers = Object.fromEntries(
      Object.entries(named).filter((one): one is [string, string] => one[1] !== undefined),
    );
    // Envoy puts what is not UTF-8 nowhere but into raw_body.
    const packed = given.packed || !isUtf8(coded);
    const map = Object.entries(headers).map(([key, value]) => ({ key, raw_value: Buffer.from(value) }));
    const http = {
      ...{ id: '1', method: given.method, path: given.path, host: 'people', scheme: 'http', protocol: 'HTTP/1.1' },
      ...(given.mapped ? { header_map: { headers: map } } : { headers }),
      ...(packed ? { raw_body: coded } : { body: coded.toString('utf8') }),
    };
    const socket = (port_value: number) => ({ address: { socket_address: { address: '127.0.0.1', port_value } } });
    const check = {
      attributes: {
        source: { ...socket(5_000), principal: given.principal },
        destination: socket(8_080),
        request: { time: { seconds: 1_700_000_000, nanos: given.millis * 1_000_000 }, http },
        context_extensions: given.extensions,
      },
    };
    return { check, form: given.form, path: given.path, headers, body: coded, packed, mapped: given.mapped };
  });

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes);
}
