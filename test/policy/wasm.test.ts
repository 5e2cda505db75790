import { join } from 'node:path';
import * as opa from '@open-policy-agent/opa-wasm';
import t from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { openEngine } from '../../plugin/policy/wasm.ts';
import { collidingKeys } from './colliding.ts';
import { compile, withoutOpa } from './rego.ts';

t.test('what is no module of OPA is refused', async (t) => {
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  for (const bytes of [new Uint8Array([1, 2, 3]), new Uint8Array(), empty])
    t.throws(() => openEngine(bytes, '{}'), { code: 'policy_invalid', message: /policy\.wasm: expected/ });
});

t.test('falsy inputs are inputs', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow if input in {false, 0, "", null}');
  for (const input of [false, 0, '', null]) t.equal(policy.decide(input).allowed, true, JSON.stringify(input));
  t.match(policy.decide(true), { allowed: false, fault: /undefined/ });
});

t.test('a conflict that callers provoke 10,000 times harms nobody', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow := input.a\n\nallow := input.b');
  for (let i = 0; i < 10_000; i++) {
    const { allowed, fault } = policy.decide({ a: true, b: false });
    if (allowed || !/^policy_error: .*conflict/.test(fault ?? '')) return t.fail(`${i}: ${fault}`);
  }
  t.match(policy.decide({ a: true, b: true }), { allowed: true, fault: null });
});

t.test('deep and large inputs are denials at worst, and the engine serves on', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow if input.ok');
  let deep: object = {};
  for (let i = 0; i < 20_000; i++) deep = { deep };
  const large = { ok: true, text: 'x'.repeat(20_000_000) };
  t.equal(policy.decide(deep as never).allowed, false);
  t.equal(policy.decide({ ok: true, list: '['.repeat(50_000) }).allowed, true);
  t.equal(policy.decide(large).allowed, true);
  t.equal(policy.decide({ ok: true }).allowed, true);
});

t.test('a memory bomb is cut off within the module', { skip: withoutOpa }, async (t) => {
  const bomb = 'x := concat("", [input.a | some _ in numbers.range(1, 1000)])';
  const policy = await compile(
    t,
    `allow if count(y) > 0\n\n${bomb}\n\ny := concat("", [x | some _ in numbers.range(1, 1000)])`,
  );
  t.match(policy.decide({ a: 'x'.repeat(1_000) }), {
    allowed: false,
    fault: /^policy_error: the evaluation was cut off/,
  });
  t.equal(
    policy.decide({ a: '' }).fault,
    'policy_error: the decision is undefined: no rule of the policy gave a value',
  );
});

/** Milliseconds of processor time: what else runs on the machine does not count. */
function cpuSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}

/** Bodies of a rule that run for far too long. */
const runaways: readonly (readonly [name: string, body: string])[] = [
  ['nested loops', 'r := numbers.range(1, 2000); some a in r; some b in r; some c in r; a + b + c == input.n'],
  ['one huge range', 'count(numbers.range(1, 1000000000)) == input.n'],
  ['a text that grows', 'count(split(concat("a", [input.text | some _ in numbers.range(1, 5000)]), "")) == input.n'],
  ['a product of walks', 'count([1 | walk(input, _); walk(input, _); walk(input, _); walk(input, _)]) == input.n'],
  [
    'built-ins of the host',
    'some a in numbers.range(1, 2000); some b in numbers.range(1, 2000); crypto.sha256(sprintf("%d %d", [a, b])) == input.n',
  ],
  [
    'members that are all compared',
    'some a in input.list; some b in input.list; some c in input.list; a + b == c + input.n',
  ],
];
for (const [name, body] of runaways)
  t.test(`${name}: a denial that names the limit, soon`, { skip: withoutOpa }, async (t) => {
    const policy = await compile(t, `allow if not input.run\n\nallow if {\n\tinput.run\n\t${body}\n}`);
    const input = { run: true, n: -1_000_000, text: 'x'.repeat(2_000), list: Array.from({ length: 300 }, (_, i) => i) };
    const began = process.cpuUsage();
    const { allowed, fault } = policy.decide(input);
    const took = cpuSince(began);
    t.equal(allowed, false);
    t.match(fault, /^policy_error: the evaluation was cut off: it took more than 100\d{5} steps, the limit/);
    // 50 to 150 ms on a machine that does nothing else.
    t.ok(took < 1_000, `${took} ms`);
    t.match(policy.decide({}), { allowed: true, fault: null });
  });

