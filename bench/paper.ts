/** @file `npm run results:paper`: keeps what is small of runs/paper, a run of `npm run reproduce:paper`, in results/paper and docs. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { RESULTS_FILE } from '../src/experiments/better-hessians/results/results.ts';
import { STUDY, STUDY_FILE, withoutEntries } from '../src/experiments/better-hessians/study/study.ts';
import { readDigested } from '../src/experiments/files/digested-file.ts';

const { values } = parseArgs({ options: { from: { type: 'string', default: 'runs/paper' } } });
const { from } = values;
const kept = 'results/paper';

/** Whole files beside results.json; those of commands that were not run are absent. */
const FILES = ['report.html', 'study.csv', 'beyond.json', 'beyond.csv', 'beyond.md', 'claims.json'];
/** Figures over settings; those of single settings, and those of beyond, are in the report. */
const FIGURES = /^(ladder|overview|figure-|study-)/;

if (!existsSync(path.join(from, 'results.json')))
  throw new Error(`${from}/results.json: not there. Run \`npm run reproduce:paper\` first.`);
readDigested(path.join(from, 'results.json'), RESULTS_FILE); // an edited file is refused before anything is removed
rmSync(kept, { recursive: true, force: true });
mkdirSync(path.join(kept, 'figures'), { recursive: true });
cpSync(path.join(from, 'results.json'), path.join(kept, 'results.json'));
cpSync(path.join(from, 'tables'), path.join(kept, 'tables'), { recursive: true });
for (const file of FILES)
  if (existsSync(path.join(from, file))) cpSync(path.join(from, file), path.join(kept, file));
keepStudy();
for (const file of readdirSync(path.join(from, 'figures')))
  if (FIGURES.test(file)) cpSync(path.join(from, 'figures', file), path.join(kept, 'figures', file));
keepPage('claims.md', 'docs/claims.md');
keepPage('study.md', 'docs/conventions.md');

/** study.json without the thousands of entries, which study.csv holds in full. */
function keepStudy(): void {
  const file = path.join(from, STUDY);
  if (!existsSync(file)) return;
  const study = withoutEntries(readDigested(file, STUDY_FILE));
  writeFileSync(path.join(kept, STUDY), `${JSON.stringify(study)}\n`);
}

/** A page whose pictures lie in figures/ moves to docs/. */
function keepPage(source: string, target: string): void {
  const file = path.join(from, source);
  if (!existsSync(file)) return;
  writeFileSync(target, readFileSync(file, 'utf8').replaceAll('](figures/', '](../results/paper/figures/'));
}
