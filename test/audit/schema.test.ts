import t from 'tap';
import { z } from 'zod';
import { ENTRY_TYPE, entrySchema } from '../../plugin/audit/schema.ts';

const common = { _type: ENTRY_TYPE, origin: 'e1.gate.audit.example', epoch: 1, seq: 0, time: 0 };
const boot = { ...common, kind: 'boot', version: '0.1.0', droppedBytes: 0 };

const refused: readonly [string, object][] = [
  ['an unknown member', { ...boot, extra: 1 }],
  [
    'an unknown member deep inside',
    { ...boot, principal: { id: 'a', issuer: 'b', groups: [], actors: [], email: 'x' } },
  ],
  ['an unknown kind', { ...boot, kind: 'root' }],
  ['another type', { ...boot, _type: 'https://in-toto.io/Statement/v1' }],
  ['no sequence number', { ...boot, seq: undefined }],
  ['a fraction', { ...boot, seq: 0.5 }],
  ['a negative number', { ...boot, time: -1 }],
  ['a number past 2^53-1', { ...boot, time: 2 ** 53 }],
  ['no number', { ...boot, droppedBytes: Number.NaN }],
  ['a digest that is none', { ...boot, policyDigest: 'ABC' }],
  ['a commitment that is none', { ...boot, committed: [{ k: 'query', c: 'a=1' }] }],
  ['an exchange that is no UUID', { ...boot, exchange: 'x' }],
];

t.test('an entry is exactly what its kind says', async (t) => {
  t.same(entrySchema.parse(boot), boot);
  for (const [what, entry] of refused) t.notOk(entrySchema.safeParse(entry).success, what);
});

t.test('the schema can be published as JSON Schema, closed and in the order of JCS at every level', async (t) => {
  const schema = z.toJSONSchema(entrySchema);
  const open: string[] = [];
  const unordered: string[] = [];
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (
      'type' in value &&
      value.type === 'object' &&
      !('additionalProperties' in value && value.additionalProperties === false)
    )
      open.push(path);
    const names = 'properties' in value ? Object.keys(value.properties ?? {}) : [];
    if (names.join() !== [...names].sort().join()) unordered.push(path);
    for (const [key, inner] of Object.entries(value)) look(inner, `${path}/${key}`);
  };
  look(schema, '');
  t.same(open, []);
  t.same(unordered, []);
  t.equal(schema.oneOf?.length ?? schema.anyOf?.length, 15);
});
