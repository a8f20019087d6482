// The header of a profile: small and in place while one scrolls, with what support does one click away.
import assert from 'node:assert/strict';
import { Visitor } from './browser.mjs';
import { none } from './report.mjs';

export async function header(browser, origin, report) {
  const visitor = await Visitor.arrive(browser, origin, { javaScriptEnabled: false, reducedMotion: 'reduce' });
  const { page } = visitor;
  const box = selector => page.locator(selector).first().boundingBox();
  await visitor.comeInAs('admin');
  await page.goto(`${new URL(page.url()).pathname}?q=priya+nair&sort=name`);
  const list = page.url();
  await page.locator('a.open').first().click();
  await page.waitForURL(/[?]list=/);
  const person = page.url();

  const scroll = () => page.evaluate(() => scrollTo(0, 500));

  await report.check('name, actions and tabs stay on top, small', async () => {
    await page.setViewportSize({ width: 1440, height: 600 });
    await page.goto(person);
    await scroll();
    const [name, tabs, add] = [await box('h1'), await box('.tabs'), await box('.acts a')];
    assert.ok(name.y >= 0 && add.y >= 0 && tabs.y + tabs.height < 100, JSON.stringify([name, tabs, add]));
    assert.ok((await box('.reach')).y < 0, 'the rest made room');
  });
  await report.check('on a phone the name stays', async () => {
    await page.setViewportSize({ width: 360, height: 700 });
    await page.goto(person);
    await scroll();
    const name = await box('h1');
    assert.ok(name.y >= 40 && name.y < 80, `it is at ${name.y}`);
  });
  await report.check('a click selects the whole id, to be copied', async () => {
    await page.setViewportSize({ width: 1440, height: 800 });
    await page.goto(person);
    await page.locator('.whose .copy').click();
    assert.equal(await page.evaluate(() => String(getSelection())), await page.locator('.whose .copy').innerText());
  });
  await report.check('the menu opens, and leads on', async () => {
    await page.getByLabel('More actions').click();
    await page.getByRole('link', { name: 'Change ID' }).click();
    await page.getByRole('heading', { name: 'Change ID' }).waitFor();
  });
  await report.check('one leads back to the list', async () => {
    await page.goto(person);
    await page.locator('.crumb a').first().click();
    assert.equal(page.url(), list);
  });
  await report.check('the first event is on the first screen', async () => {
    for (const [width, height] of [[1440, 800], [360, 800]]) {
      await page.setViewportSize({ width, height });
      await page.goto(person.replace('?', '/activity?'));
      const { y } = await box('.timeline summary');
      assert.ok(y < height, `at ${width} px it is at ${y}`);
    }
  });
  await report.check('the browser complained of nothing on a header', () => none(visitor.faults));
  await visitor.context.close();
}
