/** The evidence report in a real browser: no network, nothing clipped on A4, nothing that axe finds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import t, { type Test } from 'tap';
import { reportCommand } from '../../plugin/cli/audit/report.ts';
import { openReal } from '../verify/real.ts';
import { openBrowser } from './browser.ts';

const browser = await openBrowser();
t.teardown(() => browser.close());

/** Words without a place to break, as long as an entry lets them be, and text that would turn the reading around. */
const long = 'w'.repeat(900);
const hostile = `</td><img src=x onerror=alert(1)>\u202e${long}`;

async function written(t: Test): Promise<string> {
  const state = t.testdir();
  const log = await openReal(state);
  const principal = { id: hostile, issuer: long, groups: [long], actors: [] };
  const decision = { bundle: '', method: 'GET', authority: long, route: '', commands: [], release: 'skip', labels: [] };
  for (let at = 0; at < 40; at += 1)
    await log.append({
      kind: 'decision',
      principal,
      body: {
        ...decision,
        verdict: at % 2 === 0 ? 'allow' : 'deny',
        rule: `${at}${long}`,
        reason: hostile,
        path: hostile,
      },
    });
  for (const transition of ['opened', 'approved', 'rejected'])
    await log.append({
      kind: 'hold',
      principal,
      body: { hold: long, version: 1, transition, rule: hostile, approver: { id: hostile, issuer: '' }, group: long },
    });
  const deviation = { state: 'opened', what: hostile, detail: hostile, count: 12 };
  for (let at = 0; at < 3; at += 1) await log.append({ kind: 'deviation', body: deviation });
  const masks = [{ rule: hostile, field: long, count: 3 }];
  await log.append({ kind: 'response', body: { status: 200, length: 1, outcome: 'complete', masks } });
  await log.append({ kind: 'disclosure', principal, body: { what: long, subject: hostile, reason: hostile } });
  const short = 'w'.repeat(10);
  const reader = { id: short, issuer: short, groups: [], actors: [] };
  await log.append({ kind: 'disclosure', principal: reader, body: { what: short, subject: short, reason: short } });
  await log.close();
  const output = join(state, 'report.html');
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    await reportCommand({ dir: join(state, 'audit'), output, sample: 5, verify: {} });
  } finally {
    process.stdout.write = write;
  }
  return output;
}

/** Elements that reach over the right edge of the page. */
const clipped = `[...document.querySelectorAll('body *')]
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((element) => element.outerHTML.slice(0, 80))`;

t.test('the report of hostile entries', async (t) => {
  const output = await written(t);
  const context = await browser.newContext({ offline: true, viewport: { width: 1_000, height: 1_400 } });
  t.teardown(() => context.close());
  const page = await context.newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  const url = pathToFileURL(output).href;
  await page.goto(url);
  t.same(asked, [url], 'it asks for nothing but itself');
  t.same(complaints, []);
  t.equal(await page.locator('img, script').count(), 0);
  t.equal(await page.locator('h1').textContent(), 'Evidence report');

  for (const width of [1_000, 420]) {
    await page.setViewportSize({ width, height: 1_400 });
    t.same(await page.evaluate(clipped), [], `nothing reaches over the edge at ${width} px`);
  }

  // As wide as the area between the margins of A4, 180 mm at 96 dpi.
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: 680, height: 1_000 });
  t.same(await page.evaluate(clipped), [], 'nothing is clipped on A4');
  const pdf = await page.pdf({ preferCSSPageSize: true });
  t.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  const boxes = pdf.toString('latin1').match(/\/MediaBox \[[^\]]+\]/g) ?? [];
  t.ok(boxes.length > 1);
  for (const box of boxes) t.match(box, /\/MediaBox \[0 0 59[45][0-9.]* 84[12][0-9.]*\]/, 'A4');
});

t.test('axe finds nothing', async (t) => {
  const output = await written(t);
  // The page's own policy lets no script run: axe looks at the same page without it.
  const page = await browser.newPage({ bypassCSP: true, offline: true });
  t.teardown(() => page.close());
  await page.setContent(readFileSync(output, 'utf8'));
  await page.evaluate(axe.source);
  const violations = (await page.evaluate('axe.run().then(({violations}) => violations)')) as axe.Result[];
  t.same(
    violations.map(({ id, impact, nodes }) => [id, impact, nodes[0]?.html.slice(0, 120)]),
    [],
  );
});
