/** The inbox in a real browser: live, in place, and nothing taken for done before the service says so. */
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { human } from '../hold/people-of.ts';
import { openBrowser } from './browser.ts';
import { samples, sqlDisplay } from './samples.ts';
import { openConsole } from './server.ts';

const browser = await openBrowser();
t.teardown(() => browser.close());

/** A console with nothing in it, and a page of it. */
async function opened(t: Test, path = '/') {
  const site = await openConsole();
  const context = await browser.newContext({ viewport: { width: 1_280, height: 860 } });
  t.teardown(async () => {
    await context.close();
    await site.close();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(site.url + path);
  return { site, page, complaints };
}

const row = (page: Page, text: string) => page.locator('.row', { hasText: text });
/** By keys: the dialog is there before its key is struck. */
async function approve(page: Page) {
  await page.keyboard.press('a');
  await page.getByRole('dialog', { name: 'Approve this request?' }).waitFor();
  await page.keyboard.press('Enter');
}

const dave = human('dave', ['security']);

t.test('a hold arrives without reload, and is approved while its caller waits', async (t) => {
  const { site, page, complaints } = await opened(t);
  await page.getByText('Nothing waits for you').waitFor();
  await page.evaluate('window.same = true');
  const answer = site.asks({ display: await sqlDisplay('DROP TABLE events') });
  await row(page, 'DROP TABLE events').click();
  await page.locator('.decide').getByRole('button', { name: 'Approve' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('ticket 4711');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  t.equal(await answer, 'admitted', 'the caller went on');
  await page.getByText('Approved, and it has run.').waitFor();
  t.equal(await page.evaluate('window.same'), true, 'the page was not loaded again');
  t.match(site.log.transitions(), ['opened', 'approved', 'consumed']);
  t.same(complaints, [], 'nothing was blocked, and nothing failed');
});

t.test('a rejection has its reason, and the caller gets it', async (t) => {
  const { site, page } = await opened(t);
  const answer = site.asks();
  await row(page, 'DELETE FROM t').click();
  await page.keyboard.press('r');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Reject' }).click();
  t.equal(site.log.transitions().length, 1, 'without a reason nothing is sent');
  await dialog.getByRole('textbox').fill('not before the backup');
  await page.keyboard.press('Control+Enter');
  t.equal(await answer, 'rejected');
  await page.locator('.detail').getByText('not before the backup').waitFor();
});

t.test('by keys alone: next, select, approve, and a held key decides nothing', async (t) => {
  const { site, page } = await opened(t);
  const answers = [site.asks({ display: await sqlDisplay('SELECT 1') }), site.asks()];
  await row(page, 'DELETE FROM t').waitFor();
  await page.keyboard.press('j');
  await page.locator('#hold-title').waitFor();
  t.match(page.url(), /\/holds\/h_/);
  await page.keyboard.press('j');
  t.equal(await page.locator('.row.open .row-title').textContent(), 'DELETE FROM t');
  await page.keyboard.press('x');
  t.equal(await page.locator('.row.chosen').count(), 1);
  await page.keyboard.press('x');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('a');
  t.equal(await page.getByRole('dialog').count(), 1, 'a dialog has its own keys');
  await page.keyboard.press('Escape');
  await approve(page);
  t.equal(await answers[1], 'admitted');
  t.equal(await page.locator('[data-next]').evaluate((element) => element.matches(':focus')), true);
  await page.keyboard.press('/');
  await page.keyboard.type('nothing like this');
  await page.getByText('Nothing like that waits').waitFor();
  t.equal(
    site.log.transitions().filter((one) => one === 'approved').length,
    1,
    'letters that are written decide nothing',
  );
});

t.test('several at once; one that somebody was faster with stops no other', async (t) => {
  const { site, page } = await opened(t);
  const all = await samples();
  const answers = [all[3], all[1], all[4]].map((one) => site.asks(one));
  await row(page, 'DROP TABLE').getByRole('checkbox').check();
  await row(page, 'pods/exec').getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Approve 2' }).click();
  const dialog = page.getByRole('dialog', { name: 'Approve 2 requests' });
  await dialog.waitFor();
  const [drop] = await site.desk.list(human('erin'), { rule: 'sql/ddl' });
  await site.desk.reject({
    ...{ id: drop?.id ?? '', approver: human('erin'), reason: 'no' },
    shown: { digest: drop?.digest ?? '', version: 1 },
  });
  await dialog.getByRole('button', { name: 'Approve 2' }).click();
  await dialog.getByText('not done').waitFor();
  t.equal(await dialog.getByText('the hold is rejected').count(), 1);
  t.same(await Promise.all(answers.slice(0, 2)), ['rejected', 'admitted']);
  await dialog.getByRole('button', { name: 'Done' }).click();
  t.equal(await row(page, 'PUT https').count(), 1);
});

t.test('what changed while it was read is said, and must be looked at before it is decided', async (t) => {
  const { site, page } = await opened(t);
  const [sample] = await samples();
  const answer = site.asks(sample);
  await row(page, 'DELETE FROM sales.orders').click();
  const [hold] = await site.desk.list(dave);
  await site.desk.approve({
    ...{ id: hold?.id ?? '', approver: dave, reason: null },
    shown: { digest: hold?.digest ?? '', version: 1 },
  });
  const news = page.getByText('dave@example.com approved it for security.');
  await news.waitFor();
  const button = page.locator('.decide').getByRole('button', { name: 'Approve' });
  t.equal(await button.isDisabled(), true);
  await page.keyboard.press('a');
  await page.keyboard.press('Enter');
  await page.locator('.news').waitFor({ state: 'detached' });
  t.equal(await page.locator('.slot.filled').count(), 1);
  await button.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  t.equal(await answer, 'admitted');
});

t.test('a verdict on what is no longer so is refused, and the page says what changed', async (t) => {
  const { site, page } = await opened(t);
  site.asks();
  await row(page, 'DELETE FROM t').click();
  await page.locator('.decide').getByRole('button', { name: 'Approve' }).click();
  const [hold] = await site.desk.list(human('erin'));
  const shown = { digest: hold?.digest ?? '', version: 1 };
  await site.desk.reject({ id: hold?.id ?? '', approver: human('erin'), shown, reason: 'too late' });
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page.getByText('The hold is rejected: there is nothing to decide').waitFor();
  await page.getByText('It is now rejected by erin@example.com: too late.').waitFor();
  t.same(site.log.transitions(), ['opened', 'rejected']);
});

t.test('the list does not move under a pointer', async (t) => {
  const { site, page } = await opened(t);
  for (const sql of ['SELECT 1', 'SELECT 2', 'SELECT 3']) {
    site.asks({ display: await sqlDisplay(sql) });
    await row(page, sql).waitFor();
  }
  await row(page, 'SELECT 3').hover();
  const before = await row(page, 'SELECT 3').boundingBox();
  const [first] = await site.desk.list(human('erin'));
  const shown = { digest: first?.digest ?? '', version: 1 };
  await site.desk.reject({ id: first?.id ?? '', approver: human('erin'), shown, reason: 'no' });
  await row(page, 'SELECT 1').getByText('rejected').waitFor();
  site.asks({ display: await sqlDisplay('SELECT 4') });
  await row(page, 'SELECT 4').waitFor();
  t.same(await row(page, 'SELECT 3').boundingBox(), before, 'what is pointed at stays where it is');
  await page.mouse.move(1_000, 400);
  await row(page, 'SELECT 1').waitFor({ state: 'detached' });
  t.same(await page.locator('.row-title').allTextContents(), ['SELECT 2', 'SELECT 3', 'SELECT 4'], 'the oldest first');
});

t.test('an approval is taken back, and stands among those that wait for others', async (t) => {
  const { site, page } = await opened(t);
  const [sample] = await samples();
  site.asks(sample);
  await row(page, 'DELETE FROM sales.orders').click();
  await approve(page);
  await page.getByText('Approved. It still needs 1 of security.').waitFor();
  await page.getByRole('button', { name: 'Waiting 1' }).click();
  await row(page, 'DELETE FROM sales.orders').waitFor();
  await page.getByRole('button', { name: 'Take my approval back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
  await page.getByText('Your approval is taken back.').waitFor();
  t.same(site.log.transitions(), ['opened', 'approved', 'retracted']);
});

t.test('a stream that breaks is said, and made good', async (t) => {
  const { site, page } = await opened(t);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.context().setOffline(true);
  site.breakStreams();
  await page.getByText('Not connected. What is shown may be old').waitFor();
  site.asks({ display: await sqlDisplay('SELECT 5') });
  await page.context().setOffline(false);
  await row(page, 'SELECT 5').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
});
