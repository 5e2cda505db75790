import fc from 'fast-check';
import t from 'tap';
import { compilePlan } from '../../plugin/mask/compile.ts';
import { openMasker } from '../../plugin/mask/masker.ts';
import { parsePlan } from '../../plugin/mask/plan.ts';
import { everywhere, through } from './through.ts';

const type = 'text/event-stream';
const plan = [
  { key: 'ssn', with: 'redact' },
  { key: 'pw', with: 'drop' },
  { key: 'card', with: 'partial', keep_last: 4 },
];
const events = (body: string | Uint8Array, cuts: readonly number[] = []) => through(plan, type, body, cuts);

const rewrites: readonly [name: string, body: string, expected: string][] = [
  ['nothing at all', '', ''],
  ['one event', 'data: {"ssn":1}\n\n', 'data: {"ssn":"[masked:ssn]"}\n\n'],
  ['no space after the colon', 'data:{"ssn":1}\n\n', 'data:{"ssn":"[masked:ssn]"}\n\n'],
  ['two spaces', 'data:  {"ssn":1}\n\n', 'data:  {"ssn":"[masked:ssn]"}\n\n'],
  ['CRLF', 'id: 7\r\ndata: {"ssn":1}\r\n\r\n', 'id: 7\r\ndata: {"ssn":"[masked:ssn]"}\r\n\r\n'],
  ['CR alone', 'data: {"ssn":1}\r\rdata: {"pw":1}\r\r', 'data: {"ssn":"[masked:ssn]"}\r\rdata: {}\r\r'],
  ['a byte order mark', '\ufeffdata: {"pw":1}\n\n', '\ufeffdata: {}\n\n'],
  [
    'a value over several lines keeps its lines',
    'data: {\ndata:"ssn"\ndata:  :1,\nid: 1\ndata: "b":[]}\n\n',
    'data: {\ndata:"ssn"\ndata:  :"[masked:ssn]",\nid: 1\ndata: "b":[]}\n\n',
  ],
  [
    'lines that are masked away make fewer lines',
    'data: {"ssn":{\n: c\ndata: "a":1\nid: 4\ndata: }}\nevent: e\n\n',
    'data: {"ssn":"[masked:ssn]"}\n: c\nid: 4\nevent: e\n\n',
  ],
  [
    'names, ids, comments and empty data pass',
    ': hi\nretry: 10\nevent: ping\ndata:\n\ndata\n\nid\n\n:\n\n',
    ': hi\nretry: 10\nevent: ping\ndata:\n\ndata\n\nid\n\n:\n\n',
  ],
  ['[DONE] passes', 'data: {"pw":1}\n\ndata: [DONE]\n\n', 'data: {}\n\ndata: [DONE]\n\n'],
  ['an array that begins like [DONE]', 'data: [\ndata: ]\n\n', 'data: [\ndata: ]\n\n'],
  ['a number', 'data: 12\n\ndata: -1e3\n\n', 'data: 12\n\ndata: -1e3\n\n'],
  ['no blank line at the end', 'data: {"card":"12345"}', 'data: {"card":"*2345"}'],
];

for (const [name, body, expected] of rewrites)
  t.test(name, async (t) => {
    t.equal(events(body), expected, 'in one chunk');
    t.equal(events(body, everywhere(body)), expected, 'in chunks of one byte');
    for (const cut of everywhere(body)) if (events(body, [cut]) !== expected) t.fail(`cut at ${cut}`);
  });

const refused: readonly [name: string, body: string | Buffer][] = [
  ['text', 'data: hello\n\n'],
  ['text after JSON', 'data: {}\n\ndata: my ssn is 1\n\n'],
  ['JSON cut by the end of its event', 'data: {"a":\n\n'],
  ['JSON cut by the end of the body', 'data: {"a":[1'],
  ['two texts in one event', 'data: {}\ndata: {}\n\n'],
  ['a string over two lines', 'data: "a\ndata: b"\n\n'],
  ['[DONE] and more', 'data: [DONE]\ndata: 1\n\n'],
  ['[DONE] and more in its line', 'data: [DONE] x\n\n'],
  ['a part of [DONE]', 'data: [DONE\n\n'],
  ['a field that is not known', 'datum: {"ssn":1}\n\n'],
  ['bare JSON', '{"ssn":1}\n'],
  ['a field with a capital', 'Data: {"ssn":1}\n\n'],
  ['white space before a field', ' data: {"ssn":1}\n\n'],
  ['a second byte order mark', '\ufeff\ufeffdata: 1\n\n'],
  ['bytes that are not UTF-8 in a comment', Buffer.from([0x3a, 0xff, 0x0a])],
  ['endless comments within data', `data: {\n${`: ${'c'.repeat(9_000)}\n`.repeat(20)}data: }\n\n`],
];
for (const [name, body] of refused)
  t.test(`refused: ${name}`, async (t) => {
    t.throws(() => events(body), { code: 'mask_impossible' });
    const cuts = body.length < 2_000 ? everywhere(body) : [1_000, 70_000];
    t.throws(() => events(body, cuts), { code: 'mask_impossible' });
  });

