import t from 'tap';
import { openBrowser } from './browser.ts';

t.test('the browser shows a page', async (t) => {
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const page = await browser.newPage();
  await page.setContent('<title>x</title><h1>A page</h1>');
  t.equal(await page.locator('h1').textContent(), 'A page');
});
