/** @file Stopping a Neumann series after J steps, beside the exact solution with 1/(αJ) more damping. */
import { type CurvatureSource, type NeumannOptions, stochasticNeumann } from '../../influence/index.ts';
import { Matrix, mean, norm2 } from '../../linalg/index.ts';
import type { TaskResult } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import type { Frame } from './frame.ts';
import { subsetsOf } from './groups.ts';
import type { AstraSetting } from './setting.ts';
import type { DampingPlan } from './study-plans.ts';
import { exactSolutions, groupsOf, systemOf, unlessDiverged } from './system.ts';

/**
 * One row per step size and number of steps. Arrays: `table` [rows, 5]: α, J, 1/(αJ), and the mean over queries of
 * ‖x_J − x(μ)‖ / ‖x(μ)‖ with μ = λ + 1/(αJ) and with μ = λ; `truncated`, `damped` [rows, Q, K]: scores of groups by x_J, which uses the whole
 * training set at every step, and by x(λ + 1/(αJ)). Where the series diverged, both distances and `truncated` are NaN.
 */
export function compareDamping(frame: Frame, setting: AstraSetting, plan: DampingPlan): TaskResult {
  const { damping, steps, alphas } = plan;
  const seconds: { [stage: string]: number } = {};
  const subsets = subsetsOf(setting, plan.subsets);
  const system = systemOf(frame, 'span', { subsets, batch: 'full', seed: setting.seed });
  const { source, b } = system;
  const plain = timed(seconds, 'exact', () => exactSolutions(system, damping).x);
  const rows = alphas.flatMap((alpha) =>
    steps.map((iterations) => {
      const extra = 1 / (alpha * iterations);
      const options = { damping, alpha, iterations, checkEvery: iterations };
      const truncated = timed(seconds, 'solve', () => series(source, b, options));
      const damped = timed(seconds, 'exact', () => exactSolutions(system, damping + extra).x);
      return {
        numbers: [alpha, iterations, extra, meanError(truncated, damped), meanError(truncated, plain)],
        truncated: groupsOf(system, truncated).data,
        damped: groupsOf(system, damped).data,
      };
    }),
  );
  const shape = [rows.length, b.rows, subsets.length];
  const joined = (of: (row: (typeof rows)[number]) => ArrayLike<number>): Float64Array =>
    Float64Array.from(rows.flatMap((row) => Array.from(of(row))));
  return {
    value: {},
    arrays: {
      table: { shape: [rows.length, 5], data: joined((row) => row.numbers) },
      truncated: { shape, data: joined((row) => row.truncated) },
      damped: { shape, data: joined((row) => row.damped) },
    },
    seconds,
  };
}

/** All NaN for a step size that is too long for the curvature. */
function series(source: CurvatureSource, b: Matrix, options: NeumannOptions): Matrix {
  return (
    unlessDiverged(() => stochasticNeumann(source, b, options).x) ??
    new Matrix(b.rows, b.cols, new Float64Array(b.data.length).fill(Number.NaN))
  );
}

function meanError(x: Matrix, reference: Matrix): number {
  const errors = Float64Array.from({ length: x.rows }, (_, q) => {
    const exact = reference.row(q);
    return norm2(x.row(q).map((value, i) => value - exact[i])) / norm2(exact);
  });
  return mean(errors);
}
