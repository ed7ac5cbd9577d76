/** @file `npm run results:audit`: puts the draws of `npm run bench:audit` together in results/audit, and writes the page docs/audit-measured.md. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readJson } from '../src/experiments/files/json.ts';
import { accessible, rendered } from '../src/experiments/pages/render.ts';
import { AUDIT_CASES } from './audit-cases.ts';
import { auditBenchCsv, auditDrawing, auditMeasuredPage, auditRemovalsCsv } from './audit-page.ts';
import {
  type AveragedResult,
  AveragedSchema,
  auditBench,
  type DrawResult,
  DrawSchema,
} from './audit-results.ts';
import { keepResults } from './kept-results.ts';

const { values } = parseArgs({ options: { from: { type: 'string', default: 'runs/audit-bench' } } });
const place = new Map(AUDIT_CASES.map(({ name }, k) => [name, k]));
const order = ({ case: name, draw }: Pick<DrawResult, 'case' | 'draw'>): number =>
  (place.get(name) ?? 0) * 1e6 + draw;
const draws = readdirSync(values.from)
  .filter((name) => /-\d+\.json$/.test(name) && !name.startsWith('ask-'))
  .map((name) => readJson(path.join(values.from, name), DrawSchema))
  .sort((a, b) => order(a) - order(b));
const averaged = draws.map(({ case: name, draw }) =>
  readJson(path.join(values.from, `${name}-${draw}.averaged.json`), AveragedSchema),
);
if (draws.length === 0) throw new Error(`${values.from}: no draws. Run npm run bench:audit first.`);
for (const [i, one] of averaged.entries()) checkSame(draws[i], one);
const found = { draws, averaged };

const to = 'results/audit';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const [{ name, svg, alt }] = await rendered([auditDrawing(draws)]);
keepResults(
  to,
  [
    { path: path.join(to, 'figures', `${name}.svg`), bytes: bytes(accessible(svg, alt)) },
    { path: path.join(to, 'audit.json'), bytes: bytes(`${JSON.stringify(auditBench(found), null, 1)}\n`) },
    { path: path.join(to, 'audit.csv'), bytes: bytes(auditBenchCsv(draws)) },
    { path: path.join(to, 'removals.csv'), bytes: bytes(auditRemovalsCsv(draws)) },
  ],
  [{ path: 'docs/audit-measured.md', bytes: bytes(auditMeasuredPage(found)) }],
);

/** The audit itself, trained again for the second file, must have found the same. */
function checkSame({ case: name, draw, entries }: DrawResult, again: AveragedResult): void {
  const [a, b] = [
    entries.find(({ way }) => way === 'audit'),
    again.entries.find(({ way, repeats }) => way === 'audit' && repeats === again.repeats),
  ];
  if (a === undefined || a.found !== b?.found)
    throw new Error(
      `${name}-${draw}: the audit found ${a?.found} wrong rows, and ${b?.found} when run again.`,
    );
}
