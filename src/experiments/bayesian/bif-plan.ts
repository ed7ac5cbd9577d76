/** @file Everything that a profile asks for, and what was chosen on the grid. */

import type { RetrainingBank } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import type { Store } from '../engine/store.ts';
import { matrixOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { judgeOf } from '../judging/judge.ts';
import { DEFAULT_SAMPLER, type SamplerVariant, type SamplingLength } from '../protocol/sampler-variant.ts';
import type { Baseline, BifMethod } from './bif-method.ts';
import { type BifProfile, bifSetting } from './bif-profile.ts';
import { type BifSetting, isDeclared } from './bif-setting.ts';
import { baselineTask, samplingTask, type TimedLength } from './bif-task.ts';

/** The grid is judged at seed 0 and the α nearest to ½, where most work on attribution is judged. */
export function gridFraction({ fractions }: BifProfile): number {
  return fractions.reduce((best, f) => (Math.abs(f - 0.5) < Math.abs(best - 0.5) ? f : best));
}

/** The setting of a seed, for what does not depend on α. */
export function seedSetting(profile: BifProfile, seed: number): BifSetting {
  return bifSetting(profile, seed, gridFraction(profile));
}

export function mainLength({ chains, draws, batch }: BifProfile): SamplingLength {
  return { chains, draws, ...(batch === undefined ? {} : { batch }) };
}

export function gridLength(profile: BifProfile): SamplingLength {
  return { ...mainLength(profile), draws: profile.gridDraws };
}

export function timedLength({ timedDraws, batch }: BifProfile): TimedLength {
  return { draws: timedDraws, ...(batch === undefined ? {} : { batch }) };
}

/** Baselines that every seed has; those of EK-FAC's grid belong to seed 0. */
export function commonBaselines(profile: BifProfile, seed: number): Baseline[] {
  const setting = seedSetting(profile, seed);
  const { train } = setting.data;
  return [
    { kind: 'ekfac', lambda: 'rule' },
    // a product with the GGN of shared weights costs more than its share of the matrix
    { kind: 'damped-if', ...(isDeclared(setting) ? { dense: true } : {}) },
    { kind: 'trak', dimension: Math.min(512, Math.floor(train / 3)), seed },
    { kind: 'grad-dot' },
  ];
}

/** What was chosen: the sampler and the λ of the highest LDS at seed 0 and the grid's α. */
export interface Tuned {
  readonly sampler: SamplerVariant;
  readonly lambda: number;
}

/** Chooses from the stored grids; a refused sampler is never chosen. */
export function chooseTuned(profile: BifProfile, bank: RetrainingBank, store: Store): Tuned {
  const setting = seedSetting(profile, 0);
  const judge = judgeOf(setting, bank);
  const ldsOf = (scores: Matrix | undefined): number =>
    scores === undefined ? Number.NEGATIVE_INFINITY : judge(scores, 1).mean;
  return {
    sampler: best([DEFAULT_SAMPLER, ...profile.grid], (variant) =>
      ldsOf(arrayOf(store.read(samplingTask(setting, variant, gridLength(profile))), 'covariance')),
    ),
    lambda: best(profile.dampings, (lambda) =>
      ldsOf(arrayOf(store.read(baselineTask(setting, { kind: 'ekfac', lambda })), 'scores')),
    ),
  };
}

/** Scores of a method at a seed, undefined where the sampler was refused. @throws {Error} they are not stored. */
export function methodScores(
  profile: BifProfile,
  tuned: Tuned,
  method: BifMethod,
  seed: number,
  store: Store,
): Matrix | undefined {
  const setting = seedSetting(profile, seed);
  const sampled = (variant: SamplerVariant, array: 'covariance' | 'correlation'): Matrix | undefined =>
    arrayOf(stored(store.read(samplingTask(setting, variant, mainLength(profile)))), array);
  const baseline = (one: Baseline): Matrix | undefined =>
    arrayOf(stored(store.read(baselineTask(setting, one))), 'scores');
  const [rule, damped, trak, dot] = commonBaselines(profile, seed);
  switch (method) {
    case 'bif':
      return sampled(DEFAULT_SAMPLER, 'covariance');
    case 'bif-correlation':
      return sampled(DEFAULT_SAMPLER, 'correlation');
    case 'bif-tuned':
      return sampled(tuned.sampler, 'covariance');
    case 'damped-if':
      return baseline(damped);
    case 'ekfac':
      return baseline(rule);
    case 'ekfac-tuned':
      return baseline({ kind: 'ekfac', lambda: tuned.lambda });
    case 'trak':
      return baseline(trak);
    case 'grad-dot':
      return baseline(dot);
  }
}

/** An array of a stored result as a matrix. */
export function arrayOf(result: TaskResult | undefined, name: string): Matrix | undefined {
  const array = result?.arrays[name];
  return array === undefined ? undefined : matrixOf(array);
}

function stored(result: TaskResult | undefined): TaskResult {
  if (result === undefined) throw new Error('scores that were to be judged are not stored.');
  return result;
}

function best<T>(items: readonly T[], value: (item: T) => number): T {
  return items.reduce<{ item: T; value: number }>(
    (winner, item) => {
      const own = value(item);
      return own > winner.value ? { item, value: own } : winner;
    },
    { item: items[0], value: Number.NEGATIVE_INFINITY },
  ).item;
}
