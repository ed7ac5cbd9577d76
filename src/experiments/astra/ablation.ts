/** @file Solutions without their components of low curvature: what these are worth, and how wrong each solver has them. */

import { astra, stochasticNeumann } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import type { Frame } from './frame.ts';
import { subsetsOf } from './groups.ts';
import type { AstraSetting } from './setting.ts';
import type { AblationPlan } from './study-plans.ts';
import { exactSolutions, groupsOf, type System, systemOf, unlessDiverged } from './system.ts';

/**
 * Arrays: `groups` [thresholds, Q, K], from the components along eigenvectors of EK-FAC with σ above each threshold, descending, all
 * of them for a negative one; `errors` [thresholds, Q], ‖(x − x*)_bin‖ / ‖x*_bin‖ of the bin between a threshold and the one before;
 * `counts` [thresholds], eigenvalues above each. Diverged: no arrays but `counts`.
 */
export function cutSolutions(frame: Frame, setting: AstraSetting, plan: AblationPlan): TaskResult {
  const { damping, thresholds } = plan;
  const seconds: { [stage: string]: number } = {};
  const subsets = subsetsOf(setting, plan.subsets);
  const options = { subsets, batch: plan.batch, seed: setting.seed };
  const system = systemOf(frame, 'rotated', options);
  const span = systemOf(frame, 'span', options);
  const { values } = frame.preconditioner;
  const counts = Float64Array.from(
    thresholds,
    (threshold) => values.filter((sigma) => sigma > threshold).length,
  );
  const counted = { counts: arrayOf(counts) };
  const exact = timed(seconds, 'exact', () => frame.span().lift(exactSolutions(span, damping).x));
  const x = timed(seconds, 'solve', () => solve(frame, system, span, plan, exact));
  if (x === undefined) return { value: { diverged: true }, arrays: counted, seconds };

  const groups = new Float64Array(thresholds.length * x.rows * subsets.length);
  const errors = new Float64Array(thresholds.length * x.rows);
  let above = Number.POSITIVE_INFINITY;
  for (const [t, threshold] of thresholds.entries()) {
    const keep = (sigma: number): boolean => sigma > threshold;
    groups.set(groupsOf(system, filtered(x, values, keep)).data, t * x.rows * subsets.length);
    const upper = above;
    const inBin = (sigma: number): boolean => sigma > threshold && sigma <= upper;
    for (let q = 0; q < x.rows; q++)
      errors[t * x.rows + q] = relativeError(x.row(q), exact.row(q), values, inBin);
    above = threshold;
  }
  return {
    value: { diverged: false },
    arrays: {
      ...counted,
      groups: { shape: [thresholds.length, x.rows, subsets.length], data: groups },
      errors: { shape: [thresholds.length, x.rows], data: errors },
    },
    seconds,
  };
}

/** The solutions in rotated coordinates; undefined when the solver diverges. */
function solve(
  frame: Frame,
  system: System,
  span: System,
  { solver, damping, decay }: AblationPlan,
  exact: Matrix,
): Matrix | undefined {
  const { alpha, iterations, momentum, kind } = solver;
  const options = { damping, alpha, iterations, momentum, checkEvery: Math.max(iterations, 1) };
  return unlessDiverged(() => {
    switch (kind) {
      case 'exact':
        return exact;
      case 'ekfac':
      case 'astra':
        return astra(system.source, system.b, frame.preconditioner, { ...options, decay: decay ?? 'none' }).x;
      case 'sni':
        return frame.span().lift(stochasticNeumann(span.source, span.b, options).x);
    }
  });
}

function filtered(x: Matrix, values: Float64Array, keep: (sigma: number) => boolean): Matrix {
  const out = x.clone();
  for (let i = 0; i < values.length; i++)
    if (!keep(values[i])) for (let q = 0; q < out.rows; q++) out.data[q * out.cols + i] = 0;
  return out;
}

/** NaN for a bin without eigenvalues. */
function relativeError(
  x: Float64Array,
  exact: Float64Array,
  values: Float64Array,
  inBin: (sigma: number) => boolean,
): number {
  let gap = 0;
  let whole = 0;
  for (let i = 0; i < values.length; i++) {
    if (!inBin(values[i])) continue;
    gap += (x[i] - exact[i]) ** 2;
    whole += exact[i] ** 2;
  }
  return Math.sqrt(gap / whole);
}
