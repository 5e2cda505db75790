import t from 'tap';
import { compilePlan, requireKeys } from '../../plugin/mask/compile.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';

const compile = (plan: unknown) => compilePlan(parsePlan(plan));

t.test('the strictest mask comes first, whatever the order of the policy', async (t) => {
  const masks = [
    { key: 'a', with: 'partial', keep_last: 4 },
    { key: 'a', with: 'drop' },
    { key: 'a', with: 'hash' },
    { key: 'a', with: 'redact' },
    { key: 'a', with: 'zero' },
    { key: 'a', with: 'null' },
  ];
  const expected = ['drop', 'null', 'redact', 'zero', 'hash', 'partial'];
  for (const plan of [masks, masks.toReversed()])
    t.same(
      compile(plan).masks.map(({ operator }) => operator),
      expected,
    );
});

t.test('rule, field and token have defaults', async (t) => {
  const rows = [
    [{ key: 'ssn', with: 'redact' }, 'mask/..ssn', '..ssn', '[masked:ssn]'],
    [{ path: '$.c[*].ssn', with: 'redact' }, 'mask/$.c[*].ssn', '$.c[*].ssn', '[masked:ssn]'],
    [{ path: '$.c[*]', with: 'redact' }, 'mask/$.c[*]', '$.c[*]', '[masked:value]'],
    [{ path: '$.x', with: 'redact', rule: 'pii/ssn' }, 'pii/ssn', '$.x', '[masked:ssn]'],
    [{ path: '$.x', with: 'redact', token: 'gone' }, 'mask/$.x', '$.x', 'gone'],
  ] as const;
  for (const [mask, rule, field, token] of rows) t.match(compile([mask]).masks[0], { rule, field, token });
});

t.test('each detector is a mask of its own, behind those that select values', async (t) => {
  const plan = compile([
    { detect: ['email', 'phone', 'email'], with: 'hash', rule: 'pii/contact' },
    { key: 'a', with: 'partial', keep_last: 4 },
    { detect: ['iban'], with: 'redact' },
  ]);
  t.same(
    plan.masks.map(({ field, rule, token }) => [field, rule, token]),
    [
      ['..a', 'mask/..a', '[masked:a]'],
      ['detect:iban', 'mask/detect:iban', '[masked:iban]'],
      ['detect:email', 'pii/contact', '[masked:email]'],
      ['detect:phone', 'pii/contact', '[masked:phone]'],
    ],
  );
  const body = Buffer.from('ada@example.com +49 30 901820');
  t.same(
    plan.search?.json(body, 0, body.length).map(({ mask }) => mask),
    [2, 3],
  );
  t.equal(compile([{ key: 'a', with: 'null' }]).search, null);
});

t.test('a plan that can not be compiled names the mask', async (t) => {
  const invalid = (index: number) => ({ code: 'mask_invalid', message: new RegExp(`^mask\\[${index}\\]\\.path: `) });
  t.throws(
    () =>
      compile([
        { key: 'a', with: 'null' },
        { path: 'a.b', with: 'null' },
      ]),
    invalid(1),
  );
  t.throws(() => compile([{ path: '$', with: 'drop' }]), invalid(0));
});

t.test('a pattern that can not be followed names the mask', async (t) => {
  for (const [pattern, why] of [
    ['(', 'expected RE2 syntax'],
    ['(a)\\1', 'expected RE2 syntax'],
    ['(?=a)b', 'expected RE2 syntax'],
    ['a*', 'it matches the empty text'],
    ['^', 'it matches the empty text'],
    ['ab+', 'a match may be longer than'],
    ['[^\\x00-\\x{10FFFF}]', 'it matches nothing'],
    ['(a{1000}){100}', 'expected RE2 syntax'],
  ] as const)
    t.throws(
      () =>
        compile([
          { key: 'a', with: 'null' },
          { pattern, with: 'redact' },
        ]),
      { code: 'mask_invalid', message: new RegExp(`^mask\\[1\\]\\.pattern: ${why}`) },
      pattern,
    );
});

t.test('masks by their names', async (t) => {
  const plan = compile([
    { header: 'x-a', with: 'redact' },
    { key: 'a', with: 'redact' },
    { column: 'b', with: 'null' },
    { key: 'b', with: 'drop', rule: 'r' },
    { pattern: 'A{2}', with: 'redact' },
  ]);
  const rule = (mask: number | undefined) => plan.masks[mask ?? -1]?.rule;
  t.same([...plan.selectors], ['key', 'column', 'pattern', 'header']);
  t.same(
    [...plan.keys].map(([name, mask]) => [name, rule(mask)]),
    [
      ['b', 'r'],
      ['a', 'mask/..a'],
    ],
  );
  t.same(
    [...plan.columns].map(([name, mask]) => [name, rule(mask)]),
    [
      ['b', 'r'],
      ['a', 'mask/..a'],
    ],
  );
  t.same(
    [...plan.headers].map(([name, mask]) => [name, rule(mask)]),
    [['x-a', 'mask/header:x-a']],
  );
  t.equal(plan.empty, false);
  t.equal(compile([{ header: 'x-a', with: 'redact' }]).empty, true, 'nothing of a body is masked');
  t.equal(plan.nested.nested, plan.nested);
});

t.test('no masks is an empty plan', async (t) => {
  t.equal(compile([]).empty, true);
  t.equal(compile([{ key: 'a', with: 'null' }]).empty, false);
});

t.test('hash masks need their keys, of 32 bytes', async (t) => {
  const plan = compile([
    { key: 'a', with: 'hash', hash_key: 'joins' },
    { key: 'b', with: 'drop' },
  ]);
  requireKeys(plan, { joins: Buffer.alloc(32) });
  requireKeys(compile([{ key: 'b', with: 'drop' }]), {});
  t.throws(() => requireKeys(plan, { default: Buffer.alloc(32) }), { code: 'mask_invalid', message: /"joins"/ });
  t.throws(() => requireKeys(plan, { joins: Buffer.alloc(31) }), { code: 'mask_invalid', message: /31 bytes/ });
  const inherited = compile([{ key: 'a', with: 'hash', hash_key: 'constructor' }]);
  t.throws(() => requireKeys(inherited, {}), { code: 'mask_invalid' });
});
