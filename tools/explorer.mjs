// Builds the explorer's page: node tools/explorer.mjs makes the package's, `explore` uses one of the checkout.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { licences, ROOT, sourcesKey } from './bundle.mjs';

const PAGE = path.join(ROOT, 'src/experiments/explorer/page');
/** Of the package. */
const PACKAGED = path.join(ROOT, 'dist/explorer');
/** Of the checkout, a folder for each state of the sources. */
const CACHE = path.join(ROOT, '.cache/explorer');
/** Older ones that nobody asked for so long, in milliseconds, are removed when one is made. */
const KEPT = 24 * 3600 * 1000;

/** The folder of the page of the sources as they are: one that was made before, or a new one. */
export async function checkoutExplorer() {
  const folder = path.join(CACHE, sourcesKey(['tools/explorer.mjs']));
  if (existsSync(path.join(folder, 'index.html'))) return folder;
  await makeExplorer(folder);
  for (const name of readdirSync(CACHE)) {
    const other = path.join(CACHE, name);
    const { mtimeMs } = statSync(other, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (other !== folder && Date.now() - mtimeMs > KEPT) rmSync(other, { recursive: true, force: true });
  }
  return folder;
}

/** The modules of a bundle, of workers too, by their files. */
function inputsOf(modules) {
  return Object.fromEntries([...modules].map((file) => [path.relative(ROOT, file), {}]));
}

/** The service worker, which keeps all files that are there, by their names and a digest of their bytes. */
async function makeOffline(folder) {
  const { build } = await import('esbuild');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
  const digest = createHash('sha256');
  for (const name of files) digest.update(`${name}\0`).update(readFileSync(path.join(folder, name)));
  const names = ['./', ...files.filter((name) => name !== 'index.html').map((name) => `./${name}`)];
  await build({
    entryPoints: [path.join(PAGE, 'offline.ts')],
    outfile: path.join(folder, 'offline.js'),
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    logLevel: 'error',
    define: { FILES: JSON.stringify(names), DIGEST: JSON.stringify(digest.digest('hex').slice(0, 16)) },
  });
}

/** Makes the page in a folder. It is made whole beside, and then takes its place. */
async function makeExplorer(folder) {
  const { build } = await import('vite');
  mkdirSync(path.dirname(folder), { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  const modules = new Set();
  const seen = () => ({
    name: 'seen',
    generateBundle(_, bundle) {
      for (const part of Object.values(bundle))
        for (const file of part.moduleIds ?? []) if (file.startsWith(ROOT)) modules.add(file.replace(/\?.*$/, ''));
    },
  });
  try {
    await build({
      configFile: false,
      root: PAGE,
      base: './', // any host, any folder
      logLevel: 'error',
      resolve: { alias: { '#pool': path.join(ROOT, 'src/linalg/pool-browser.ts') } },
      plugins: [seen()],
      worker: { format: 'es', plugins: () => [seen()] },
      build: {
        outDir: made,
        emptyOutDir: true,
        target: 'es2022',
        assetsInlineLimit: 0, // data: addresses are not within the policy
        modulePreload: { polyfill: false },
      },
    });
    await makeOffline(made);
    writeFileSync(path.join(made, 'LICENCES.txt'), licences('The explorer of eigenfluence', inputsOf(modules)));
    chmodSync(made, 0o755);
    if (folder === PACKAGED) rmSync(folder, { recursive: true, force: true });
    if (!existsSync(folder)) renameSync(made, folder); // or another process was faster
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeExplorer(PACKAGED);
