// Drives the demo with a real browser.
//
//   node run.mjs --binary PATH [--only journeys|pages] [--shots DIR]
//
// Ends with 1 if a check failed. With --shots it leaves pictures of every page in DIR.
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { launch } from './browser.mjs';
import { header } from './header.mjs';
import { journeys } from './journey.mjs';
import { Kith } from './kith.mjs';
import { list } from './list.mjs';
import { pages } from './pages.mjs';
import { Report } from './report.mjs';
import { stream } from './stream.mjs';

const { values: options } = parseArgs({
  options: {
    binary: { type: 'string', default: fileURLToPath(new URL('../../target/debug/kith', import.meta.url)) },
    only: { type: 'string' },
    shots: { type: 'string' },
  },
});

const report = new Report();
const running = [];
const browser = await launch();

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
  const demo = await start('demo');
  if (options.only !== 'pages') {
    for (const part of [journeys, list, header, stream]) await part(browser, demo.origin, report);
  }
  if (options.only !== 'journeys') await pages(browser, demo, await start('serve'), report, options.shots);
} catch (error) {
  await report.check('the run came to its end', () => { throw error; });
} finally {
  await stopAll();
}
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed > 0 ? 1 : 0;
