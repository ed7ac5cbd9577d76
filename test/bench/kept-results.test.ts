/** @file `npm run results:paper` killed between any two of its steps loses nothing: each file is the old one or the new one. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { keepResults } from '../../bench/kept-results.ts';
import { temporaryFolder } from '../experiments/temporary-folder.ts';
import { patience } from '../helpers/patience.ts';
import { ROOT } from '../helpers/sources.ts';

const folder = temporaryFolder();
const kept = path.join(folder, 'results/paper');
const run = path.join(folder, 'runs/paper');
/** By its place: the program runs where there are no packages. */
const TSX = pathToFileURL(path.join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href;
const SOURCE = path.join(ROOT, 'results/quick');
/** What was kept before: one file of the same name, one that goes. */
const OLD = { 'results.json': 'the old results', 'gone.txt': 'of an older run' };

beforeAll(() => {
  mkdirSync(run, { recursive: true });
  mkdirSync(path.join(folder, 'docs'));
  mkdirSync(path.join(run, 'tables'));
  mkdirSync(path.join(run, 'figures'));
  cpSync(path.join(SOURCE, 'results.json'), path.join(run, 'results.json'));
  writeFileSync(path.join(run, 'tables/lds.csv'), 'a,b\n');
  writeFileSync(path.join(run, 'figures/overview-lds.svg'), '<svg/>');
  writeFileSync(path.join(run, 'figures/other.svg'), '<svg/>');
  writeFileSync(path.join(run, 'claims.md'), '![](figures/a.svg)\n');
});

function startOver(): void {
  rmSync(path.join(folder, 'results'), { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  for (const [name, text] of Object.entries(OLD)) writeFileSync(path.join(kept, name), text);
}

/** Runs bench/paper.ts in the folder; true: it got to its end. */
function paper(die: number): boolean {
  const preload = new URL('./die.mjs', import.meta.url).href;
  const { signal, status, stderr } = spawnSync(
    process.execPath,
    ['--import', TSX, '--import', preload, path.join(ROOT, 'bench/paper.ts'), '--from', run],
    { cwd: folder, env: { ...process.env, EIGENFLUENCE_DIE: String(die) }, encoding: 'utf8' },
  );
  expect(signal === 'SIGKILL' || status === 0, stderr).toBe(true);
  return status === 0;
}

test('killed before one of its first steps, or not at all', { timeout: patience(60) }, () => {
  const results = readFileSync(path.join(run, 'results.json'), 'utf8');
  for (const die of [1, 2, 4, 0]) {
    startOver();
    expect(paper(die)).toBe(die === 0);
    const now = readFileSync(path.join(kept, 'results.json'), 'utf8');
    expect([OLD['results.json'], results]).toContain(now);
    if (die > 0) expect(readFileSync(path.join(kept, 'gone.txt'), 'utf8')).toBe(OLD['gone.txt']);
  }
  startOver();
  paper(2);
  paper(0); // the same command again
  expect(readFileSync(path.join(kept, 'results.json'), 'utf8')).toBe(results);
  expect(readdirSync(kept, { recursive: true }).sort()).toEqual([
    'figures',
    'figures/overview-lds.svg',
    'results.json',
    'tables',
    'tables/lds.csv',
  ]);
  expect(readFileSync(path.join(folder, 'docs/claims.md'), 'utf8')).toBe(
    '![](../results/paper/figures/a.svg)\n',
  );
});

test('what cannot be written changes nothing', () => {
  startOver();
  mkdirSync(path.join(kept, 'b'));
  writeFileSync(path.join(kept, 'b/inside'), 'kept');
  const bytes = new TextEncoder().encode('new');
  const files = ['results.json', 'b'].map((name) => ({ path: path.join(kept, name), bytes }));
  expect(() => keepResults(kept, files)).toThrow(/b: it exists and is not a regular file/);
  expect(readFileSync(path.join(kept, 'results.json'), 'utf8')).toBe(OLD['results.json']);
  expect(existsSync(path.join(kept, 'gone.txt'))).toBe(true);
});
