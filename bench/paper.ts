/** @file `npm run results:paper`: keeps what is small of runs/paper, a run of `npm run reproduce:paper`, in results/paper and docs. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { RESULTS_FILE } from '../src/experiments/better-hessians/results/results.ts';
import { STUDY, STUDY_FILE, withoutEntries } from '../src/experiments/better-hessians/study/study.ts';
import { readDigested } from '../src/experiments/files/digested-file.ts';
import type { FileContent } from '../src/experiments/files/publication.ts';
import { keepResults } from './kept-results.ts';

const { values } = parseArgs({ options: { from: { type: 'string', default: 'runs/paper' } } });
const { from } = values;
const kept = 'results/paper';

/** Whole files beside results.json; those of commands that were not run are absent. */
const FILES = ['report.html', 'study.csv', 'beyond.json', 'beyond.csv', 'beyond.md', 'claims.json'];
/** Figures over settings; those of single settings, and those of beyond, are in the report. */
const FIGURES = /^(ladder|overview|figure-|study-)/;

if (!existsSync(path.join(from, 'results.json')))
  throw new Error(`${from}/results.json: not there. Run \`npm run reproduce:paper\` first.`);
readDigested(path.join(from, 'results.json'), RESULTS_FILE); // an edited file is refused before anything is changed
const figures = readdirSync(path.join(from, 'figures')).filter((file) => FIGURES.test(file));
const tables = readdirSync(path.join(from, 'tables'), { recursive: true, encoding: 'utf8' });
const names = [
  'results.json',
  ...FILES,
  ...tables.map((file) => path.join('tables', file)),
  ...figures.map((file) => path.join('figures', file)),
].filter((file) => statSync(path.join(from, file), { throwIfNoEntry: false })?.isFile() === true);
keepResults(
  kept,
  [
    ...names.map((file) => ({ path: path.join(kept, file), bytes: readFileSync(path.join(from, file)) })),
    ...study(),
  ],
  [
    ...page('claims.md', 'docs/claims.md'),
    ...page('study.md', 'docs/conventions.md'),
    ...page('networks.md', 'docs/networks.md'),
  ],
);

/** study.json without the thousands of entries, which study.csv holds in full. */
function study(): FileContent[] {
  const file = path.join(from, STUDY);
  if (!existsSync(file)) return [];
  const text = JSON.stringify(withoutEntries(readDigested(file, STUDY_FILE)));
  return [{ path: path.join(kept, STUDY), bytes: new TextEncoder().encode(`${text}\n`) }];
}

/** A page whose pictures lie in figures/ moves to docs/. */
function page(source: string, target: string): FileContent[] {
  const file = path.join(from, source);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8').replaceAll('](figures/', '](../results/paper/figures/');
  return [{ path: target, bytes: new TextEncoder().encode(text) }];
}
