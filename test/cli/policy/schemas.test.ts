import { readFileSync } from 'node:fs';
import t from 'tap';
import { jsonSchema, type SchemaName, schemas } from '../../../plugin/cli/policy/schemas.ts';

t.test('every schema is printed in both drafts', async (t) => {
  for (const name of Object.keys(schemas) as SchemaName[]) {
    t.match(jsonSchema(name), { $schema: /2020-12/ }, name);
    t.match(jsonSchema(name, 'draft-7'), { $schema: /draft-07/ }, name);
  }
  const text = JSON.stringify(jsonSchema('result'));
  for (const word of ['any_of', 'keep_last', 'metadata', 'request_headers_to_remove']) t.match(text, word);
});

t.test('what is a result by the schema, and what is none', async (t) => {
  const { result } = schemas;
  for (const good of [
    true,
    { allowed: false, http_status: 429, headers: { 'retry-after': ['1'] } },
    { allowed: false, hold: { approvals: [{ group: 'dba' }] }, mask: [{ key: 'a', with: 'drop' }], record: 'full' },
  ])
    t.ok(result.safeParse(good).success, JSON.stringify(good));
  for (const wrong of ['yes', null, {}, { allowed: 1 }, { allowed: true, alow: 1 }, { allowed: true, record: 'all' }])
    t.notOk(result.safeParse(wrong).success, JSON.stringify(wrong));
});

t.test("every member of the input is on the authors' page", async (t) => {
  const page = readFileSync(new URL('../../../docs/policy-authors.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## The input'), page.indexOf('## The result'));
  const { properties } = jsonSchema('input') as { properties: Record<string, { properties?: object }> };
  for (const name of Object.keys(properties)) t.match(section, `\`${name}\``, name);
  for (const name of ['principal', 'session', 'approval'])
    for (const inner of Object.keys(properties[name]?.properties ?? {}))
      t.match(section, new RegExp(`\\b${inner}\\b`), `${name}.${inner}`);
  const response = page.slice(page.indexOf('### When the response is there'), page.indexOf('## Limits'));
  const late = jsonSchema('response-input') as { properties: object };
  for (const name of Object.keys(late.properties)) t.match(response, `\`${name}\``, name);
});
