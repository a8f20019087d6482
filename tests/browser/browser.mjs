// A real Chromium, and visitors with cookies of their own who keep account of what went wrong in it.
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser; every letter is of `font`, if one is named. */
export async function launch(font) {
  const folders = process.env.PATH.split(delimiter);
  const found = NAMES.flatMap(name => folders.map(folder => join(folder, name))).find(path => existsSync(path));
  const executablePath = process.env.CHROMIUM ?? found;
  if (!executablePath) throw new Error(`no Chromium on the PATH (${NAMES.join(', ')}); CHROMIUM may name one`);
  // The pages are our own, and in containers the sandbox has no way to work.
  return chromium.launch({ executablePath, chromiumSandbox: false, args: FLAGS, env: { ...process.env, ...await only(font) } });
}

/** Settings of fontconfig with which there is only this font. */
async function only(font) {
  if (!font) return {};
  const file = join(await mkdtemp(join(tmpdir(), 'kith-font-')), 'fonts.conf');
  await writeFile(file, `<?xml version="1.0"?>
<fontconfig><include>/etc/fonts/fonts.conf</include>
<match target="pattern"><edit name="family" mode="assign_replace" binding="strong"><string>${font}</string></edit></match>
</fontconfig>`);
  return { FONTCONFIG_FILE: file };
}

/** Somebody at a browser of their own. */
export class Visitor {
  /** What the browser complained about. */
  faults = [];
  /** The last answer that the page shows. */
  answer;

  static async arrive(browser, origin, options = {}) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ baseURL: origin, ...options });
    visitor.context.setDefaultTimeout(20_000);
    visitor.context.on('page', page => visitor.#watch(page));
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  #watch(page) {
    const note = fault => this.faults.push(`${fault} at ${page.url()}`);
    page.on('console', message => {
      // A page that answers 404 or 422 is one of ours and checked as such.
      const isAnswer = message.text().startsWith('Failed to load resource') && message.location().url === page.url();
      if (['error', 'warning'].includes(message.type()) && !isAnswer) note(`console: ${message.text()}`);
    });
    page.on('pageerror', error => note(`script error: ${error.message}`));
    page.on('requestfailed', request => {
      const { errorText } = request.failure();
      // Who moves on does not wait for the icon.
      if (errorText !== 'net::ERR_ABORTED') note(`request failed: ${request.url()} ${errorText}`);
    });
    page.on('response', response => {
      const isPage = response.request().isNavigationRequest();
      if (isPage && page === this.page) this.answer = response;
      if (response.status() >= (isPage ? 500 : 400)) note(`status ${response.status()}: ${response.url()}`);
    });
  }

  /** Comes in through the account that the demo offers for a role. */
  async comeInAs(role) {
    if (!new URL(this.page.url(), 'http://none').pathname.startsWith('/sign-in')) await this.page.goto('/sign-in');
    await this.page.locator('form.offer', { hasText: new RegExp(`${role}:`, 'i') }).getByRole('button').click();
    await this.page.waitForURL(url => url.pathname !== '/sign-in');
  }
}
