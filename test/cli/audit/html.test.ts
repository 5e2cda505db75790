import t from 'tap';
import { badge, bar, html, page, table } from '../../../plugin/cli/audit/html.ts';

t.test('values are text, whatever they are; only templates are markup', async (t) => {
  const hostile = `<script>alert(1)</script>"'&\u202e\u0000`;
  const escaped = '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;U+202E&gt;&lt;U+0000&gt;';
  t.equal(
    html`<p title="${hostile}">${hostile}${[hostile, 1]}${html`<b>${hostile}</b>`}</p>`.markup,
    `<p title="${escaped}">${escaped}${escaped}1<b>${escaped}</b></p>`,
  );
});

t.test('a table names its columns, and says when it is empty', async (t) => {
  const { markup } = table('T', ['a', 'b'], [['<x>', 2]], 'nothing');
  t.match(markup, '<caption>T</caption>');
  t.match(markup, '<th scope="col">a</th><th scope="col" class="n">b</th>');
  t.match(markup, '<tr><td>&lt;x&gt;</td><td class="n">2</td></tr>');
  t.equal(table('T', ['a'], [], 'nothing').markup, '<p class="none">T: nothing</p>');
});

t.test('a page needs nothing from elsewhere', async (t) => {
  const text = page('a<b', html`<p>x</p>`);
  t.match(text, /^<!doctype html>\n<html lang="en">/);
  t.match(text, "default-src 'none'");
  t.match(text, '<title>a&lt;b</title>');
  t.match(text, 'size: A4');
  t.notMatch(text, /<script|<img|<link|src=|href=|https?:|url\(/);
});

t.test('a bar is a number with its part of the whole; a badge is a word', async (t) => {
  t.equal(bar(1_234, 0.5).markup, '<span class="bar"><i style="width:50%"></i><b>1,234</b></span>');
  t.match(bar(1, 7).markup, 'width:100%');
  t.equal(badge('good', '<b>').markup, '<span class="badge good">&lt;b&gt;</span>');
});
