// What can be seen of a page: axe-core's rules for WCAG 2.2 AA and good practice, and what axe does not look at: that nothing
// is cut off on a narrow screen, that targets are large enough, that Tab reaches everything and shows where it is, that nothing in
// the page could run, and that it is light.
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { none } from './report.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SCHEMES = ['light', 'dark'];
const [WIDE, NARROW, PHONE] = [1440, 320, 360]; // px
const LIGHT = 30 * 1024; // bytes of a page, compressed

export async function look(visitor, name, report, shots) {
  const { page } = visitor;
  // The menu opens on narrow screens only, and may cover what is behind it until Escape.
  const isMenu = await page.locator(':popover-open').count() > 0;
  await report.check(`${name}: nothing in it could run, and it is light`, async () => {
    const { responseBodySize } = await visitor.answer.request().sizes();
    const heavy = responseBodySize > LIGHT ? [`the page has ${responseBodySize} bytes, more than ${LIGHT}`] : [];
    none([...await page.evaluate(runnable), ...heavy]);
  });
  for (const [word, width] of isMenu ? [['narrow', NARROW]] : [['wide', WIDE], ['narrow', NARROW]]) {
    await page.setViewportSize({ width, height: 800 });
    await report.check(`${name}: ${word}: fits, and works with the keyboard`, async () =>
      none([...await page.evaluate(layout), ...isMenu ? [] : await tabStops(page)]));
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await report.check(`${name}: ${word}, ${colorScheme}: axe finds nothing`, async () => none(await axe(page)));
    }
  }
  if (shots) await shoot(page, join(shots, name.replaceAll(/[^a-z0-9]+/gi, '-')));
}

async function axe(page) {
  // What stays on top would lie over some target, wherever the walk through the page ended.
  await page.evaluate(() => scrollTo(0, 0));
  await page.evaluate(AXE); // not as a script element, which the page's policy forbids
  const { violations } = await page.evaluate(values => axe.run({ runOnly: { type: 'tag', values } }), RULES);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(node => `${id} (${help})\n  ${node.target.join(' ')}\n  ${node.failureSummary.replaceAll('\n', ' ')}`));
}

async function shoot(page, path) {
  await mkdir(dirname(path), { recursive: true });
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  for (const width of [WIDE, PHONE]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${path}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}

/** Walks through the page from its top with Tab until it comes around, and back with Shift and Tab. */
async function tabStops(page) {
  const findings = new Set();
  for (const key of ['Tab', 'Shift+Tab']) {
    await page.evaluate(startWalk, key !== 'Tab');
    for (let seen; seen !== null;) {
      await page.keyboard.press(key);
      seen = await page.evaluate(focused);
      seen?.forEach(finding => findings.add(`${key}: ${finding}`));
    }
  }
  return [...findings, ...await page.evaluate(unreached)];
}

// The functions below run in the page.

function runnable() {
  const found = [...document.querySelectorAll('script, style, [style], iframe, object, embed, [href^="javascript:" i]')];
  const handlers = [...document.querySelectorAll('*')].filter(element => element.getAttributeNames().some(name => name.startsWith('on')));
  return [...found, ...handlers].map(element => `not allowed: ${element.outerHTML.slice(0, 120)}`);
}

/** What sticks out, and what is hard to hit. */
function layout() {
  const findings = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) findings.push(`the page is ${scrollWidth} px wide on a screen of ${innerWidth} px`);
  for (const target of document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden])')) {
    if (!target.checkVisibility({ visibilityProperty: true }) || target.matches('.skip')) continue;
    const { width, height } = target.getBoundingClientRect();
    const around = target.parentElement.textContent.replace(target.textContent, '');
    const isInText = getComputedStyle(target).display === 'inline' && /\p{L}/u.test(around);
    if (!isInText && (width < 24 || height < 24)) {
      findings.push(`only ${Math.round(width)} × ${Math.round(height)} px to hit: ${target.outerHTML.slice(0, 120)}`);
    }
  }
  return findings;
}

/** Puts the focus before the first stop; or, to walk back, on the last that was reached. */
function startWalk(isBack) {
  const start = isBack ? window.last : document.body;
  scrollTo(0, isBack ? document.body.scrollHeight : 0);
  document.body.tabIndex = -1;
  start.focus({ preventScroll: true });
  document.body.removeAttribute('tabindex');
  window.reached = new Set([start]);
  window.last = start;
}

/** What is wrong with the stop that has the focus; null when there is none, or it was here before. A date has several in a row. */
function focused() {
  const stop = document.activeElement;
  if (stop === document.body || (stop !== window.last && window.reached.has(stop))) return null;
  window.reached.add(stop);
  window.last = stop;
  const findings = [];
  const { outlineStyle, outlineWidth } = getComputedStyle(stop);
  const name = stop.outerHTML.slice(0, 120);
  // The parts of a date that are the browser's own are marked by the browser.
  const isMarked = !stop.matches(':focus') || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2);
  if (!isMarked) findings.push(`focus cannot be seen: ${name}`);
  const { left, top, right, bottom } = stop.getBoundingClientRect();
  const points = [[left + 2, top + 2], [right - 2, top + 2], [left + 2, bottom - 2], [right - 2, bottom - 2], [(left + right) / 2, (top + bottom) / 2]];
  const isOnTop = ([x, y]) => {
    const hit = document.elementFromPoint(x, y);
    return hit !== null && (stop.contains(hit) || hit.contains(stop));
  };
  if (!points.some(isOnTop)) findings.push(`focus is behind something: ${name}`);
  return findings;
}

/** Of a group of which one is chosen Tab reaches that one; arrows lead to the others. */
function unreached() {
  const all = document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden], [type=radio]:not(:checked))');
  return [...all]
    .filter(element => element.checkVisibility({ visibilityProperty: true }) && !window.reached.has(element))
    .map(element => `Tab does not reach ${element.outerHTML.slice(0, 120)}`);
}
