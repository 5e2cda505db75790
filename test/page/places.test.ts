/** Every page of the console in a real browser: whole, inert, fit for a phone and for those who listen. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { agent, human } from '../hold/people-of.ts';
import { openBrowser } from './browser.ts';
import { hostile, samples, sqlDisplay } from './samples.ts';
import { openConsole } from './server.ts';

const browser = await openBrowser();
t.teardown(() => browser.close());

const erin = human('erin');

/** A console in which something stands on every page. */
async function filled(t: Test) {
  const site = await openConsole();
  t.teardown(() => site.close());
  const all = await samples();
  const pending = async (rule: string) => {
    for (;;) {
      const [view] = await site.desk.list(erin, { rule });
      if (view !== undefined) return { ...view, shown: { digest: view.digest, version: view.version } };
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const ended = site.asks({ ...all[3], rule: 'sql/ended' });
  const { id, shown } = await pending('sql/ended');
  await site.desk.reject({ id, approver: erin, shown, reason: 'not before the backup' });
  await ended;
  for (const one of all) site.asks(one);
  const grant = await pending('mcp/refund');
  await site.desk.approve({ id: grant.id, approver: erin, shown: grant.shown, reason: null });
  const { id: hold } = await pending('sql/destructive');
  const event = {
    kind: 'deviation',
    body: { state: 'opened', what: hostile.markup, detail: `somebody ${hostile.bidi}`, count: 3, hold },
  } as const;
  site.deviations.entered(event as never, await site.log.emit(event as never));
  return { site, hold };
}

async function paged(t: Test, options: Parameters<typeof browser.newContext>[0] = {}) {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 860 }, ...options });
  t.teardown(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  return page;
}

/** The link of the row that has this rule. */
const row = (page: Page, rule: string) => page.locator('.row', { hasText: rule }).locator('.row-link');

/** Each page, and what stands on it once it is there. */
const places = (hold: string) =>
  [
    ['/', '.row >> nth=2'],
    [`/holds/${hold}`, '.slots'],
    ['/grants', '.grant'],
    ['/history', 'tbody tr'],
    ['/deviations', '.deviation'],
    ['/settings', '.switch'],
    ['/nothing', 'text=There is no such page'],
  ] as const;

