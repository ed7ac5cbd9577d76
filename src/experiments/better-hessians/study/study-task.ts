/** @file One variant of the study as a stored task: what it depends on, and its result as arrays. */
import * as v from 'valibot';
import { CLASS_MEASUREMENTS } from '../../../influence/index.ts';
import type { NetworkBootstrap } from '../../../influence/judging/network-bootstrap.ts';
import { Matrix } from '../../../linalg/index.ts';
import { anyArray, type ResultForm, resultForm, type StoredTask } from '../../engine/result-form.ts';
import { type StoredArray, type TaskResult, task, taskKey } from '../../engine/task.ts';
import { recordBy } from '../../files/record-by.ts';
import type { RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTrainingTask, PROTOCOL_VERSIONS, retrainingTask } from '../../protocol/tasks.ts';
import { BOOTSTRAP_RESAMPLES, type JudgedRule } from './judge.ts';
import { GROUPS, type Group } from './resamples.ts';
import { FAMILIES, NEGATIVES, type StudyRule, studyRules } from './rule.ts';
import { SHARE_BOUNDS } from './spectral-predictions.ts';
import { curvatureOf, trainingTime, type Variant } from './variant.ts';

/** Versions of the stored tasks. */
export const STUDY_VERSIONS = { ...PROTOCOL_VERSIONS, study: 3 } as const;

/** The rules of a variant; for gradient dot one that is not read. */
export function variantRules(setting: SettingConfig, variant: Variant): StudyRule[] {
  const kind = curvatureOf(variant);
  const time = trainingTime(setting);
  return kind === undefined
    ? [{ family: 'unrolled', value: time, negative: 'keep', factors: 'product' }]
    : studyRules(kind, time);
}

/** The task of a variant: grid, networks, retrainings and how many of them. */
export function studyTask(setting: SettingConfig, variant: Variant, { subsets, seeds }: RunSize): StoredTask {
  const networks = Array.from({ length: setting.baseModels }, (_, index) => [
    `network ${index}`,
    taskKey(baseTrainingTask(setting, index)),
  ]);
  const rules = variantRules(setting, variant).map(({ family, value, negative, factors }) => [
    FAMILIES.indexOf(family),
    value,
    NEGATIVES.indexOf(negative),
    factors,
  ]);
  const config = { ...variant, rules, subsets, seeds, resamples: BOOTSTRAP_RESAMPLES };
  return {
    ...task(STUDY_VERSIONS, 'study', config, {
      ...Object.fromEntries(networks),
      retrainings: taskKey(retrainingTask(setting)),
    }),
    form: judgedForm(rules.length, { models: setting.baseModels, subsets, seed: setting.seed }),
  };
}

const FIELDS = 5 + SHARE_BOUNDS.length;

/** How many networks are left out in turn: none where that leaves none. */
function leftOut(models: number): number {
  return models < 2 ? 0 : models;
}

/** What the bootstraps of a variant were drawn from. */
export interface JudgedExtent {
  readonly models: number;
  readonly subsets: number;
  readonly seed: number;
}

/** The form of {@link encodeJudged}. */
function judgedForm(rules: number, { models, subsets, seed }: JudgedExtent): ResultForm {
  const networks = leftOut(models);
  const lds = (length: number) => anyArray(rules, CLASS_MEASUREMENTS.length, GROUPS.length, length);
  return resultForm(v.strictObject({ seed: v.literal(seed) }), {
    table: anyArray(rules, FIELDS),
    estimate: lds(1),
    replicates: lds(BOOTSTRAP_RESAMPLES),
    jackknife: lds(subsets),
    withoutNetwork: lds(networks),
    withoutBoth: lds(networks * subsets),
  });
}

/**
 * Arrays by rule, NaN where a rule has no finite inverse: `table` [rules, error, rank, negative, smallestDivisor,
 * negativeShare, sharesBelow…]; `estimate` [rules, measurements, groups]; `replicates`, `jackknife`,
 * `withoutNetwork` and `withoutBoth` with B, K, M and M K behind; M is 0 for a single network.
 */
export function encodeJudged(
  judged: readonly (JudgedRule | undefined)[],
  { models, subsets, seed }: JudgedExtent,
  seconds: number,
): TaskResult {
  const networks = leftOut(models);
  const table = new Float64Array(judged.length * FIELDS).fill(Number.NaN);
  for (const [r, rule] of judged.entries()) if (rule !== undefined) table.set(fields(rule), r * FIELDS);
  const shape = [judged.length, CLASS_MEASUREMENTS.length, GROUPS.length];
  const cells = judged.flatMap((rule) =>
    CLASS_MEASUREMENTS.flatMap((_, m) => GROUPS.map((group) => rule?.lds[m][group])),
  );
  const stack = (length: number, read: (b: NetworkBootstrap) => ArrayLike<number>): StoredArray => {
    const data = new Float64Array(cells.length * length).fill(Number.NaN);
    for (const [c, cell] of cells.entries()) if (cell !== undefined) data.set(read(cell), c * length);
    return { shape: [...shape, length], data };
  };
  return {
    value: { seed },
    arrays: {
      table: { shape: [judged.length, FIELDS], data: table },
      estimate: stack(1, ({ estimate }) => [estimate]),
      replicates: stack(BOOTSTRAP_RESAMPLES, ({ replicates }) => replicates),
      jackknife: stack(subsets, ({ jackknife }) => jackknife),
      withoutNetwork: stack(networks, ({ withoutNetwork }) => withoutNetwork),
      withoutBoth: stack(networks * subsets, ({ withoutBoth }) => withoutBoth.data),
    },
    seconds: { judge: seconds },
  };
}

/** The reverse of {@link encodeJudged}. */
export function decodeJudged({ value, arrays }: TaskResult): (JudgedRule | undefined)[] {
  const { table, estimate, replicates, jackknife, withoutNetwork, withoutBoth } = arrays;
  const seed = Number(value['seed']);
  return Array.from({ length: table.shape[0] }, (_, r) => {
    const row = innermost(table, r);
    if (Number.isNaN(row[1])) return undefined;
    const bootstrap = (m: number, group: Group): NetworkBootstrap => {
      const c = (r * CLASS_MEASUREMENTS.length + m) * GROUPS.length + GROUPS.indexOf(group);
      const [drawn, leaving, others, both] = [replicates, jackknife, withoutNetwork, withoutBoth].map(
        (array) => innermost(array, c),
      );
      return {
        estimate: estimate.data[c],
        replicates: drawn,
        subsetReplicates: drawn,
        jackknife: leaving,
        withoutNetwork: others,
        withoutBoth: new Matrix(others.length, leaving.length, both),
        seed,
      };
    };
    const [error, rank, negative, smallestDivisor, negativeShare, ...sharesBelow] = row;
    return {
      lds: CLASS_MEASUREMENTS.map((_, m) => recordBy(GROUPS, (group) => bootstrap(m, group))),
      error,
      diagnostics: { rank, negative, smallestDivisor, negativeShare, sharesBelow },
    };
  });
}

function fields({ error, diagnostics }: JudgedRule): number[] {
  const { rank, negative, smallestDivisor, negativeShare, sharesBelow } = diagnostics;
  return [error, rank, negative, smallestDivisor, negativeShare, ...sharesBelow];
}

/** Row `at` along the last axis. */
function innermost({ shape, data }: StoredArray, at: number): Float64Array {
  const length = shape[shape.length - 1];
  return data.subarray(at * length, (at + 1) * length);
}
