/** @file Keeps what is small of a run of `bif` in results/bif and docs/bayesian.md: npx tsx bench/bayesian.ts --from runs/bif/full */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { from: { type: 'string', default: 'runs/bif' } } });
const { from } = values;
const kept = 'results/bif';

if (!existsSync(path.join(from, 'results.json')))
  throw new Error(`${from}/results.json: not there. Run the command bif with --out ${from} first.`);
rmSync(kept, { recursive: true, force: true });
mkdirSync(path.join(kept, 'figures'), { recursive: true });
for (const file of ['results.json', 'bif.md', 'bif.csv'])
  cpSync(path.join(from, file), path.join(kept, file));
for (const file of readdirSync(path.join(from, 'figures')))
  if (file.startsWith('bif-')) cpSync(path.join(from, 'figures', file), path.join(kept, 'figures', file));
const page = readFileSync(path.join(from, 'bayesian.md'), 'utf8');
writeFileSync('docs/bayesian.md', page.replaceAll('](figures/', '](../results/bif/figures/'));
