/** @file `npm run bench:audit -- --python PYTHON`: the audit beside cleanlab on known wrong answers. Each draw is a file in --out; what is there is not computed again. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeFile } from '../src/experiments/files/atomic-write.ts';
import { readJson } from '../src/experiments/files/json.ts';
import { AUDIT_CASES, readCase } from './audit-cases.ts';
import { averagedOf, resultOf } from './audit-draw.ts';
import { AveragedSchema, type DrawResult, DrawSchema } from './audit-results.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/audit-bench' },
    python: { type: 'string', default: 'python3' },
    cases: { type: 'string', default: AUDIT_CASES.map(({ name }) => name).join(',') },
    from: { type: 'string', default: '0' },
    draws: { type: 'string', default: '5' },
    workers: { type: 'string', default: '1' },
  },
});
const { out, python } = values;
const place = { out, python, workers: Number(values.workers) };
mkdirSync(out, { recursive: true });
for (let at = 0; at < Number(values.draws); at++)
  for (const name of values.cases.split(',')) {
    const of = AUDIT_CASES.find((one) => one.name === name);
    if (of === undefined) throw new Error(`--cases: no table is called ${name}.`);
    const draw = Number(values.from) + at;
    const file = path.join(out, `${name}-${draw}.json`);
    if (!existsSync(file))
      writeFile(file, `${JSON.stringify(await resultOf(of, await readCase(of), draw, place))}\n`);
    say(readJson(file, DrawSchema));
    const again = path.join(out, `${name}-${draw}.averaged.json`);
    if (!existsSync(again))
      writeFile(again, `${JSON.stringify(await averagedOf(of, await readCase(of), draw, place))}\n`);
    for (const { way, model, repeats, found } of readJson(again, AveragedSchema).entries)
      console.log(`  ${way}, ${model}, repeats ${repeats}: ${found} among the first`);
  }

function say({ case: name, draw, wrong, network, entries, removals, seconds }: DrawResult): void {
  console.log(`${name}, draw ${draw}: ${wrong} wrong; ${network}; ${JSON.stringify(seconds)} s`);
  for (const { way, model, found, flagged, flaggedRight } of entries)
    console.log(`  ${way}, ${model}: ${found} among the first; ${flaggedRight} of ${flagged} flagged`);
  for (const { list, rows, networks, peer } of removals)
    console.log(`  without ${list} (${rows}): ${JSON.stringify(networks)} ${JSON.stringify(peer)}`);
}
