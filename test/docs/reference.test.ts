import { readFileSync } from 'node:fs';
import t from 'tap';
import { exitStatus } from '../../plugin/cli/exit.ts';
import { configSchema } from '../../plugin/config.ts';
import { openTelemetry } from '../../plugin/telemetry.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const reference = read('docs/reference.md');
/** Everything that stands in the first column of a table. */
const rows = new Set(
  [...reference.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  ),
);

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const settings = (schema: Schema, path: string): string[] => {
  if (schema.items?.properties) return settings(schema.items, `${path}[]`);
  if (!schema.properties) return [path];
  return Object.entries(schema.properties).flatMap(([key, value]) =>
    settings(value, path === '' ? key : `${path}.${key}`),
  );
};

t.test('every setting is documented, and none that is not there', async (t) => {
  const known = settings(configSchema() as Schema, '');
  t.ok(known.length > 25);
  for (const setting of known) t.ok(rows.has(setting), setting);
  const section = reference.slice(reference.indexOf('## Settings'), reference.indexOf('## Exit'));
  for (const [, setting = ''] of section.matchAll(/^\| `([^`]+)` \|/gm)) t.ok(known.includes(setting), setting);
});

t.test('every exit status is documented', async (t) => {
  for (const status of Object.values(exitStatus)) t.ok(rows.has(String(status)), String(status));
});

t.test('every error code is documented', async (t) => {
  const codes = [...read('plugin/errors.ts').matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code = '']) => code);
  t.ok(codes.length > 20);
  for (const code of codes) t.ok(rows.has(code), code);
});

t.test('every metric is documented', async (t) => {
  const text = await openTelemetry('silent').metrics();
  for (const [, name = ''] of text.matchAll(/^# TYPE (\w+)/gm)) t.match(reference, `\`${name}`, name);
});