/** What axe says is serious, in words. */
async function faults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run().then(({violations}) => violations)')) as axe.Result[];
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.failureSummary?.slice(0, 200)}`);
}

for (const colorScheme of ['light', 'dark'] as const)
  t.test(`axe finds no serious fault, ${colorScheme}`, async (t) => {
    const { site, hold } = await filled(t);
    // The page's own policy lets no script of others run.
    const page = await paged(t, { colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
    for (const [path, there] of places(hold)) {
      await page.goto(site.url + path);
      await page.locator(there).first().waitFor();
      t.same(await faults(page), [], path);
    }
    await page.goto(`${site.url}/holds/${hold}`);
    await page.locator('.slots').waitFor();
    for (const key of ['a', '?']) {
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      t.same(await faults(page), [], `dialog of ${key}`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    site.state.viewer = null;
    await page.goto(site.url);
    await page.getByText('Continue with').first().waitFor();
    t.same(await faults(page), [], 'the way in');
  });

/** Elements that reach over the right edge, but for those in a box that scrolls by itself. */
const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;

t.test('a phone needs no scrolling sideways', async (t) => {
  const { site, hold } = await filled(t);
  const page = await paged(t, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  for (const [path, there] of places(hold)) {
    await page.goto(site.url + path);
    await page.locator(there).first().waitFor();
    t.equal(await page.evaluate(wide), 0, path);
    t.equal(
      await page.evaluate(`document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth`),
      0,
      `${path}, within`,
    );
  }
  await page.goto(site.url);
  await page.locator('.row-link').first().tap();
  await page.locator('.slots').waitFor();
  t.equal(await page.locator('.list-pane').isVisible(), false, 'the request has the whole screen');
  t.equal(await page.locator('#hold-title').evaluate((element) => element.matches(':focus')), true);
  await page.getByRole('button', { name: 'Inbox' }).tap();
  await page.locator('.row').first().waitFor();
});

t.test('hostile strings are inert, whole and shown for what they are', async (t) => {
  const { site } = await filled(t);
  const page = await paged(t);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  const long = `SELECT '${'y'.repeat(100_000)}',\n${"'z',\n".repeat(16_000)}'the end'`;
  for (const [rule, over] of [
    ['sql/markup', { display: await sqlDisplay(hostile.markup), justification: hostile.markup }],
    ['sql/bidi', { display: await sqlDisplay(hostile.bidi), principal: agent({ id: `agent\u202e${hostile.markup}` }) }],
    ['sql/lookalike', { display: await sqlDisplay(hostile.lookalike) }],
    ['sql/long', { display: { body: long, commands: [{ kind: 'sql', text: long, statements: [] }] } }],
  ] as const) {
    site.asks({ rule, ...over });
    await page.goto(site.url);
    await row(page, rule).click();
    await page.locator('.slots').waitFor();
  }
  t.equal(long.length > 180_000, true);
  const shown = await page
    .locator('.code')
    .last()
    .evaluate((element) => element.textContent);
  t.equal(shown, `${long}\n`, '200 KB are whole');

  await row(page, 'sql/markup').click();
  await page.locator('blockquote', { hasText: '<script>' }).waitFor();
  t.match(await page.locator('.cautions').textContent(), /Nobody could tell/);
  await row(page, 'sql/bidi').click();
  await page.locator('.code .unseen', { hasText: 'U+202E' }).first().waitFor();
  t.equal(await page.locator('.chain .unseen').count(), 1);
  await row(page, 'sql/lookalike').click();
  await page.getByText('Letters of several scripts look alike').waitFor();
  const text = await page.locator('body').textContent();
  t.notMatch(text ?? '', /[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]/u, 'nothing hidden is left anywhere');
  t.equal(await page.evaluate('window.harm'), undefined);
  t.equal(await page.locator('img, iframe, main script, main style').count(), 0);
  t.same(complaints, []);
});

t.test('a grant is revoked', async (t) => {
  const { site } = await filled(t);
  const page = await paged(t);
  await page.goto(`${site.url}/grants`);
  await page.locator('.grant').getByText('used 1 of 20').waitFor();
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('No grant is in force').waitFor();
  t.equal(site.log.transitions().at(-1), 'revoked');
});

t.test('a deviation is acknowledged, and resolved with what was found', async (t) => {
  const { site } = await filled(t);
  const page = await paged(t);
  await page.goto(`${site.url}/deviations`);
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
  await page.locator('.deviation .pill', { hasText: 'acknowledged' }).waitFor();
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('a drill');
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('Nothing is open').waitFor();
  const [deviation] = await site.deviations.list(human('erin', ['auditors']));
  t.match(deviation, { state: 'resolved', signed: { by: { id: 'carol' } } });
});

t.test('who is in no group that signs off is told so', async (t) => {
  const { site } = await filled(t);
  site.state.viewer = erin;
  const page = await paged(t);
  await page.goto(`${site.url}/deviations`);
  await page.getByText('deviations are for humans of the group auditors').waitFor();
  t.equal(await page.locator('.deviation').count(), 0);
});

t.test('history tells who decided, and how it ended', async (t) => {
  const { site } = await filled(t);
  const page = await paged(t, { timezoneId: 'Europe/Zurich' });
  await page.goto(`${site.url}/history`);
  const line = page.locator('tbody tr');
  t.match(await line.textContent(), /rejected.*sql\/ended.*reporting-agent.*erin/);
  t.match(await line.locator('time').getAttribute('title'), /here\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
});

t.test('colours and zones are chosen, and kept', async (t) => {
  const { site } = await filled(t);
  const page = await paged(t, { colorScheme: 'light', timezoneId: 'Asia/Tokyo' });
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.goto(`${site.url}/settings`);
  const light = await ground();
  await page.getByRole('button', { name: 'Dark' }).click();
  t.not(await ground(), light);
  await page.getByRole('button', { name: 'UTC', exact: true }).click();
  await page.goto(`${site.url}/history`);
  t.match(await page.locator('tbody time').textContent(), / UTC$/);
  t.not(await ground(), light, 'it is kept');
  await page.goto(`${site.url}/settings`);
  await page.getByRole('switch', { name: /Single keys/ }).uncheck();
  await page.goto(site.url);
  await page.locator('.row').first().waitFor();
  await page.keyboard.press('?');
  t.equal(await page.getByRole('dialog').count(), 0, 'single keys do nothing once they are off');
});

t.test('a session that ends leads to the way in, and says so', async (t) => {
  const { site, hold } = await filled(t);
  const page = await paged(t);
  await page.goto(`${site.url}/holds/${hold}`);
  await page.locator('.slots').waitFor();
  site.state.viewer = null;
  await page.keyboard.press('a');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Your session has ended').waitFor();
  t.equal(
    await page.getByRole('link', { name: /Work account/ }).getAttribute('href'),
    `/login/work?return=%2Fholds%2F${hold}`,
  );
  site.state.viewer = erin;
  await page.goto(`${site.url}/settings`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Continue with').first().waitFor();
});

t.test('a request that is not there is said so', async (t) => {
  const { site } = await filled(t);
  const page = await paged(t);
  await page.goto(`${site.url}/holds/h_${'x'.repeat(22)}`);
  await page.getByText('no such hold').waitFor();
});
