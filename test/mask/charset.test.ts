import t from 'tap';
import { everywhere, through } from './through.ts';

const plan = [{ detect: ['email'], with: 'redact' }];

t.test('Latin-1 stays Latin-1, in any pieces', async (t) => {
  const body = Buffer.from('Grüße an ada@example.com, für ÿ', 'latin1');
  for (const charset of ['iso-8859-1', 'ISO_8859-1'.replace('_', '-'), 'latin1', 'us-ascii', '"windows-1252"'])
    for (const cuts of [[], everywhere(body)])
      t.same(
        through(plan, `text/plain; charset=${charset}`, body, cuts, undefined, 'latin1'),
        'Grüße an [masked:email], für ÿ',
        charset,
      );
});

t.test('a token that Latin-1 can not say is an error', async (t) => {
  const euro = [{ detect: ['email'], with: 'redact', token: '€' }];
  t.throws(() => through(euro, 'text/plain; charset=latin1', 'ada@example.com'), { code: 'mask_impossible' });
});

t.test('other charsets, and what belies its charset, are errors', async (t) => {
  for (const [type, body] of [
    ['text/plain; charset=utf-16', 'a'],
    ['text/plain; charset=utf-7', 'a'],
    ['text/plain; charset=iso-2022-jp', 'a'],
    ['text/plain; charset=', 'a'],
    ['application/json; charset=iso-8859-1', '{}'],
    ['text/plain', Buffer.from([0x61, 0xe9, 0x62])],
    ['text/plain', Buffer.from([0xc3])],
    ['text/plain', Buffer.from('\ufeffa', 'utf16le')],
    ['text/plain; charset=latin1', Buffer.from('\ufeffa')],
    ['text/plain; charset=latin1', Buffer.from('\ufeffa', 'utf16le')],
  ] as const)
    for (const cuts of [[], everywhere(body)])
      t.throws(() => through(plan, type, body, cuts), { code: 'mask_impossible' }, type);
});

t.test('a byte order mark leaves first, and only one is one', async (t) => {
  for (const body of ['\ufeffada@example.com', '\ufeff', '', 'é'])
    for (const cuts of [[], everywhere(body)])
      t.equal(through(plan, 'text/plain', body, cuts), body.replace('ada@example.com', '[masked:email]'));
});
