/** @file The generated part of docs/speed.md about float32: LDS by either precision, and the time of a step. */
import { existsSync } from 'node:fs';
import type * as v from 'valibot';
import { readJson } from '../src/experiments/files/json.ts';
import { ranged, signed, signOf } from '../src/experiments/judging/estimate.ts';
import { type Columns, markdown } from '../src/experiments/pages/table.ts';
import { Float32Schema } from './result-schemas.ts';

const FILE = 'bench/results/float32.json';

type Found = v.InferOutput<typeof Float32Schema>;
type Bank = Found['banks'][number];

const THREE = { digits: (x: number): string => x.toFixed(3) };
const FIVE = { digits: (x: number): string => x.toFixed(5) };

const METHODS: Columns<Bank['methods'][number] & { readonly setting: string }> = {
  setting: ({ setting }) => setting,
  curvature: ({ curvature }) => curvature,
  'LDS, float64': ({ float64 }) => ranged(float64, THREE),
  'LDS, float32': ({ float32 }) => ranged(float32, THREE),
  'float32 − float64': ({ difference }) => signed(difference, FIVE),
  'other starts − float64': ({ otherStarts }) => signed(otherStarts, FIVE),
};

const STEPS: Columns<Found['steps'][number]> = {
  depth: ({ depth }) => String(depth),
  width: ({ width }) => String(width),
  'float64, µs': ({ float64 }) => (1e6 * float64).toFixed(1),
  'float32, µs': ({ float32 }) => (1e6 * float32).toFixed(1),
  'times as fast': ({ speedup }) => speedup.toFixed(2),
};

/** Of how many comparisons of two curvatures the sign, or that it is undecided, stays. */
function agreement({
  setting,
  comparisons,
  subsets,
  seeds,
  speedup,
  distance,
  outcomeDistance,
  otherStarts,
}: Bank): string {
  const same = (of: 'float32' | 'otherStarts'): number =>
    comparisons.filter((one) => signOf(one[of]) === signOf(one.float64)).length;
  const reversed = comparisons.filter(
    ({ float64, float32 }) => [signOf(float64), signOf(float32)].sort().join() === 'negative,positive',
  ).length;
  return (
    `${setting}, ${subsets} subsets × ${seeds} seeds: a retraining is ${speedup.toFixed(2)} times as fast. θ ends at a relative distance of ${distance.toPrecision(2)} ` +
    `(median), a query's loss at ${outcomeDistance.toPrecision(2)} of its deviation over seeds; from other starts at ${otherStarts.toPrecision(2)}. Of ${comparisons.length} ` +
    `comparisons of two curvatures ${same('float32')} read the same by float32, ${same('otherStarts')} by float64 from other starts; ${reversed} are reversed by float32.`
  );
}

/** The section. */
export function float32(): string {
  if (!existsSync(FILE)) return 'Not run yet: `npm run bench:float32`.';
  const { environment, banks, steps } = readJson(FILE, Float32Schema);
  const { cpu, cores, node, commit, date } = environment;
  const rows = banks.flatMap(({ setting, methods }) => methods.map((one) => ({ setting, ...one })));
  return [
    'One step of SGD on Digits, batch 32, processor time in turn:',
    '',
    ...markdown(STEPS, steps),
    '',
    'LDS of one network by retrainings in float64, in float32 from the same starts, and in float64 from other starts; differences paired over subsets, 95 % intervals (BCa):',
    '',
    ...markdown(METHODS, rows),
    '',
    ...banks.map((bank) => `- ${agreement(bank)}`),
    '',
    `${cpu}, ${cores} cores, under load, Node ${node}, commit ${commit}, ${date}. Made again by \`npm run bench:float32\`, from \`${FILE}\`.`,
  ].join('\n');
}
