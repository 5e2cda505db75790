import { join } from 'node:path';
import * as opa from '@open-policy-agent/opa-wasm';
import t from 'tap';
import { loadBundle } from '../../plugin/policy/bundle.ts';
import { openEngine } from '../../plugin/policy/wasm.ts';
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

t.test('a conflict that callers provoke 2,000 times harms nobody', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'allow := input.a\n\nallow := input.b');
  for (let i = 0; i < 2_000; i++) {
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

t.test('a built-in that fails is undefined, not an error', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'default allow := false\n\nallow if not io.jwt.decode(input.token)');
  t.match(policy.decide({ token: 'no token' }), { allowed: true, fault: null });
});

t.test('time stands still within one evaluation', { skip: withoutOpa }, async (t) => {
  const slow = 'every _ in numbers.range(1, 20000) { time.now_ns() == start }';
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
  const missing = 'allow if {\n\tuuid.rfc4122("x")\n\thttp.send({"method": "get", "url": "http://a"})\n}';
  await t.rejects(compile(t, missing), {
    code: 'policy_invalid',
    message: /not available here: http\.send, uuid\.rfc4122;/,
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
