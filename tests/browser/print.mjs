// A profile on paper: few pages, and nothing on them that cannot be pressed there.
import assert from 'node:assert/strict';
import { Visitor } from './browser.mjs';
import { none } from './report.mjs';

const MOST_PAGES = 2; // A4, each tab
const CONTROLS = 'button, input, select, textarea, nav, .btn, .edit, header.rail, .band, .links';

export async function print(browser, origin, report, shots) {
  const visitor = await Visitor.arrive(browser, origin, { javaScriptEnabled: false, reducedMotion: 'reduce', colorScheme: 'dark' });
  const { page } = visitor;
  await visitor.comeInAs('admin');
  await page.goto(`${new URL(page.url()).pathname}?q=priya+nair`);
  const person = (await page.getByRole('link', { name: 'Priya Nair' }).getAttribute('href')).split('?')[0];
  for (const tab of ['', '/activity']) {
    await report.check(`a profile on paper: ${tab || '/info'}`, async () => {
      await page.goto(`${person}${tab}`);
      const path = shots && `${shots}/print${tab.replace('/', '-')}.pdf`;
      const paper = (await page.pdf({ format: 'A4', printBackground: true, path })).toString('latin1');
      const pages = paper.match(/\/Type\s*\/Page\b/g)?.length;
      assert.ok(pages >= 1 && pages <= MOST_PAGES, `it has ${pages} pages`);
      await page.emulateMedia({ media: 'print' });
      await page.setViewportSize({ width: 794, height: 1123 });
      none(await page.locator(CONTROLS).evaluateAll(all => all.filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 120))));
      const { background, colour, width } = await page.evaluate(() => ({
        background: getComputedStyle(document.documentElement).backgroundColor,
        colour: getComputedStyle(document.body).color,
        width: document.querySelector('main').getBoundingClientRect().width,
      }));
      assert.match(background, /^rgba\(0, 0, 0, 0\)$|^rgb\(255, 255, 255\)$/);
      assert.equal(colour, 'rgb(27, 28, 30)', 'ink, also where screens are dark');
      assert.ok(width > 780, `${width} px of 794 are used`);
      await page.emulateMedia({ media: null });
    });
  }
  await report.check('the browser complained of nothing on paper', () => none(visitor.faults));
  await visitor.context.close();
}
