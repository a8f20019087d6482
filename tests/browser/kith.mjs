// Starts the console on data of its own, and stops it by its process id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_LIMIT = 300_000; // an unoptimised build fills the demo in about a minute
const STOP_LIMIT = 60_000;

/** Ports that consoles of this run have, or are about to listen on. */
const given = new Set();

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  if (given.has(port)) return freePort();
  given.add(port);
  return port;
}

/** A running `kith demo` or `kith serve`. */
export class Kith {
  output = '';

  /** Starts it; `ready` tells when it can be visited. */
  static async spawn(binary, command) {
    const kith = new Kith();
    kith.folder = await mkdtemp(join(tmpdir(), 'kith-browser-'));
    await chmod(kith.folder, 0o711); // under root the database's account must pass
    const own = ([name]) => !name.startsWith('KITH_') && name !== 'DATABASE_URL';
    const env = {
      ...Object.fromEntries(Object.entries(process.env).filter(own)),
      KITH_DATA: join(kith.folder, 'data'),
      KITH_BIND: `127.0.0.1:${await freePort()}`,
      KITH_METRICS: 'off',
      KITH_LOG: 'warn',
    };
    kith.process = spawn(binary, [command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [kith.process.stdout, kith.process.stderr]) {
      stream.setEncoding('utf8').on('data', text => (kith.output += text));
    }
    kith.exit = new Promise(done => {
      kith.process.once('exit', (code, signal) => done(code ?? signal));
      kith.process.once('error', error => done(error.message));
    });
    return kith;
  }

  async ready() {
    [, this.origin] = await this.says(/kith is at (\S+)/);
  }

  /** Waits for a line. */
  async says(pattern) {
    for (let waited = 0; waited < START_LIMIT; waited += 50) {
      const found = this.output.match(pattern);
      if (found) return found;
      const code = await Promise.race([this.exit, sleep(50, null)]);
      if (code !== null) throw new Error(`kith ended with ${code} before it said ${pattern}:\n${this.output}`);
    }
    throw new Error(`kith did not say ${pattern} within ${START_LIMIT / 1000} s:\n${this.output}`);
  }

  /** Asks it to stop; the answer is its exit code. */
  async stop() {
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), STOP_LIMIT);
    const code = await this.exit;
    clearTimeout(late);
    await rm(this.folder, { recursive: true, force: true });
    return code;
  }
}
