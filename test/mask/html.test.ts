import t from 'tap';
import { everywhere, through } from './through.ts';

const plan = [{ detect: ['email', 'us_ssn'], with: 'redact' }];
const html = (body: string, cuts: readonly number[] = []) => through(plan, 'text/html; charset=utf-8', body, cuts);

for (const [name, body, expected] of [
  [
    'a page',
    '<!doctype html><p CLASS=x>ada@example.com<br/>&nbsp;&copy</p>',
    '<!doctype html><p CLASS=x>[masked:email]<br/>&nbsp;&copy</p>',
  ],
  ['entities', '<p>ada&commat;example&period;com &eacute;', '<p>[masked:email] &eacute;'],
  [
    'attributes',
    `<a href="mailto:ada@example.com" title='078-05-1120' x>`,
    `<a href="mailto:[masked:email]" title='[masked:us_ssn]' x>`,
  ],
  ['an attribute without quotes', '<i title=ada@example.com>', '<i title="[masked:email]">'],
  [
    'a script',
    '<script>if (a<b && c) x("ada@example.com")</script><p>',
    '<script>if (a<b && c) x("[masked:email]")</script><p>',
  ],
  ['an empty script', '<script src="x"></script><p>078-05-1120', '<script src="x"></script><p>[masked:us_ssn]'],
  ['a script in capitals', '<SCRIPT>"<p>"</Script >078-05-1120', '<SCRIPT>"<p>"</Script >[masked:us_ssn]'],
  ['a title', '<title>ada&#64;example.com <b></title>', '<title>[masked:email] <b></title>'],
  ['a comment', '<!-- ada@example.com <p> -->', '<!-- [masked:email] <p> -->'],
  ['a text at the end', 'x 078-05-1120', 'x [masked:us_ssn]'],
  ['a script that is cut', '<script>"ada@example.com"', '<script>"[masked:email]"'],
  ['nothing', '', ''],
] as const)
  t.test(name, async (t) => {
    t.equal(html(body), expected);
    t.equal(html(body, everywhere(body)), expected);
  });

t.test('what can be read in several ways is an error', async (t) => {
  for (const body of [
    '<p',
    'a < b',
    '<?php x ?>',
    '</>',
    '<!x>',
    '<![CDATA[x]]>',
    '<!-->x-->',
    '<!-- x --!> y -->',
    "<a title=it's>",
    '<a b="1"c=\'',
    '<plaintext>x',
    '<meta charset="utf-16">',
    '<meta http-equiv=content-type content="text/html; charset=utf-7">',
    '<a b=1 b=2>',
    `<p>${'x'.repeat(140_000)}`,
  ])
    t.throws(() => html(body), { code: 'mask_impossible' }, body.slice(0, 40));
});

t.test('a name says nothing about a page', async (t) => {
  t.throws(() => through([{ key: 'ssn', with: 'drop' }], 'text/html', '<p>'), { code: 'mask_impossible' });
});
