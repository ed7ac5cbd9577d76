/** @file Keeps what is small of a run of `astra` in results/astra and docs/astra.md: npx tsx bench/astra.ts --from runs/astra */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { from: { type: 'string', default: 'runs/astra' } } });
const { from } = values;
const kept = 'results/astra';

if (!existsSync(path.join(from, 'astra.json')))
  throw new Error(`${from}/astra.json: not there. Run the command astra with --out ${from} first.`);
rmSync(kept, { recursive: true, force: true });
mkdirSync(path.join(kept, 'figures'), { recursive: true });
for (const file of ['astra.json', 'astra.csv', 'astra-tables.md'])
  cpSync(path.join(from, file), path.join(kept, file));
for (const file of readdirSync(path.join(from, 'figures')))
  if (/-astra-[a-z-]+\.svg$/.test(file))
    cpSync(path.join(from, 'figures', file), path.join(kept, 'figures', file));
const page = readFileSync(path.join(from, 'astra.md'), 'utf8');
writeFileSync('docs/astra.md', page.replaceAll('](figures/', '](../results/astra/figures/'));
