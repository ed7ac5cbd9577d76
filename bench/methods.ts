/** @file `npm run results:methods`: keeps what is small of a comparison of methods in results/methods, and its page in docs. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { from: { type: 'string', default: 'runs/methods' } } });
const { from } = values;
const kept = 'results/methods';

if (!existsSync(path.join(from, 'methods.json')))
  throw new Error(`${from}/methods.json: not there. Run \`npm run -s cli -- methods --profile full\` first.`);
rmSync(kept, { recursive: true, force: true });
mkdirSync(path.join(kept, 'figures'), { recursive: true });
for (const file of ['methods.json', 'methods.csv']) cpSync(path.join(from, file), path.join(kept, file));
for (const file of readdirSync(path.join(from, 'figures')))
  if (file.includes('-methods-')) cpSync(path.join(from, 'figures', file), path.join(kept, 'figures', file));
writeFileSync(
  'docs/methods.md',
  readFileSync(path.join(from, 'methods.md'), 'utf8').replaceAll(
    '](figures/',
    '](../results/methods/figures/',
  ),
);
