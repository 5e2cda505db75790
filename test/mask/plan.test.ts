import t from 'tap';
import { parsePlan, planDigest } from '../../plugin/mask/plan.ts';

const refused: readonly [value: unknown, message: string][] = [
  [{}, 'mask: expected a list'],
  [null, 'mask: expected a list'],
  [['ssn'], 'mask[0]: '],
  [[{ with: 'drop' }], 'mask[0]: expected exactly one of "path", "key", "column", "detect", "pattern", "header"'],
  [[{ key: 'a', path: '$.a', with: 'drop' }], 'mask[0]: expected exactly one'],
  [[{ key: 'a', with: 'null' }, { key: 'a' }], 'mask[1].with: '],
  [[{ key: 'a', with: 'encrypt' }], 'mask[0].with: '],
  [[{ key: 7, with: 'drop' }], 'mask[0].key: '],
  [[{ key: 'a', with: 'drop', keep: 4 }], 'mask[0].keep: unknown key'],
  [[{ key: 'a', with: 'partial' }], 'mask[0]: "partial" needs'],
  [[{ key: 'a', with: 'partial', keep_last: -1 }], 'mask[0].keep_last: '],
  [[{ key: 'a', with: 'hash', keep_last: 4 }], 'mask[0].keep_last: belongs to partial'],
  [[{ key: 'a', with: 'redact', hash_key: 'k' }], 'mask[0].hash_key: belongs to hash'],
  [[{ key: 'a', with: 'drop', token: 'x' }], 'mask[0].token: belongs to'],
  [[{ key: '\ud800', with: 'drop' }], 'mask[0].key: a lone surrogate'],
  [[{ detect: ['email'], key: 'a', with: 'hash' }], 'mask[0]: expected exactly one'],
  [[{ detect: ['e-mail'], with: 'hash' }], 'mask[0].detect.0: '],
  [[{ detect: [], with: 'hash' }], 'mask[0].detect: '],
  [[{ detect: 'email', with: 'hash' }], 'mask[0].detect: '],
  [[{ detect: ['email'], with: 'drop' }], 'mask[0].with: a part of a text can be redact, hash, partial, not drop'],
  [[{ pattern: 'x', with: 'null' }], 'mask[0].with: a part of a text can be'],
  [[{ pattern: '\ud800', with: 'redact' }], 'mask[0].pattern: a lone surrogate'],
  [[{ header: 'x', with: 'null' }], 'mask[0].with: a header can be'],
  [[{ header: 'X-A', with: 'drop' }], 'mask[0].header: expected the name of a header in lower case'],
  [[{ header: 'content-type', with: 'drop' }], 'mask[0].header: the message could not be read without it'],
  [[{ header: ':status', with: 'drop' }], 'mask[0].header: expected the name'],
  [[{ key: 'a', with: 'drop', on_unparsable: 'scan' }], 'mask[0].on_unparsable: belongs to "detect" and "pattern"'],
  [[{ detect: ['email'], with: 'hash', on_unparsable: 'pass' }], 'mask[0].on_unparsable: '],
  [Array.from({ length: 257 }, () => ({ key: 'a', with: 'drop' })), 'mask: expected at most 256'],
];

function messageOf(value: unknown): string {
  try {
    return `taken: ${parsePlan(value).length} masks`;
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

for (const [value, message] of refused)
  t.test(`refused: ${JSON.stringify(value).slice(0, 60)}`, async (t) => {
    t.throws(() => parsePlan(value), { code: 'policy_result' });
    t.ok(messageOf(value).startsWith(message), messageOf(value));
  });

t.test('a plan reads back from what travelled as itself, with the same digest', async (t) => {
  const plan = parsePlan([
    { path: '$.a', with: 'partial', keep_last: 4, rule: 'pii/a' },
    { with: 'hash', key: 'b', hash_key: 'k' },
  ]);
  const travelled: unknown = JSON.parse(JSON.stringify(plan));
  t.same(parsePlan(travelled), plan);
  t.equal(planDigest(parsePlan(travelled)), planDigest(plan));
});

t.test('the digest tells plans apart, and not the order of members', async (t) => {
  t.equal(planDigest([{ key: 'a', with: 'drop' }]), planDigest([{ with: 'drop', key: 'a' }]));
  t.not(planDigest([{ key: 'a', with: 'drop' }]), planDigest([{ path: 'a', with: 'drop' }]));
  t.not(planDigest([]), planDigest([{ key: 'a', with: 'drop' }]));
  t.match(planDigest([]), /^[0-9a-f]{64}$/);
});
