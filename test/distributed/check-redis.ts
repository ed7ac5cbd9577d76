/**
 * @file Studies on three workers of a real Redis, while workers and the server are killed and strangers answer: `npm run check:redis`, outside
 * CI; `-- --small` in less than a minute. Fails unless every study ends with the digest of one machine.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { rng } from '../../src/linalg/index.ts';
import { ROOT } from '../helpers/sources.ts';
import { digestOf, endAll, killAll, type Running, start, startWorker } from './commands.ts';
import { freePort, haveRedis, pause, RedisServer, type ServerOptions } from './redis-server.ts';
import { startStranger } from './stranger.ts';
import { timedStudy } from './timed-study.ts';

const SMALL = process.argv.includes('--small');
const KILLS = SMALL ? 2 : 20;
const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-redis-'));
const bundle = (await import(pathToFileURL(path.join(ROOT, 'tools/bundle.mjs')).href)) as {
  readonly checkoutBundle: () => Promise<string>;
};
let passed = 0;
let failed = 0;
let main = '';

function check(what: string, holds: boolean, figures = ''): void {
  if (holds) passed++;
  else failed++;
  console.log(`${holds ? 'ok   ' : 'FAIL '} ${what}${figures === '' ? '' : `: ${figures}`}`);
}

/** A study of a few seconds of one core, another one for every seed. */
const study = (seed: number, out: string): string[] => [
  ...['reproduce', '--profile', 'smoke', '--setting', SMALL ? 'd1-w3-e60' : 'd2-w8-e200'],
  ...['--subsets', '40', '--seeds', SMALL ? '5' : '20', '--seed', String(seed), '--out', out, '--json'],
];
const places = new Set<string>();
function place(name: string): string {
  const at = path.join(folder, name);
  if (places.has(at)) throw new Error(`${name} twice`);
  places.add(at);
  return at;
}

const known = new Map<number, Promise<string>>();
/** The digest of a study by threads of this machine. */
function reference(seed: number): Promise<string> {
  const digest = known.get(seed) ?? computeReference(seed);
  known.set(seed, digest);
  return digest;
}

async function computeReference(seed: number): Promise<string> {
  const out = place(`reference-${seed}`);
  const { code, stderr } = await start(main, [...study(seed, out), '--workers', '2']).ended;
  if (code !== 0) throw new Error(`the reference failed: ${stderr}`);
  return digestOf(out);
}

const queued = (seed: number, out: string, url: string, env: NodeJS.ProcessEnv = {}): Running =>
  start(main, [...study(seed, out), '--engine', 'bullmq', '--redis', url], env);

async function withServer(
  options: Partial<ServerOptions>,
  body: (server: RedisServer, port: number) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const server = new RedisServer({ folder: place(`redis-${port}`), port, ...options });
  await server.start();
  try {
    await body(server, port);
  } finally {
    await server.kill();
  }
}

/** Checks how a study ended. @returns what its coordinator said. */
async function finished(what: string, running: Running, seed: number, out: string): Promise<string> {
  const { code, stdout, stderr } = await running.ended;
  const digest = code === 0 ? digestOf(out) : '';
  check(
    what,
    code === 0 && digest === (await reference(seed)),
    code === 0 ? digest.slice(0, 16) : stderr.trim(),
  );
  return stdout + stderr;
}

/** One study after the other while something is done to the workers or the server, until it was done often enough. */
async function disturbed(
  what: string,
  server: RedisServer,
  workers: Running[],
  times: number,
  firstSeed: number,
  disturb: (k: number) => Promise<void>,
): Promise<void> {
  let done = 0;
  for (let seed = firstSeed; done < times; seed++) {
    const out = place(`${what.replaceAll(' ', '-')}-${seed}`);
    const coordinator = queued(seed, out, server.url);
    let over = false;
    void coordinator.ended.then(() => {
      over = true;
    });
    const random = rng(seed, 'disturbances');
    while (!over && done < times) {
      await Promise.race([coordinator.ended, pause((SMALL ? 1500 : 1000) + 2500 * random.uniform())]);
      if (over) break;
      await disturb(done);
      done++;
    }
    await finished(`${what}, study ${seed}, ${done} so far`, coordinator, seed, out);
  }
  await killAll(workers.splice(0));
}

async function kills(): Promise<void> {
  await withServer({}, async (server) => {
    const workers = [0, 1, 2].map(() => startWorker(main, server.url));
    const random = rng(0, 'victims');
    await disturbed('workers killed', server, workers, KILLS, 10, async () => {
      const victim = Math.floor(random.uniform() * workers.length);
      await killAll([workers[victim]]);
      workers[victim] = startWorker(main, server.url);
    });
  });
}

async function serverKills(): Promise<void> {
  for (const persistent of SMALL ? [false] : [false, true])
    await withServer({ persistent }, async (server) => {
      const workers = [0, 1, 2].map(() => startWorker(main, server.url));
      const times = SMALL ? 1 : persistent ? 2 : 3;
      const what = `Redis ${persistent ? 'with' : 'without'} persistence killed`;
      await disturbed(what, server, workers, times, persistent ? 60 : 50, async () => {
        await server.kill();
        await pause(700);
        await server.start();
      });
    });
}

/** The bundle as another version of the package. */
function otherVersion(): string {
  const root = place('other-version');
  const home = path.join(root, path.relative(ROOT, path.dirname(main)));
  mkdirSync(path.dirname(home), { recursive: true });
  cpSync(path.dirname(main), home, { recursive: true });
  for (const name of ['node_modules', 'data']) symlinkSync(path.join(ROOT, name), path.join(root, name));
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as object;
  writeFileSync(path.join(root, 'package.json'), JSON.stringify({ ...manifest, version: '9.9.9' }));
  return path.join(home, path.basename(main));
}

