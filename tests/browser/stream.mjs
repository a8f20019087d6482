// The live stream, as calls arrive: the newest on top, with the names of events and people, and nothing lost by pausing.
import assert from 'node:assert/strict';
import { Visitor } from './browser.mjs';
import { none } from './report.mjs';

export async function stream(browser, origin, report) {
  const visitor = await Visitor.arrive(browser, origin, { javaScriptEnabled: false, reducedMotion: 'reduce' });
  const { page } = visitor;
  await visitor.comeInAs('admin');
  const root = new URL(page.url()).pathname.replace(/\/profiles.*/, '');
  await page.goto(`${root}/keys/new`);
  await page.getByLabel('Name').fill('Stream of the browser tests');
  await page.getByRole('button', { name: 'Create key' }).click();
  const secret = await page.locator('pre code').first().textContent();
  const send = async event => {
    const { status } = await fetch(`${origin}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ userId: 'c-100482', event, messageId: `${event} ${Date.now()}` }),
    });
    assert.equal(status, 200);
  };
  const rows = page.locator('ol.stream > li', { hasText: 'Stream of the browser tests' });
  const top = async text => (await rows.filter({ hasText: text }).boundingBox()).y;

  await report.check('the newest call is on top while one watches', async () => {
    await send('First Visit');
    await page.goto(`${root}/stream`, { waitUntil: 'commit' });
    await rows.filter({ hasText: 'First Visit' }).waitFor();
    await send('Second Visit');
    await rows.filter({ hasText: 'Second Visit' }).waitFor();
    assert.ok(await top('Second Visit') < await top('First Visit'));
    assert.match(await rows.filter({ hasText: 'Second Visit' }).innerText(), /\d\d:\d\d:\d\d.*track.*Priya Nair/s);
  });
  await report.check('and the keyboard goes through them from the top', async () => {
    await page.getByRole('button', { name: 'Filter' }).focus();
    await page.keyboard.press('Tab');
    assert.match(await page.locator(':focus').innerText(), /Second Visit/);
  });
  await report.check('pausing keeps the calls, and the filter', async () => {
    await page.goto(`${root}/stream?kind=track`, { waitUntil: 'commit' });
    await page.getByRole('link', { name: 'Pause' }).click();
    await page.waitForURL(/pause=yes/);
    assert.match(page.url(), /kind=track/);
    assert.ok(await top('Second Visit') < await top('First Visit'));
    await send('Third Visit');
    assert.equal(await rows.filter({ hasText: 'Third Visit' }).count(), 0);
  });
  await report.check('the browser complained of nothing on the stream', () => none(visitor.faults));
  await visitor.context.close();
}
