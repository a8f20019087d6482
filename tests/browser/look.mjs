// What can be seen of a page: axe-core's rules for WCAG 2.2 AA and good practice, and what axe does not look at: that nothing
// is cut off on a narrow screen, that targets are large enough, that Tab reaches everything and shows where it is, that nothing in
// the page could run, and that it is light.
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { none } from './report.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const COLOURS = ['color-contrast', 'link-in-text-block'];
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
      // In the dark nothing but colours differs.
      const rules = colorScheme === 'light' ? { type: 'tag', values: RULES } : { type: 'rule', values: COLOURS };
      await report.check(`${name}: ${word}, ${colorScheme}: axe finds nothing`, async () =>
        none([...await axe(page, rules), ...await page.evaluate(placeholders)]));
    }
  }
  if (shots) await shoot(page, join(shots, name.replaceAll(/[^a-z0-9]+/gi, '-')));
}

async function axe(page, runOnly) {
  // What stays on top would lie over some target, wherever the walk through the page ended.
  await page.evaluate(() => scrollTo(0, 0));
  // Not as a script element, which the page's policy forbids; it stays until the page is left.
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(AXE);
  const { violations } = await page.evaluate(runOnly => axe.run({ runOnly, resultTypes: ['violations'] }), runOnly);
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

/** Keys pressed before one looks whether the walk has ended. */
const STEPS = 25;

/** Walks through the page from its top with Tab until it comes around, and back with Shift and Tab. */
async function tabStops(page) {
  const findings = [];
  for (const key of ['Tab', 'Shift+Tab']) {
    await page.evaluate(startWalk, key);
    // Each key is answered before the next is read, so many can be on their way at once.
    const step = () => Promise.all(Array.from({ length: STEPS }, () => page.keyboard.press(key)));
    do await step(); while (!await page.evaluate(() => window.walk.isOver));
    findings.push(...await page.evaluate(endWalk));
  }
  return [...findings, ...await page.evaluate(unreached)];
}

// The functions below run in the page.

function runnable() {
  const found = [...document.querySelectorAll('script, style, [style], iframe:not([sandbox=""]), object, embed, [href^="javascript:" i]')];
  const handlers = [...document.querySelectorAll('*')].filter(element => element.getAttributeNames().some(name => name.startsWith('on')));
  return [...found, ...handlers].map(element => `not allowed: ${element.outerHTML.slice(0, 120)}`);
}

/** What sticks out, and what is hard to hit. */
function layout() {
  const findings = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) findings.push(`the page is ${scrollWidth} px wide on a screen of ${innerWidth} px`);
  for (const target of document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden])')) {
    if (!target.checkVisibility({ visibilityProperty: true }) || target.matches('.skip, [aria-hidden=true][tabindex="-1"]')) continue;
    const { width, height } = target.getBoundingClientRect();
    const around = target.parentElement.textContent.replace(target.textContent, '');
    const isInText = getComputedStyle(target).display === 'inline' && /\p{L}/u.test(around);
    if (!isInText && (width < 24 || height < 24)) {
      findings.push(`only ${Math.round(width)} × ${Math.round(height)} px to hit: ${target.outerHTML.slice(0, 120)}`);
    }
  }
  return findings;
}

/** Puts the focus before the first stop; or, to walk back, on the last that was reached. Before each key the stop that has the focus is
 *  looked at: the page has scrolled to it by then. */
function startWalk(key) {
  const isBack = key !== 'Tab';
  const start = isBack ? window.walk.last : document.body;
  scrollTo(0, isBack ? document.body.scrollHeight : 0);
  document.body.tabIndex = -1;
  start.focus({ preventScroll: true });
  document.body.removeAttribute('tabindex');
  const walk = window.walk = { reached: new Set([start]), last: start, findings: new Set(), isOver: false, isBegun: false };
  walk.look = event => {
    if (event.key !== 'Tab') return;
    if (walk.isBegun && !walk.isOver) {
      const found = seen(walk);
      walk.isOver = found === null;
      found?.forEach(finding => walk.findings.add(`${key}: ${finding}`));
    }
    walk.isBegun = true;
    if (walk.isOver) event.preventDefault();
  };
  addEventListener('keydown', walk.look, true);

  /** What is wrong with the stop that has the focus; null when there is none, or it was here before. A date has several in a row. */
  function seen(walk) {
    const stop = document.activeElement;
    if (stop === document.body || (stop !== walk.last && walk.reached.has(stop))) return null;
    walk.reached.add(stop);
    walk.last = stop;
    const findings = [];
    const { outlineStyle, outlineWidth } = getComputedStyle(stop);
    const name = stop.outerHTML.slice(0, 120);
    // The parts of a date that are the browser's own are marked by the browser.
    const isMarked = !stop.matches(':focus') || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2);
    if (!isMarked) findings.push(`focus cannot be seen: ${name}`);
    // Of a stop that is taller than the screen, what is on the screen.
    const box = stop.getBoundingClientRect();
    const [left, top, right, bottom] = [Math.max(box.left, 0), Math.max(box.top, 0), Math.min(box.right, innerWidth), Math.min(box.bottom, innerHeight)];
    const points = [[left + 2, top + 2], [right - 2, top + 2], [left + 2, bottom - 2], [right - 2, bottom - 2], [(left + right) / 2, (top + bottom) / 2]];
    const isOnTop = ([x, y]) => {
      const hit = document.elementFromPoint(x, y);
      return hit !== null && (stop.contains(hit) || hit.contains(stop));
    };
    if (left >= right || top >= bottom || !points.some(isOnTop)) findings.push(`focus is behind something: ${name}`);
    return findings;
  }
}

/** Takes the walk's listener off; what it found. */
function endWalk() {
  removeEventListener('keydown', window.walk.look, true);
  return [...window.walk.findings];
}

/** Of a group of which one is chosen Tab reaches that one; arrows lead to the others. */
function unreached() {
  const all = document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden], [type=radio]:not(:checked))');
  return [...all]
    // The button that Enter presses is there for Enter alone.
    .filter(element => element.checkVisibility({ visibilityProperty: true }) && !element.matches('[aria-hidden=true][tabindex="-1"]'))
    .filter(element => !window.walk.reached.has(element))
    .map(element => `Tab does not reach ${element.outerHTML.slice(0, 120)}`);
}

/** Placeholders that are hard to read: axe does not look at them. */
function placeholders() {
  const brightness = colour => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d');
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255).map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...document.querySelectorAll('[placeholder]')].filter(field => field.checkVisibility()).flatMap(field => {
    const { color, opacity } = getComputedStyle(field, '::placeholder');
    const [low, high] = [brightness(color), brightness(getComputedStyle(field).backgroundColor)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    return contrast >= 4.5 && opacity === '1' ? [] : [`the placeholder has a contrast of ${contrast.toFixed(2)}: ${field.outerHTML.slice(0, 120)}`];
  });
}
