/** @file The files that the benchmarks write and read back, and what contenders say: nothing is cast. */
import * as v from 'valibot';
import {
  count,
  finite,
  index,
  nonNegative,
  positive,
  secondsSchema,
} from '../src/experiments/files/json-schemas.ts';

const machine = {
  cpu: v.string(),
  cores: v.string(),
  node: v.string(),
  commit: v.string(),
  date: v.string(),
};

/** results/quick/run.json, written by bench/quick.ts. */
export const RunSchema = v.strictObject({ command: v.string(), wall: positive, ...machine });

const RowSchema = v.strictObject({
  work: v.string(),
  n: count,
  peer: v.string(),
  version: v.string(),
  seconds: positive,
  spread: nonNegative,
  gflops: v.exactOptional(positive),
  /** Median over the rounds of this contender's time / our simd tier's time. */
  ratio: positive,
  commit: v.exactOptional(v.string()),
  date: v.exactOptional(v.string()),
  /** Seconds per stage. */
  stages: v.exactOptional(secondsSchema),
});

/** One contender at one size of one work. */
export type Row = v.InferOutput<typeof RowSchema>;

/** bench/results/peers.json and ours.json, written by bench/main.ts. */
export const SpeedSchema = v.strictObject({
  environment: v.strictObject(machine),
  /** Peers that are not installed. */
  missing: v.array(v.string()),
  rows: v.array(RowSchema),
});

/** bench/results/astra-convergence.json, written by bench/astra-convergence.ts; for people, and for docs. */
export const ConvergenceSchema = v.strictObject({
  environment: v.strictObject(machine),
  setting: v.looseObject({ name: v.string(), seed: index, parameters: count }),
  rtol: positive,
  cap: count,
  dearCap: count,
  cases: v.array(
    v.looseObject({
      damping: positive,
      steepest: positive,
      condition: positive,
      preconditionedCondition: positive,
      ratios: v.record(v.string(), v.nullable(finite)),
      rows: v.array(v.looseObject({ solver: v.string(), perQuery: v.array(v.unknown()) })),
    }),
  ),
  seconds: secondsSchema,
});

const estimate = v.strictObject({
  value: v.nullable(finite),
  lo: v.nullable(finite),
  hi: v.nullable(finite),
});

/** bench/results/float32.json, written by bench/float32.ts; for docs/speed.md. */
export const Float32Schema = v.strictObject({
  environment: v.strictObject(machine),
  banks: v.array(
    v.strictObject({
      setting: v.string(),
      subsets: count,
      seeds: count,
      queries: count,
      parameters: count,
      secondsFloat64: positive,
      secondsFloat32: positive,
      speedup: positive,
      distance: nonNegative,
      largestDistance: nonNegative,
      outcomeDistance: nonNegative,
      otherStarts: nonNegative,
      ceilings: v.array(v.nullable(finite)),
      methods: v.array(
        v.strictObject({
          curvature: v.string(),
          float64: estimate,
          float32: estimate,
          difference: estimate,
          otherStarts: estimate,
        }),
      ),
      comparisons: v.array(
        v.strictObject({
          better: v.string(),
          than: v.string(),
          float64: estimate,
          float32: estimate,
          otherStarts: estimate,
        }),
      ),
    }),
  ),
  steps: v.array(
    v.strictObject({
      depth: count,
      width: count,
      batch: count,
      float64: positive,
      float32: positive,
      speedup: positive,
    }),
  ),
});

/** What a contender answers, one line of JSON. */
export const AnswerSchema = v.looseObject({
  peer: v.string(),
  version: v.exactOptional(v.string()),
  seconds: v.exactOptional(v.array(positive)),
  /** Seconds per stage, where the contender can tell. */
  stages: v.exactOptional(secondsSchema),
  missing: v.exactOptional(v.boolean()),
});

export type Answer = v.InferOutput<typeof AnswerSchema>;

/** What a contender is asked, one line of JSON. */
export const RequestSchema = v.strictObject({ work: v.string(), folder: v.string(), repeats: index });

/** A package.json, as far as it is read. */
export const PackageSchema = v.looseObject({ version: v.string() });