t.test('an event leaves when it is whole, whatever comes next', async (t) => {
  const masker = openMasker(
    compilePlan(parsePlan(plan)),
    { status: 200, headers: [{ name: 'content-type', value: Buffer.from(type) }] },
    {},
  );
  const push = (text: string) => Buffer.concat(masker.push(Buffer.from(text))).toString();
  t.equal(push('data: {"ssn":1}\n\n'), 'data: {"ssn":"[masked:ssn]"}\n\n');
  t.equal(push('data: {"card":"1234'), 'data: {"card":');
  t.equal(push('5"}\n'), '"*2345"}');
  t.equal(push('\n'), '\n\n');
});

/* The oracle takes the whole stream apart by lines, and has each event's data rewritten as a JSON body of its own. */

function oracle(body: string): string {
  const lines = body.match(/[^\r\n]*(?:\r\n|\r|\n|$)/g) ?? [];
  let out = '';
  let event: string[] = [];
  for (const line of lines) {
    const [, content = '', end = ''] = /^([^\r\n]*)([\r\n]*)$/.exec(line) ?? [];
    if (content !== '' || end === '') {
      event.push(line);
      if (end !== '') continue;
    }
    out += rewritten(event) + (content === '' ? end : '');
    event = [];
  }
  return out;
}

function rewritten(event: readonly string[]): string {
  const parsed = event.map((line) => {
    const [, prefix, content = '', end = ''] = /^(data(?:: ?|(?=[\r\n]|$)))?([^\r\n]*)([\r\n]*)$/.exec(line) ?? [];
    return { line, prefix, content, end };
  });
  const data = parsed.filter(({ prefix }) => prefix !== undefined).map(({ content }) => content);
  const text = data.join('\n');
  if (data.length === 0 || text.trim() === '' || text === '[DONE]') return event.join('');
  const left = through(plan, 'application/json', text).split('\n');
  return parsed
    .map(({ line, prefix, end }) => {
      if (prefix === undefined) return line;
      const now = left.shift();
      return now === undefined ? '' : prefix + now + end;
    })
    .join('');
}

const value = fc.oneof(
  { maxDepth: 2 },
  fc.constantFrom('1', '"a"', 'null', '[]', '{}', '"é\\n"', '{\n"ssn":\n[1,\n2]}', '[\n{"pw":\n3}\n,4]'),
  fc.json({ maxDepth: 2 }),
  fc
    .array(
      fc.tuple(fc.constantFrom('ssn', 'pw', 'card', 'x'), fc.constantFrom('1', '"12\\u0033456"', '{"a":\n1}', '[2]')),
    )
    .map((members) => `{${members.map(([name, of]) => `"${name}":\n${of}`).join(',')}}`),
);
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const other = fc.constantFrom(': c', 'id: 1', 'event: e', 'retry: 5', 'id', ':');
const event = fc
  .tuple(
    value,
    fc.array(fc.tuple(fc.constantFrom('data: ', 'data:'), other, fc.boolean(), lineEnd), { minLength: 1 }),
    lineEnd,
  )
  .map(([text, spellings, end]) => {
    const lines = text.split('\n').map((line, at) => {
      const [prefix, aside, with_, lineEnd] = spellings[at % spellings.length] as (typeof spellings)[number];
      const safe = line.startsWith(' ') ? 'data: ' : prefix;
      return `${safe}${line}${lineEnd}${with_ ? aside + lineEnd : ''}`;
    });
    // After a CR a lone LF would belong to it.
    return lines.join('') + (lines.at(-1)?.endsWith('\r') && end === '\n' ? '\r' : end);
  });
const stream = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: event },
      { weight: 1, arbitrary: fc.constantFrom('data: [DONE]\n\n', ': x\n\n', 'data:\n\n') },
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));

t.test('however the bytes are cut, the output is what the oracle writes', async () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (body, cuts) => {
      const expected = oracle(body);
      return (
        events(body) === expected && events(body, cuts) === expected && events(body, everywhere(body)) === expected
      );
    }),
    { numRuns: 1_000 },
  );
});
