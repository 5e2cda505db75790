import t from 'tap';
import { type Delimiters, openTokens } from '../../../plugin/mask/markup/tokens.ts';

const delimiters: Delimiters = [
  ['comment', '<!--', '-->'],
  ['tag', '<', null],
];

function cut(text: string, size: number, raw: string | null = null): string[] {
  const seen: string[] = [];
  let within = false;
  const tokens = openTokens(delimiters, {
    token(one) {
      within = raw !== null && one.raw === '<raw>';
      seen.push(`${one.kind} ${one.raw}`);
      return one.raw;
    },
    rawUntil: () => (within ? raw : null),
    end: () => '',
  });
  const out: Buffer[] = [];
  for (let at = 0; at < text.length; at += size)
    out.push(Buffer.from(tokens.push(Buffer.from(text.slice(at, at + size)))));
  out.push(Buffer.from(tokens.end()));
  t.equal(Buffer.concat(out).toString(), text);
  return seen;
}

t.test('markup is cut into tokens, whatever the pieces', async (t) => {
  for (const size of [1, 2, 100]) {
    t.same(cut('x<a b=">">y<!-- <p> -->', size), ['text x', 'tag <a b=">">', 'text y', 'comment <!-- <p> -->']);
    t.same(cut('<raw><a></ra></RAW>', size, '</raw'), ['tag <raw>', 'text <a></ra>', 'tag </RAW>']);
  }
});

t.test('a tag or a text without an end is an error when it is too long', async (t) => {
  for (const text of [`<a${' '.repeat(140_000)}`, 'x'.repeat(140_000)])
    t.throws(() => cut(text, 10_000), { code: 'mask_impossible' });
  t.throws(() => cut('<a', 1), { code: 'mask_impossible' });
});

t.test('a long token in small pieces takes no time squared', async (t) => {
  const started = process.cpuUsage().user;
  cut(`<a b="${'x'.repeat(100_000)}">`, 1);
  t.ok(process.cpuUsage().user - started < 3_000_000);
});
