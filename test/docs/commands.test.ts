/** What README and `docs/` print can be typed, followed and written: commands, links, keys and members exist. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import t from 'tap';
import { approvalsCommand } from '../../plugin/cli/approvals.ts';
import { auditCommand } from '../../plugin/cli/audit.ts';
import { configCommand } from '../../plugin/cli/config.ts';
import { envoyCommand } from '../../plugin/cli/envoy.ts';
import { maskCommand } from '../../plugin/cli/mask.ts';
import { policyCommand } from '../../plugin/cli/policy.ts';
import { serveCommand } from '../../plugin/cli/serve.ts';
import { sessionsCommand } from '../../plugin/cli/sessions.ts';
import { compilePlan } from '../../plugin/mask/compile.ts';
import { openMasker } from '../../plugin/mask/masker.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';
import { members } from '../../plugin/policy/result.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/quickstart/README.md'].concat(
  globSync('docs/*.md', { cwd: root }),
);
const sources = globSync('plugin/**/*.ts', { cwd: root }).map(text).join('\n');
const commands = [
  approvalsCommand(),
  auditCommand(),
  configCommand(),
  envoyCommand(),
  maskCommand(),
  policyCommand(),
  serveCommand(),
  sessionsCommand(),
];

/** What a route may say of itself in `context_extensions`, as a pattern. */
const keys = 'countersign\\.(?:body|trailers|command|sql|identity|route)[a-z.]*';

/** Lines of fenced blocks and inline code that call the program, by page. */
function callsIn(page: string): string[] {
  const fenced = [...text(page).matchAll(/^ *```\w*\n([\s\S]*?)^ *```/gm)].flatMap(([, block = '']) =>
    block.split('\n'),
  );
  const inline = [...text(page).matchAll(/`(countersign [^`]+)`/g)].map(([, call = '']) => call);
  return [...fenced, ...inline].flatMap((line) => /(?:^|[|;&] *)\s*(countersign .*)$/.exec(line)?.[1] ?? []);
}

const named = (list: readonly Command[], name: string | undefined) => list.find((one) => one.name() === name);

/** Why a call can't be typed, or null: its command, each of its options, whether those take a value, its arguments. */
function wrongIn(call: string): string | null {
  const [, first, ...rest] = call.replace(/ #.*$/, '').match(/"[^"]*"|\S+/g) ?? [];
  if (first === '--version' || first === '--help') return null;
  let command = named(commands, first);
  if (command === undefined) return `no command ${first}`;
  if (command.commands.length > 0 && rest.length > 0) {
    const name = rest.shift();
    command = named(command.commands, name);
    if (command === undefined) return `no command ${first} ${name}`;
  }
  const given: string[] = [];
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    if (!word.startsWith('-')) {
      given.push(word);
      continue;
    }
    const option = command.options.find(({ short, long }) => word === short || word === long);
    if (option === undefined) return `no option ${word}`;
    if (option.required && rest.shift() === undefined) return `${word} without its value`;
  }
  const { registeredArguments: wanted } = command;
  const most = wanted.some(({ variadic }) => variadic) ? Number.POSITIVE_INFINITY : wanted.length;
  return given.length > most ? `too many arguments: ${given.join(' ')}` : null;
}

t.test('every command that a page prints can be typed', async (t) => {
  const calls = pages.flatMap((page) => callsIn(page).map((call) => ({ page, call })));
  t.ok(calls.length > 30, 'calls were found');
  for (const { page, call } of calls) t.equal(wrongIn(call), null, `${page}: ${call}`);
});

t.test('a call that can not be typed is found', async (t) => {
  for (const [call, why] of [
    ['countersign audit verfy state', 'no command audit verfy'],
    ['countersign aprovals list', 'no command aprovals'],
    ['countersign audit verify state --keys key.pub', 'no option --keys'],
    ['countersign audit verify state --key', '--key without its value'],
    ['countersign envoy check a.yaml b.yaml', 'too many arguments: a.yaml b.yaml'],
  ] as const)
    t.equal(wrongIn(call), why, call);
  t.equal(wrongIn('countersign approvals reject ID --reason "two words"'), null);
});

t.test('every command and option is in the reference', async (t) => {
  const section = /^## Commands\n([\s\S]*?)^## /m.exec(text('docs/reference.md'))?.[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  for (const group of commands)
    for (const command of group.commands.length > 0 ? group.commands : [group]) {
      const name = group === command ? group.name() : `${group.name()} ${command.name()}`;
      const at = rows.findIndex((row) => new RegExp(`\`${name}[\` ]`).test(row));
      t.ok(at >= 0, name);
      // "the same" are the options of the row above.
      const row = `${rows[at]}${rows[at]?.includes('| the same') ? rows[at - 1] : ''}`;
      for (const { long } of command.options)
        t.ok(row.includes(`\`${long} `) || row.includes(`\`${long}\``), `${name} ${long}`);
    }
});

t.test('every relative link leads to a file', async (t) => {
  for (const page of pages)
    for (const [, target = ''] of text(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)/g))
      t.ok(existsSync(join(root, normalize(join(dirname(page), target)))), `${page}: ${target}`);
});

t.test('every countersign.* key of context_extensions exists, and is documented', async (t) => {
  const inSource = new Set([...sources.matchAll(new RegExp(`'(${keys})'`, 'g'))].map(([, key = '']) => key));
  const operators = text('docs/operators.md');
  t.ok(inSource.size >= 7);
  for (const key of inSource) t.ok(operators.includes(`| \`${key}\` |`), key);
  for (const page of pages)
    for (const [, key = ''] of text(page).matchAll(new RegExp(`\`(${keys})`, 'g')))
      t.ok(inSource.has(key) || text('policies/sql/sql.rego').includes(`package ${key}\n`), `${page}: ${key}`);
});

t.test('every member of a result is documented, and none that is not there', async (t) => {
  const page = text('docs/policy-authors.md');
  const table = /## The result\n[\s\S]*?\n\n(\|[\s\S]*?)\n\n/.exec(page)?.[1] ?? '';
  const documented = new Set(
    [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, one]) => one),
    ),
  );
  t.same([...documented].sort(), Object.keys(members).sort());
});

t.test('the samples of masking are what masking makes', async (t) => {
  const rows = [...text('docs/policy-authors.md').matchAll(/^\| `(\{.*"with".*\})` \| `(.*)` \| `(.*)` \|$/gm)];
  t.ok(rows.length >= 10);
  const head = { status: 200, headers: [{ name: 'content-type', value: Buffer.from('application/json') }] };
  for (const [, mask = '', before = '', after = ''] of rows) {
    const masker = openMasker(compilePlan(parsePlan([JSON.parse(mask)])), head, {});
    const out = [...masker.push(Buffer.from(before)), ...masker.end()];
    t.equal(Buffer.concat(out).toString('utf8'), after, mask);
  }
});
