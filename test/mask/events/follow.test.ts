import fc from 'fast-check';
import t from 'tap';
import { everywhere, through } from '../through.ts';

const plan = [
  { detect: ['email', 'us_ssn'], with: 'redact' },
  { key: 'user', with: 'redact' },
  { pattern: 'ACME-[0-9]{6}', with: 'redact', rule: 'acme' },
];
const inText = plan.filter((mask) => !('key' in mask));
const events = (body: string, cuts: readonly number[] = []) => through(plan, 'text/event-stream', body, cuts);

const secret = 'Write to ada@example.com about 078-05-1120, ref ACME-123456. Zoë 😀 says "hi".';
const masked = 'Write to [masked:email] about [masked:us_ssn], ref [masked:acme]. Zoë 😀 says "hi".';
/** Pieces of that many letters. */
const pieces = (text: string, size: number) =>
  Array.from({ length: Math.ceil([...text].length / size) }, (_, at) =>
    [...text].slice(at * size, (at + 1) * size).join(''),
  );
const data = (value: unknown, name?: string) => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(value)}\n\n`;

/** All that a client would put together, by text. */
function read(stream: string, textOf: (value: never) => readonly (readonly [channel: string, text: string])[]) {
  const texts: Record<string, string> = {};
  for (const [, json = ''] of stream.matchAll(/^data: (\{.*)$/gm))
    for (const [channel, text] of textOf(JSON.parse(json) as never)) texts[channel] = (texts[channel] ?? '') + text;
  return texts;
}

interface Chat {
  readonly choices: readonly { readonly index: number; readonly delta: { readonly content?: string | null } }[];
}
const chunk = (content: string, index = 0) => ({
  id: 'c',
  user: 'ada',
  choices: [{ index, delta: { content }, finish_reason: null }],
});
const stop = (index = 0) => ({ id: 'c', choices: [{ index, delta: {}, finish_reason: 'stop' }] });
const chatTexts = ({ choices }: Chat) => choices.map(({ index, delta }) => [`${index}`, delta.content ?? ''] as const);

t.test("a choice's text is masked although each event has three letters", async (t) => {
  for (const size of [1, 3, 7, 200]) {
    const body = `${pieces(secret, size)
      .map((one) => data(chunk(one)))
      .join('')}${data(stop())}data: [DONE]\n\n`;
    for (const cuts of [[], everywhere(body)]) {
      const out = events(body, cuts);
      t.same(read(out, chatTexts), { 0: masked });
      t.notMatch(out, /"ada"/, 'masks by name are applied to each event');
      t.ok(out.endsWith(`${data(stop())}data: [DONE]\n\n`));
    }
  }
});

t.test('the rest of a text leaves before the event that ends it, or the stream', async (t) => {
  for (const [last, name] of [
    [data(stop()), 'finish_reason'],
    ['data: [DONE]\n\n', '[DONE]'],
    ['', 'the end'],
  ] as const) {
    const out = events(`${data(chunk('x ada@exa'))}${data(chunk('mple.com'))}${last}`);
    t.equal(
      out,
      `${data({ ...chunk('x '), user: '[masked:user]' })}${data({ ...chunk(''), user: '[masked:user]' })}${data({ ...chunk('[masked:email]'), user: '[masked:user]' })}${last}`,
      name,
    );
  }
  const withText = { choices: [{ index: 0, delta: { content: 'mple.com' }, finish_reason: 'stop' }] };
  t.same(read(events(data(chunk('ada@exa')) + data(withText)), chatTexts), { 0: '[masked:email]' });
});

t.test('choices, calls and reasoning are texts of their own', async (t) => {
  const both = (a: string, b: string) => ({
    choices: [
      { index: 1, delta: { content: b } },
      { index: 0, delta: { content: a, reasoning_content: a, tool_calls: [{ index: 2, function: { arguments: b } }] } },
    ],
  });
  const out = events(data(both('ada@exam', '078-05')) + data(both('ple.com ', '-1120 ')));
  const texts = read(out, ({ choices }: { choices: readonly { index: number; delta: Record<string, unknown> }[] }) =>
    choices.flatMap(({ index, delta }) => [
      [`${index} content`, String(delta.content ?? '')] as const,
      [`${index} reasoning`, String(delta.reasoning_content ?? '')] as const,
      [
        `${index} call`,
        (delta.tool_calls as { function: { arguments: string } }[] | undefined)?.[0]?.function.arguments ?? '',
      ] as const,
    ]),
  );
  t.same(texts, {
    '1 content': '[masked:us_ssn] ',
    '1 reasoning': '',
    '1 call': '',
    '0 content': '[masked:email] ',
    '0 reasoning': '[masked:email] ',
    '0 call': '[masked:us_ssn] ',
  });
});

t.test("Anthropic's blocks, whose events have names", async (t) => {
  const block = (text: string) =>
    data({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, 'content_block_delta');
  const end = data({ type: 'content_block_stop', index: 0 }, 'content_block_stop');
  for (const size of [1, 3, 50]) {
    const body = pieces(secret, size).map(block).join('') + end;
    for (const cuts of [[], everywhere(body)]) {
      const out = events(body, cuts);
      t.same(
        read(out, ({ delta }: { delta?: { text: string } }) => [['0', delta?.text ?? '']]),
        { 0: masked },
      );
      t.ok(out.endsWith(end));
      t.equal(out.split('event: content_block_stop').length, 2);
      for (const one of out.trimEnd().split('\n\n')) t.match(one, /^event: (\w+)\ndata: \{"type":"\1"/);
    }
  }
});

t.test("the parts of OpenAI's responses", async (t) => {
  const part = (delta: string) =>
    data(
      { type: 'response.output_text.delta', item_id: 'm', output_index: 0, content_index: 0, delta },
      'response.output_text.delta',
    );
  const done = data(
    { type: 'response.output_text.done', item_id: 'm', output_index: 0, content_index: 0, text: secret },
    'response.output_text.done',
  );
  const out = events(pieces(secret, 3).map(part).join('') + done);
  t.same(
    read(out, ({ delta, text }: { delta?: string; text?: string }) => [
      ['deltas', delta ?? ''],
      ['done', text ?? ''],
    ]),
    { deltas: masked, done: masked },
  );
});

t.test('an event leaves when its blank line came', async (t) => {
  const body = `: ping\n\n${data(chunk('Hello there. '))}id: 7\r\nretry: 1\r\n\r\n`;
  const out = events(body);
  t.equal(out, `: ping\n\n${data({ ...chunk('Hello there. '), user: '[masked:user]' })}id: 7\r\nretry: 1\r\n\r\n`);
});

t.test('what can not be followed is an error', async (t) => {
  t.throws(() => events(data(chunk('ab')).replace('ab', '\\ud83d')), { code: 'mask_impossible' });
  t.throws(() => events(`data: {"a":"${'x'.repeat(140_000)}"}\n\n`), { code: 'mask_impossible' });
  t.throws(
    () => events(data({ choices: Array.from({ length: 65 }, (_, index) => ({ index, delta: { content: 'a' } })) })),
    { code: 'mask_impossible' },
  );
});

t.test('whatever the pieces and the cuts, the texts are what masking them whole makes', async () => {
  const word = fc.constantFrom(
    'ada@example.com',
    ' ',
    '078-05-1120',
    'ACME-',
    '123456',
    'a',
    '@',
    '-',
    '\n',
    'é',
    '😀',
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), word), { maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      fc.boolean(),
      (words, size, cuts, ends) => {
        const whole = [0, 1].map((index) =>
          words
            .filter(([at]) => at === index)
            .map(([, one]) => one)
            .join(''),
        );
        const all = words.flatMap(([index, one]) => pieces(one, size).map((piece) => data(chunk(piece, index))));
        const out = events(all.join('') + (ends ? data(stop(0)) + data(stop(1)) : ''), cuts);
        const texts = read(out, chatTexts);
        return whole.every((text, index) => (texts[index] ?? '') === through(inText, 'text/plain', text));
      },
    ),
    { numRuns: 300 },
  );
});