t.test('keys that collide are cut off', { skip: withoutOpa }, async (t) => {
  const keys = collidingKeys(14);
  t.equal(new Set(keys).size, 16_384);
  const flood = Object.fromEntries(keys.map((key) => [key, 1]));
  const trimmed = await compile(t, 'allow if not input.x');
  t.match(trimmed.decide(flood), { allowed: true, fault: null }, 'a policy that does not read them pays nothing');
  const policy = await compile(t, 'allow if not input.x\n\nallow if is_string(input)');
  const began = process.cpuUsage();
  t.match(policy.decide(flood), {
    allowed: false,
    fault: /steps, the limit/,
  });
  t.ok(cpuSince(began) < 1_000);
  t.match(policy.decide({}), { allowed: true, fault: null });
});

t.test('wherever an evaluation is cut off, the next one is right', { skip: withoutOpa }, async (t) => {
  const rule =
    'allow := {"allowed": regex.match(input.re, "aab"), "labels": {"j": json.marshal(input), "s": sprintf("%v", [sort([x | some x in input.list])])}}';
  const source = t.testdir({ 'policy.rego': `package envoy.authz\n\n${rule}\n` });
  const { wasm, data } = await loadBundle({ source, path: 'envoy/authz/allow' });
  const engine = openEngine(wasm, data);
  const input = JSON.stringify({ re: '^a+b$', list: [3, 'é', { a: 1 }, [2]] });
  const right = engine.evaluate(0, input);
  t.match(right, /"allowed":true/);
  let cut = 0;
  for (let steps = 0; steps < 40_000; steps += 37)
    try {
      engine.evaluate(0, input, steps);
    } catch {
      cut++;
      if (engine.evaluate(0, input) !== right) return t.fail(`cut off after ${steps}`);
    }
  t.ok(cut > 50, `${cut} times`);
});

t.test('a built-in that fails is undefined, not an error', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'default allow := false\n\nallow if not io.jwt.decode(input.token)');
  t.match(policy.decide({ token: 'no token' }), { allowed: true, fault: null });
});

t.test('time stands still within one evaluation', { skip: withoutOpa }, async (t) => {
  const slow = 'every _ in numbers.range(1, 5000) { time.now_ns() == start }';
  const policy = await compile(t, `allow if {\n\tstart := time.now_ns()\n\tstart > 1700000000000000000\n\t${slow}\n}`);
  t.equal(policy.decide({}).allowed, true);
});

t.test('integers of 64 bits and beyond pass through unchanged', { skip: withoutOpa }, async (t) => {
  const policy = await compile(
    t,
    'allow := {"allowed": true, "labels": {"id": input.id, "sum": time.parse_rfc3339_ns("2023-11-14T22:13:20.000000001Z")}}',
  );
  const { labels } = policy.decide({
    id: (JSON as unknown as { rawJSON(text: string): string }).rawJSON('12345678901234567890'),
  });
  t.equal(JSON.stringify(labels), '{"id":12345678901234567890,"sum":1700000000000000001}');
});

t.test('a built-in that is missing is refused at load, by name', { skip: withoutOpa }, async (t) => {
  const missing = 'allow if {\n\tregex.globs_match("a", "b")\n\thttp.send({"method": "get", "url": "http://a"})\n}';
  await t.rejects(compile(t, missing), {
    code: 'policy_invalid',
    message: /not available here: http\.send, regex\.globs_match;/,
  });
});

t.test("OPA's own SDK answers the same", async (t) => {
  const source = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');
  const { wasm, data } = await loadBundle({ source, path: 'envoy/authz/allow' });
  const engine = openEngine(wasm, data);
  const oracle = await opa.loadPolicy(wasm);
  const http = { method: 'GET' };
  for (const groups of [[], ['agents'], ['dba', 'x']])
    for (const parsed_path of [['customers'], ['customers', '1'], ['é😀']]) {
      const principal = { method: 'jwt', groups };
      const input = { attributes: { request: { http } }, parsed_path, principal, commands: [] };
      t.strictSame(JSON.parse(engine.evaluate(0, JSON.stringify(input))), oracle.evaluate(input));
    }
});
