/** @file The solves of ASTRA-SOURCE through the gradients that each segment's Gauss–Newton matrix is made of, where these fit into memory. */
import { type Dataset, datasetSize, perExampleGradients } from '../../autodiff/index.ts';
import type { Problem } from '../../curvature/index.ts';
import {
  type AstraSourceOptions,
  astra,
  measurementFunction,
  type SolvedSegment,
} from '../../influence/index.ts';
import { meanProducts } from '../../influence/source/trajectory-scores.ts';
import { backwardWalk } from '../../influence/source/unrolled-run.ts';
import { Matrix, type Vec } from '../../linalg/index.ts';
import { labelGradients, wholeCurvature } from './frame.ts';
import { jacobianCurvature } from './jacobian-curvature.ts';

/** Options of the run that the solves need. */
type Solves = Required<
  Pick<AstraSourceOptions, 'measurement' | 'batch' | 'seed' | 'iterations' | 'decay' | 'checkEvery'>
>;

/**
 * Scores by the segments of a fitted `astraSourceInfluence`, and the largest relative residual of each query. Equal to those of its own `score` up to rounding: the same batches, step
 * sizes and preconditioners; but two matrix products for each step and segment in place of tangent sweeps, which for many queries at one time is several times cheaper.
 *
 * @param problem - With classes. Memory: N C gradients and D² numbers for each segment in turn.
 */
export function segmentScores(
  problem: Problem,
  segments: readonly SolvedSegment[],
  queries: Dataset,
  { measurement, batch, seed, iterations, decay, checkEvery }: Solves,
): { scores: Matrix; residuals: Vec } {
  const { model, loss, theta, data } = problem;
  const n = datasetSize(data);
  const gradients = perExampleGradients(model, measurementFunction(measurement, loss), theta, queries);
  const carried = backwardWalk(segments, gradients);
  const scores = new Matrix(gradients.rows, n);
  const residuals = new Float64Array(gradients.rows);
  for (const { index, theta: mean, curvature, lambda, alpha, momentum, points } of segments) {
    const jacobian = labelGradients({ ...problem, theta: mean });
    const source = jacobianCurvature(jacobian, {
      batch,
      seed,
      path: ['segment', index],
      rowsPerExample: jacobian.rows / n,
      mean: wholeCurvature(jacobian, n).matrix(),
    });
    const options = { damping: lambda, alpha, momentum, iterations, decay, seed, checkEvery };
    const solution = astra(source, carried[index], curvature, options);
    for (const [q, residual] of solution.residuals.entries()) residuals[q] = Math.max(residuals[q], residual);
    const products = meanProducts({ model, loss, theta }, data, points, solution.x);
    for (const [k, product] of products.data.entries()) scores.data[k] += product;
  }
  return { scores, residuals };
}
