import { join } from 'node:path';
import t from 'tap';
import { loadPolicy } from '../../plugin/policy/policy.ts';
import { compile, withoutOpa } from './rego.ts';

const source = join(import.meta.dirname, '../../examples/quickstart/bundle.tar.gz');
const path = 'envoy/authz/allow';
const agent = { id: 'a', method: 'jwt', groups: ['agents'] };

const asked = (method: string, parsed_path: string[], commands: object[] = [], principal: object = agent) =>
  ({ attributes: { request: { http: { method } } }, parsed_path, principal, commands }) as never;

const plain = {
  columns: [],
  fields: [],
  computed: [],
  functions: [],
  nested: [],
  star: false,
  row: false,
  renamed: false,
};
const sql = (kind: string, writes: boolean, facts: object = {}) =>
  asked('POST', ['sql'], [{ kind: 'sql', dialect: 'sqlite', statements: [{ kind, writes, ...plain, ...facts }] }]);

const cases: readonly (readonly [name: string, input: never, decision: object])[] = [
  [
    'reads customers masked',
    asked('GET', ['customers']),
    { allowed: true, rule: 'customers/read', record: 'full', hold: undefined },
  ],
  ['reads by SELECT', sql('select', false, { star: true }), { allowed: true, rule: 'sql/read' }],
  [
    'may not rename a masked column',
    sql('select', false, { fields: ['ssn'], renamed: true }),
    { allowed: false, rule: 'sql/opaque' },
  ],
  [
    'waits with a DELETE',
    sql('delete', true),
    { allowed: false, rule: 'sql/write', hold: { approvals: [{ group: 'dba', count: 1 }], wait: '60s' } },
  ],
  ['may not DROP', sql('drop', true), { allowed: false, rule: 'sql/ddl', httpStatus: 403 }],
  [
    'may not send what does not parse',
    asked('POST', ['sql'], [{ kind: 'unparsed' }]),
    { allowed: false, rule: 'sql/unparsed' },
  ],
  [
    'without identity may nothing',
    asked('GET', ['customers'], [], { method: 'none', groups: ['agents'] }),
    { allowed: false, rule: 'identity/none' },
  ],
];
t.test("the quick start's agent", async (t) => {
  const policy = await loadPolicy({ source, path });
  t.equal(policy.revision, policy.digest, 'a bundle without a revision is named by its digest');
  t.equal(policy.respond, null);
  for (const [name, input, decision] of cases) t.match(policy.decide(input), { fault: null, ...decision }, name);
});

t.test('every answer of the quick start masks what it lets through', async (t) => {
  const policy = await loadPolicy({ source, path });
  for (const [name, input] of cases) {
    const { allowed, hold, mask } = policy.decide(input);
    if (allowed || hold !== undefined) t.equal((mask as unknown[]).length, 3, name);
  }
});

t.test('a path that is no entrypoint is refused with those there are', async (t) => {
  await t.rejects(loadPolicy({ source, path: 'envoy/authz/alow' }), {
    code: 'policy_invalid',
    message: /no entrypoint "envoy\/authz\/alow" \(it has envoy\/authz\/allow\)/,
  });
});

t.test('a second rule is asked about the response where there is one', { skip: withoutOpa }, async (t) => {
  const policy = await compile(t, 'default allow := true\n\nresponse := {"allowed": input.response.status < 500}');
  t.equal(policy.respond?.({ response: { status: 200 } }).allowed, true);
  t.equal(policy.respond?.({ response: { status: 500 } }).allowed, false);
  t.match(policy.respond?.({}), { allowed: false, fault: /undefined/ });
});

t.test('one evaluation takes microseconds', async (t) => {
  const policy = await loadPolicy({ source, path });
  const input = asked('GET', ['customers']);
  for (let i = 0; i < 2_000; i++) policy.decide(input);
  const started = performance.now();
  for (let i = 0; i < 2_000; i++) policy.decide(input);
  const each = ((performance.now() - started) / 2_000) * 1_000;
  t.comment(`${each.toFixed(1)} us per decide()`);
  t.ok(each < 1_000, 'less than a millisecond');
});
