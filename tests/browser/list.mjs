// The list as it is used: rows that open, columns that fit, heads and names that stay while one scrolls.
import assert from 'node:assert/strict';
import { Visitor } from './browser.mjs';
import { none } from './report.mjs';

const COLUMNS = ['company', 'interests', 'lifetime_value'];

export async function list(browser, origin, report) {
  const visitor = await Visitor.arrive(browser, origin, { javaScriptEnabled: false, reducedMotion: 'reduce' });
  const { page } = visitor;
  await visitor.comeInAs('admin');
  const address = page.url();
  const rows = page.locator('table.list tbody tr');
  const size = (width, height = 800) => page.setViewportSize({ width, height });
  const box = locator => locator.boundingBox();

  await report.check('the search box has the focus on arrival', async () =>
    assert.equal(await page.evaluate(() => document.activeElement.name), 'q'));
  await report.check('every column is inside at 1440 and 1280', async () => {
    for (const width of [1440, 1280]) {
      await size(width);
      const card = await box(page.locator('.people'));
      for (const cell of await page.locator('thead th').all()) {
        assert.ok(await cell.isVisible());
        const { x, width: wide } = await box(cell);
        assert.ok(x + wide <= card.x + card.width + 1, `${await cell.innerText()} at ${width}`);
      }
      const cut = await rows.locator('time').evaluateAll(all =>
        all.map(one => one.closest('td')).filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.innerText));
      none(cut);
    }
  });
  await report.check('a row opens the person wherever it is clicked, and a tag finds who has it', async () => {
    const row = rows.filter({ has: page.locator('a.chip') }).first();
    const opens = await row.locator('a.open').getAttribute('href');
    for (const cell of ['.contact', '.when >> nth=0']) {
      await page.goto(address);
      const { x, y, width, height } = await box(row.locator(cell));
      await page.mouse.click(x + width / 2, y + height / 2);
      await page.waitForURL(url => url.pathname === new URL(opens, address).pathname);
    }
    await page.goto(address);
    await row.locator('a.chip').first().click();
    await page.waitForURL(/[?&]q=tag/);
  });
  await report.check('at 1024 the least important is under the name', async () => {
    await size(1024);
    await page.goto(address);
    assert.deepEqual(await page.locator('thead th:visible').allInnerTexts(), ['Name', 'Contact', 'Tags', 'Last seen ↓']);
    assert.match(await rows.first().locator('.fold').innerText(), /^Plan \S+ · Created /);
  });
  await report.check('at 360 rows are cards', async () => {
    await size(360);
    const [name, contact] = [await box(rows.first().locator('.named')), await box(rows.first().locator('.contact'))];
    assert.ok(contact.y >= name.y + name.height - 1, 'what was beside the name is under it');
    assert.equal(await page.locator('thead').isVisible(), false);
    assert.equal(await page.getByRole('navigation', { name: 'Order' }).isVisible(), true);
    const { x, y, width } = await box(rows.first());
    await page.mouse.click(x + width - 20, y + 10);
    await page.waitForURL(/profiles\/[0-9a-f-]{36}/);
  });
  await report.check('the heads stay on the screen', async () => {
    await size(1280);
    await page.goto(address);
    await page.evaluate(() => scrollTo(0, 900));
    await page.waitForFunction(() => scrollY > 600);
    const { y } = await box(page.locator('thead th').first());
    assert.ok(y >= 0 && y < 40, `they are at ${y}`);
  });
  await report.check('with many columns it scrolls, the name stays, and the row still opens', async () => {
    for (const name of COLUMNS) await inTable(page, address, name, true);
    await page.goto(address);
    const region = page.getByRole('region', { name: 'Profiles' });
    const before = await box(rows.first().locator('.named'));
    assert.ok(await region.evaluate(element => element.scrollWidth > element.clientWidth), 'it scrolls');
    await region.evaluate(element => element.scrollTo(300, 200));
    assert.equal((await box(rows.first().locator('.named'))).x, before.x);
    const { x, y, width, height } = await box(rows.nth(6).locator('.when').last());
    await page.mouse.click(Math.min(x + width / 2, 1200), y + height / 2);
    await page.waitForURL(/profiles\/[0-9a-f-]{36}/);
    for (const name of COLUMNS) await inTable(page, address, name, false);
  });
  await report.check('the browser complained of nothing on the list', () => none(visitor.faults));
  await visitor.context.close();
}

/** Makes an attribute a column of the list, or none. */
async function inTable(page, address, name, is_on) {
  await page.goto(`${address.replace(/profiles.*/, 'attributes/edit')}?name=${name}`);
  await page.getByRole('checkbox', { name: 'Show in profile list' }).setChecked(is_on);
  await page.getByRole('button', { name: 'Save attribute' }).click();
  await page.getByRole('status').waitFor();
}
