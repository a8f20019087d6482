// Drives the demo with a real browser.
//
//   node run.mjs --binary PATH [--only journeys|pages] [--shots DIR] [--font NAME]
//
// Ends with 1 if a check failed. With --shots it leaves pictures of every page in DIR; with --font every letter is of that font, as if no
// other were installed.
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { header } from './header.mjs';
import { journeys } from './journey.mjs';
import { Kith } from './kith.mjs';
import { list } from './list.mjs';
import { pages } from './pages.mjs';
import { pool } from './pool.mjs';
import { print } from './print.mjs';
import { Report } from './report.mjs';
import { stream } from './stream.mjs';

const { values: options } = parseArgs({
  options: {
    binary: { type: 'string', default: fileURLToPath(new URL('../../target/debug/kith', import.meta.url)) },
    only: { type: 'string' },
    shots: { type: 'string' },
    font: { type: 'string' },
  },
});

const report = new Report();
const running = [];
const began = Date.now();
const browser = await launch(options.font);

/** Starts a console that is stopped at the end, whatever happens. */
async function start(command) {
  const kith = await Kith.spawn(options.binary, command);
  running.push(kith);
  await kith.ready();
  return kith;
}

async function stopAll() {
  await browser.close();
  for (const kith of running.splice(0)) {
    await report.check('the console stops cleanly when asked', async () => {
      const code = await kith.stop();
      if (code !== 0) throw new Error(`it ended with ${code}:\n${kith.output}`);
    });
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopAll().finally(() => process.exit(1)));

try {
  const [demo, empty] = await Promise.all([start('demo'), start('serve')]);
  const journey = part => () => part(browser, demo.origin, report, options.shots);
  if (options.only !== 'pages') await pool([list, journeys, header, stream, print].map(journey));
  if (options.only !== 'journeys') await pages(browser, demo, empty, report, options.shots);
} catch (error) {
  await report.check('the run came to its end', () => { throw error; });
} finally {
  await stopAll();
}
console.log(`${report.passed} passed, ${report.failed} failed, in ${Math.round((Date.now() - began) / 1000)} s`);
process.exitCode = report.failed > 0 ? 1 : 0;