async function strangers(): Promise<void> {
  await withServer({}, async (server, port) => {
    const other = startWorker(otherVersion(), server.url);
    const out = place('strangers');
    const coordinator = queued(70, out, server.url);
    const client = server.client();
    let code: string | undefined;
    while (code === undefined) {
      await pause(200);
      const [announced] = Object.values(await client.hgetall('eigenfluence:studies'));
      if (announced !== undefined) {
        const { identityKey } = await import('../../src/experiments/distributed/code-identity.ts');
        code = identityKey(
          (JSON.parse(announced) as { identity: Parameters<typeof identityKey>[0] }).identity,
        );
      }
    }
    await pause(6000); // workers of other code have heard of the study by now
    const active = await client.zcard(`eigenfluence:study-${code}:completed`);
    check('nothing is done by workers of another version', active === 0);
    check(
      'a worker of another version says so',
      /version 0\.1\.0 of the package, this is 9\.9\.9/.test(other.said()),
      other.said().trim().split('\n').at(-1),
    );
    const lies = SMALL ? 7 : 14;
    const stranger = startStranger(code, port, client, lies);
    let over = false;
    void coordinator.ended.then(() => {
      over = true;
    });
    while (stranger.told() < lies && !over) await pause(100);
    await stranger.end();
    const worker = startWorker(main, server.url);
    await finished(`a study whose first ${lies} results were false`, coordinator, 70, out);
    await killAll([worker, other]);
    client.disconnect();
  });
}

async function twoCoordinators(): Promise<void> {
  await withServer({}, async (server) => {
    const workers = [0, 1].map(() => startWorker(main, server.url));
    const outs = [place('two-a'), place('two-b'), place('two-c')];
    // two of the same study, and one of another
    const coordinators = [
      queued(80, outs[0], server.url),
      queued(80, outs[1], server.url),
      queued(81, outs[2], server.url),
    ];
    await Promise.all(
      coordinators.map((one, k) =>
        finished(`coordinator ${k + 1} of three at once`, one, k < 2 ? 80 : 81, outs[k]),
      ),
    );
    await killAll(workers);
  });
}

async function security(): Promise<void> {
  const password = 'secret-of-the-server';
  await withServer({ password }, async (server, port) => {
    const wrong = await start(main, ['work', '--redis', `redis://:wrong-secret@127.0.0.1:${port}`]).ended;
    check(
      'a wrong password is refused in one line, and not repeated',
      wrong.code === 1 && /WRONGPASS/.test(wrong.stderr) && !/wrong-secret/.test(wrong.stdout + wrong.stderr),
      wrong.stderr.trim(),
    );
    const worker = startWorker(main, server.url);
    const out = place('password');
    const said = await finished('with a password', queued(90, out, server.url), 90, out);
    await killAll([worker]);
    check('the password is nowhere in what was printed', !`${said}${worker.said()}`.includes(password));
  });
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ]);
  if (made.status !== 0) throw new Error(`openssl: ${String(made.stderr)}`);
  await withServer({ tls: { cert, key } }, async (server) => {
    const untrusted = await start(main, ['work', '--redis', server.url]).ended;
    check('a certificate that nobody vouches for is refused', untrusted.code === 1, untrusted.stderr.trim());
    const env = { NODE_EXTRA_CA_CERTS: cert };
    const worker = startWorker(main, server.url, env);
    const out = place('tls');
    await finished('over TLS', queued(91, out, server.url, env), 91, out);
    await killAll([worker]);
  });
}

/** What a job costs that computes nothing, and what a second worker brings where jobs wait and compute nothing. */
async function speed(): Promise<void> {
  const run = (workers: number, count: number, ms: number): ReturnType<typeof timedStudy> =>
    timed(workers, count, ms, `timed-${workers}-${count}-${ms}-${places.size}`);
  const empty = await run(1, 4000, 0);
  const each = (1000 * empty.wall) / 4000;
  check(
    'a job costs less than 2 ms',
    each < 2,
    `${each.toFixed(2)} ms, ${((1000 * empty.processor) / 4000).toFixed(2)} ms of the coordinator`,
  );
  for (const ms of [20, 200]) {
    const count = 40_000 / ms / 2;
    const ratios: number[] = [];
    for (let round = 0; round < 2; round++) {
      const one = await run(1, count, ms);
      const two = await run(2, count, ms);
      ratios.push(one.wall / two.wall);
    }
    const shown = ratios.map((ratio) => ratio.toFixed(3)).join(', ');
    check(`two workers do 1.9 times what one does, jobs of ${ms} ms`, Math.max(...ratios) >= 1.9, shown);
  }
}

async function timed(
  workers: number,
  count: number,
  ms: number,
  name: string,
): ReturnType<typeof timedStudy> {
  let result: Awaited<ReturnType<typeof timedStudy>> | undefined;
  await withServer({}, async (server) => {
    result = await timedStudy(server, place(name), workers, count, ms);
  });
  if (result === undefined) throw new Error('no time');
  return result;
}

haveRedis();
main = await bundle.checkoutBundle();
const began = performance.now();
const scenarios = SMALL
  ? [kills, serverKills, strangers]
  : [kills, serverKills, strangers, twoCoordinators, security, speed];
const only = process.argv.slice(2).filter((name) => !name.startsWith('--'));
try {
  for (const scenario of scenarios) if (only.length === 0 || only.includes(scenario.name)) await scenario();
} finally {
  endAll(); // what a failure has left running
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}
console.log(`${passed} passed, ${failed} failed, ${((performance.now() - began) / 1000).toFixed(0)} s`);
process.exitCode = failed === 0 ? 0 : 1;
