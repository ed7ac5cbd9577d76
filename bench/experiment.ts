/** @file `npm run results:methods`, `results:ladder`, `results:networks`, `results:astra`, `results:astra:emoji`, `results:bif`, `results:bif:quick`, `results:bif:resnet`, `results:tokens`: keeps what is small of a run in results/, and its page in docs/. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { keepResults } from './kept-results.ts';

/** What is kept of a run: its results, its tables, the figures whose names match, and its page under another name. */
interface Kept {
  readonly results: string;
  readonly tables: readonly string[];
  readonly figures: RegExp;
  readonly page: { readonly from: string; readonly to: string };
}

const EXPERIMENTS: Readonly<Record<string, Kept>> = {
  methods: {
    results: 'methods.json',
    tables: ['methods.csv'],
    figures: /-methods-/,
    page: { from: 'methods.md', to: 'docs/methods.md' },
  },
  ladder: {
    results: 'ladder.json',
    tables: ['ladder.csv'],
    figures: /^rungs|-rungs-/,
    page: { from: 'ladder.md', to: 'docs/ladder.md' },
  },
  networks: {
    results: 'networks.json',
    tables: ['networks.csv'],
    figures: /^networks-/,
    page: { from: 'networks.md', to: 'docs/beyond-mlps.md' },
  },
  astra: {
    results: 'astra.json',
    tables: ['astra.csv', 'astra-tables.md'],
    figures: /-astra-[a-z-]+\.svg$/,
    page: { from: 'astra.md', to: 'docs/astra.md' },
  },
  'astra-emoji': {
    results: 'astra.json',
    tables: ['astra.csv', 'astra-tables.md'],
    figures: /-astra-[a-z-]+\.svg$/,
    page: { from: 'astra.md', to: 'docs/astra-beyond-mlps.md' },
  },
  bif: {
    results: 'results.json',
    tables: ['bif.md', 'bif.csv'],
    figures: /^bif-/,
    page: { from: 'bayesian.md', to: 'docs/bayesian.md' },
  },
  'bif-quick': {
    results: 'results.json',
    tables: ['bif.md', 'bif.csv'],
    figures: /^bif-/,
    page: { from: 'bayesian.md', to: 'docs/bayesian-quick.md' },
  },
  'bif-resnet': {
    results: 'results.json',
    tables: ['bif.md', 'bif.csv'],
    figures: /^bif-/,
    page: { from: 'bayesian.md', to: 'docs/bayesian-resnet.md' },
  },
  tokens: {
    results: 'tokens.json',
    tables: ['tokens.csv'],
    figures: /^tokens-/,
    page: { from: 'tokens.md', to: 'docs/tokens.md' },
  },
};

const { values, positionals } = parseArgs({
  options: { from: { type: 'string' } },
  allowPositionals: true,
});
const name = positionals[0] ?? '';
if (!Object.hasOwn(EXPERIMENTS, name))
  throw new Error(`expected one of ${Object.keys(EXPERIMENTS).join(', ')}, got '${name}'.`);
const { results, tables, figures, page } = EXPERIMENTS[name];
const from = values.from ?? `runs/${name}`;
const to = `results/${name}`;
if (!existsSync(path.join(from, results)))
  throw new Error(
    `${path.join(from, results)}: not there. Run the command ${name} with --out ${from} first.`,
  );

// everything is read before anything changes, and appears together
const files = [results, ...tables].map((file) => [path.join(from, file), path.join(to, file)]);
for (const file of readdirSync(path.join(from, 'figures')))
  if (figures.test(file)) files.push([path.join(from, 'figures', file), path.join(to, 'figures', file)]);
const text = readFileSync(path.join(from, page.from), 'utf8').replaceAll('](figures/', `](../${to}/figures/`);
keepResults(
  to,
  files.map(([source, target]) => ({ path: target, bytes: readFileSync(source) })),
  [{ path: page.to, bytes: new TextEncoder().encode(text) }],
);
