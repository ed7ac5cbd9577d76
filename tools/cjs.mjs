// CommonJS beside the modules, for Jest and older ways of resolving: node tools/cjs.mjs, after the bundle and the declarations are made.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const OUT = path.join(DIST, 'cjs');
/** Programs, which are modules. */
const PROGRAMS = /^(cli|explorer|cjs)[\\/]/;

const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => !PROGRAMS.test(name));

/** Relative addresses of modules, in code and in declarations. */
const ADDRESS = /((?:require\(|from |import\()["'])(\.\.?\/[^"']+?)\.[jt]s(["'])/g;
const address = (text) => text.replace(ADDRESS, '$1$2.cjs$3');

// file by file, not as one bundle: an entry takes no more than it needs, and there is one class Matrix for all entries
const { outputFiles } = await build({
  entryPoints: files.filter((name) => name.endsWith('.js')).map((name) => path.join(DIST, name)),
  outdir: OUT,
  outbase: DIST,
  write: false,
  format: 'cjs',
  platform: 'node',
  target: 'es2022',
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
  logOverride: { 'ignored-bare-import': 'silent' },
});
const write = (name, text) => {
  mkdirSync(path.dirname(name), { recursive: true });
  writeFileSync(name, text);
};
for (const file of outputFiles) write(file.path.replace(/\.js$/, '.cjs'), address(file.text));
for (const name of files.filter((file) => file.endsWith('.d.ts'))) {
  const text = readFileSync(path.join(DIST, name), 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
  write(path.join(OUT, name.replace(/\.d\.ts$/, '.d.cts')), address(text));
}
