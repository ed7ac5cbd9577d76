/**
 * @file Worker threads in tests load the bundle that users run: a thread is there in 0.2 s of processor time, and in 2.4 s where tsx compiles every
 * file for itself. Scripts of tests, and copies of the sources without the bundler, keep tsx.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Piscina } from 'piscina';
import { ROOT } from './sources.ts';

type PoolOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>;

const BUNDLER = path.join(ROOT, 'tools/bundle.mjs');
let known: Readonly<Record<string, string>> | undefined;

/** Scripts of threads in the bundle, by their source. It is made when the first thread is asked for. */
function scripts(): Readonly<Record<string, string>> {
  if (known !== undefined) return known;
  const script = `import { checkoutScripts } from ${JSON.stringify(pathToFileURL(BUNDLER).href)};
    process.stdout.write(JSON.stringify(await checkoutScripts()));`;
  const run = ['--input-type=module', '-e', script];
  known = existsSync(BUNDLER) ? JSON.parse(execFileSync(process.execPath, run, { encoding: 'utf8' })) : {};
  return known as Readonly<Record<string, string>>;
}

/** Options of a pool whose threads load the bundle, where it has their script. */
export function bundled(options: PoolOptions): PoolOptions {
  const { filename, workerData } = options;
  const entry = scripts()[fileURLToPath(String(filename))];
  const script = scripts()[workerData.script];
  if (entry === undefined || script === undefined) return options;
  return {
    ...options,
    filename: pathToFileURL(entry).href,
    workerData: { ...workerData, script },
    execArgv: [],
  };
}
