/**
 * @file `npm run check:browser`: the library in a real Chromium, on a page and in a worker. Where the content security policy allows
 * WebAssembly the simd tier runs; where it forbids it ('wasm-unsafe-eval' absent) the scalar tier, with the same bits as Node's.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Outcome, work } from './work.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
/** Seconds for a browser to start and do the work. */
const PATIENCE = 120;
const POLICIES = {
  allowed: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
  forbidden: "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'",
} as const;
type Policy = keyof typeof POLICIES;

/** The browser to drive: EIGENFLUENCE_BROWSER, or the first one that answers. */
function findBrowser(): string | undefined {
  const wish = process.env['EIGENFLUENCE_BROWSER'];
  return (wish === undefined ? BROWSERS : [wish]).find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

async function script(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/browser/page.ts'],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    plugins: [
      {
        name: 'browser pool', // what package.json says of #pool outside Node, for sources in place of dist
        setup(bundler) {
          const file = path.join(ROOT, 'src/linalg/pool-browser.ts');
          bundler.onResolve({ filter: /^#pool$/ }, () => ({ path: file }));
        },
      },
    ],
  });
  return outputFiles[0].text;
}

/** Serves the page and its script under a policy until the page has sent what came out. */
function inBrowser(browser: string, code: string, policy: Policy): Promise<Record<string, Outcome>> {
  return new Promise((resolve, reject) => {
    const profile = mkdtempSync(path.join(tmpdir(), 'eigenfluence-browser-'));
    const server = createServer((request, response) => {
      if (request.method === 'POST') {
        let body = '';
        request.on('data', (part) => {
          body += part;
        });
        request.on('end', () => {
          response.end();
          finish(() => resolve(JSON.parse(body) as Record<string, Outcome>));
        });
        return;
      }
      const isScript = request.url === '/script.js';
      response.setHeader('Content-Security-Policy', POLICIES[policy]);
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(
        isScript ? code : '<!doctype html><meta charset="utf-8"><script src="script.js"></script>',
      );
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
      child = spawn(browser, [...flags, `http://127.0.0.1:${port}/`], { stdio: 'ignore', detached: true });
      child.on('error', (error) => finish(() => reject(error)));
    });
    let child: ReturnType<typeof spawn> | undefined;
    const timer = setTimeout(
      () => finish(() => reject(new Error(`no answer from ${browser} within ${PATIENCE} s`))),
      1000 * PATIENCE,
    );
    const finish = (then: () => void): void => {
      clearTimeout(timer);
      server.close();
      server.closeAllConnections();
      const remove = (): void => {
        rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }).then(then, reject);
      };
      if (child?.pid === undefined || child.exitCode !== null) remove();
      else {
        child.once('exit', remove);
        process.kill(-child.pid, 'SIGKILL'); // its helpers too, which still write to the profile
      }
    };
  });
}

const browser = findBrowser();
if (browser === undefined)
  console.log(`browser: skipped, none of ${BROWSERS.join(', ')} found; EIGENFLUENCE_BROWSER names another`);
else {
  const here = work();
  const code = await script();
  let failed = 0;
  for (const policy of Object.keys(POLICIES) as Policy[]) {
    const outcomes = await inBrowser(browser, code, policy);
    for (const place of ['page', 'worker']) {
      const { tier, bits } = outcomes[place];
      const wanted = policy === 'allowed' ? 'simd' : 'scalar';
      const other = Object.keys(here.bits).filter((name) => bits[name] !== here.bits[name]);
      const good = tier === wanted && other.length === 0;
      if (!good) failed++;
      console.log(
        `  ${good ? 'ok  ' : 'FAIL'}  WebAssembly ${policy}, ${place}: ${tier} tier, ${other.length === 0 ? `the bits of Node (${here.tier})` : `other bits in ${other.join(', ')}`}`,
      );
    }
  }
  console.log(`browser: ${4 - failed} passed, ${failed} failed (${browser})`);
  process.exitCode = failed === 0 ? 0 : 1;
}
