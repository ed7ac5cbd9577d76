// Bundles the command line: node tools/bundle.mjs makes the package's, tools/cli.mjs uses one of the checkout.
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

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Of the package. */
const PACKAGED = path.join(ROOT, 'dist/cli');
/** Of the checkout, a folder for each state of the sources: what runs keeps its files while others are made. */
const CACHE = path.join(ROOT, '.cache/cli');
/** Bundles of the checkout that nobody asked for so long, in milliseconds, are removed when one is made. */
const KEPT = 24 * 3600 * 1000;
const LABORATORY = path.join(ROOT, 'src/experiments');
/** What the package depends on; everything else is in the bundle. */
const EXTERNAL = ['#pool', 'ndarray', 'ndarray-ops', 'typedarray-pool', 'tsx/esm/api', '@napi-rs/nice', 'canvas'];

/** Files beside which a module of the laboratory finds another file. */
const BESIDE = /new URL\(\s*'(\.[^']+)',\s*import\.meta\.url\s*,?\s*\)/g;

const filesBelow = (folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
    path.join(ROOT, folder, name),
  );

/** src/experiments/bayesian/compute.ts → bayesian-compute. */
const nameOf = (file) => path.relative(LABORATORY, file).replace(/\.ts$/, '').replaceAll(path.sep, '-');

/** Of the browser, and bundled for it: tools/explorer.mjs. */
const PAGE = path.join(LABORATORY, 'explorer/page') + path.sep;

/** Scripts of threads: what the laboratory names by its address. */
function scripts() {
  const found = new Set();
  for (const file of filesBelow('src/experiments').filter((name) => name.endsWith('.ts') && !name.startsWith(PAGE)))
    for (const [, target] of readFileSync(file, 'utf8').matchAll(BESIDE))
      if (target.endsWith('.ts')) found.add(path.resolve(path.dirname(file), target));
  return [...found].sort();
}

/** Addresses of scripts and of data as they are from the folder of the bundle, in which all of it lies side by side. */
const addressesFrom = (folder) => ({
  name: 'addresses',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]experiments[\\/].*\.ts$/ }, (args) => {
      const contents = readFileSync(args.path, 'utf8').replace(BESIDE, (_, target) => {
        const file = path.resolve(path.dirname(args.path), target);
        const address = target.endsWith('.ts')
          ? `./${nameOf(file)}.js`
          : path.relative(folder, file).replaceAll(path.sep, '/');
        return `new URL('${address}', import.meta.url)`;
      });
      return { contents, loader: 'ts' };
    });
  },
});

/** Licences of the packages that code of the bundle comes from. */
export function licences(what, inputs) {
  const folders = new Set();
  for (const input of Object.keys(inputs)) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  const texts = [...folders].map((folder) => {
    const home = path.join(ROOT, folder);
    const { name, version, license } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
    const file = readdirSync(home).find((one) => /^(licen[cs]e|copying)/i.test(one));
    if (file === undefined && license === undefined) throw new Error(`${folder}: no licence found`);
    const text = file === undefined ? `Licence: ${license}` : readFileSync(path.join(home, file), 'utf8').trim();
    return { title: `${name} ${version} (${license})`, text };
  });
  texts.sort((a, b) => (a.title < b.title ? -1 : 1));
  const lines = texts.map(({ title, text }) => `${title}\n${'-'.repeat(title.length)}\n\n${text}\n`);
  return `${what} contains code of these packages.\n\n${lines.join('\n')}`;
}

/** The names, sizes and times of all that the bundle is made of. */
export function sourcesKey(tools = ['tools/bundle.mjs']) {
  const hash = createHash('sha256');
  const others = ['package.json', 'package-lock.json', 'node_modules/.package-lock.json', ...tools];
  const files = [...filesBelow('src'), ...others.map((name) => path.join(ROOT, name))];
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
    hash.update(`${path.relative(ROOT, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The entry of a bundle of the sources as they are: one that was made before, or a new one. */
export async function checkoutBundle() {
  const folder = path.join(CACHE, sourcesKey());
  const main = path.join(folder, 'main.js');
  if (existsSync(main)) return main;
  await makeBundle(folder);
  for (const name of readdirSync(CACHE)) {
    const other = path.join(CACHE, name);
    const { mtimeMs } = statSync(other, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (other !== folder && Date.now() - mtimeMs > KEPT) rmSync(other, { recursive: true, force: true });
  }
  return main;
}

/** What threads of the laboratory load → the same in a bundle of the sources as they are. */
export async function checkoutScripts() {
  const folder = path.dirname(await checkoutBundle());
  return Object.fromEntries(scripts().map((file) => [file, path.join(folder, `${nameOf(file)}.js`)]));
}

/** Makes the bundle in a folder. It is made whole beside, and then takes its place: nobody sees half of it. */
async function makeBundle(folder) {
  const { build } = await import('esbuild');
  mkdirSync(path.dirname(folder), { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  try {
    const entries = [
      { in: path.join(LABORATORY, 'main.ts'), out: 'main' },
      { in: path.join(ROOT, 'node_modules/piscina/dist/worker.js'), out: 'worker' },
      ...scripts().map((file) => ({ in: file, out: nameOf(file) })),
    ];
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: entries,
      outdir: made,
      chunkNames: 'shared-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: EXTERNAL,
      plugins: [addressesFrom(folder)],
      minifySyntax: true,
      minifyWhitespace: true,
      metafile: true,
      legalComments: 'none',
      logLevel: 'warning',
      banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url),__dirname=import.meta.dirname;",
      },
    });
    writeFileSync(path.join(made, 'LICENCES.txt'), licences('The command line of eigenfluence', metafile.inputs));
    const main = path.join(made, 'main.js');
    writeFileSync(main, `#!/usr/bin/env node\n${readFileSync(main, 'utf8')}`);
    chmodSync(main, 0o755);
    chmodSync(made, 0o755);
    if (folder === PACKAGED) rmSync(folder, { recursive: true, force: true });
    if (!existsSync(folder)) renameSync(made, folder); // or another process was faster
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makeBundle(PACKAGED);
