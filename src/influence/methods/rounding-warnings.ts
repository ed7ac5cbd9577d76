/** @file Whether the residuals of a regression are more than the rounding errors of its predictions. */
import type { Dataset, RegressionData } from '../../autodiff/dataset.ts';
import { asLoss, type Loss } from '../../autodiff/functions.ts';
import type { Network } from '../../autodiff/network.ts';
import { sweepChunks } from '../../autodiff/sweep.ts';
import type { Trajectory } from '../../autodiff/trajectory.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { norm2 } from '../../linalg/sum.ts';
import type { FittedModel } from '../attributor.ts';
import { MEASUREMENT_FACTS, type Measurement } from '../measurement.ts';
import type { MethodName } from './method-name.ts';
import { DOUBTFUL } from './warnings.ts';

/** What gradients are taken of, and where. */
export interface RoundedJob {
  readonly method: MethodName;
  readonly measurement: Measurement;
  readonly models: readonly FittedModel[];
  /** One per model, where the method follows training. */
  readonly trajectories: readonly Trajectory[] | undefined;
  readonly train: Dataset;
  /** Undefined for self-influence: the training examples are the queries. */
  readonly queries: Dataset | undefined;
}

/** They look at losses away from the fitted parameters, where residuals are not small. */
const ELSEWHERE: readonly MethodName[] = ['bif', 'bif-correlation', 'trajectory'];

/**
 * What to say of a regression that fits its data down to rounding. Its gradients are residuals u − t times ∇u, and a residual is a
 * difference of two doubles, so that it has no digits where it is as small as their rounding errors. The error of u_c − t_c counts as
 *
 *   δ_c = ε L (Σ_j |W_cj a_j| + |b_c| + |t_c|),
 *
 * the terms that the last layer adds up to u_c, once for each of the L layers. Residuals are noise where ‖δ‖ > ‖u − t‖/10: for the training
 * examples taken together, since scores of small residuals beside large ones are small, and for each query alone, since each is
 * ranked alone. Multiplying W, b and t by a number changes nothing. Several models, and checkpoints, are noise when all of them are.
 *
 * @returns No sentence for losses of labels and of probabilities, whose outputs are not in the units of targets.
 * Cost: a forward pass per model, or per checkpoint, and 2 N · (inputs + 1) of the last layer.
 */
export function roundingWarnings(job: RoundedJob): string[] {
  const { method, measurement, models, trajectories, train, queries } = job;
  if (ELSEWHERE.includes(method) || models.some(({ loss }) => !hasResiduals(loss))) return [];
  const points = models.flatMap(({ model, theta }, m): Point[] =>
    trajectories === undefined
      ? [{ model, theta }]
      : trajectories[m].checkpoints.map((checkpoint) => ({ model, theta: checkpoint.theta })),
  );
  const out = trainWarnings(points, train);
  if (queries === undefined || !('targets' in queries)) return out;
  return [...out, ...queryWarnings(method === 'tracin' ? points : models, queries, measurement)];
}

/** Whether gradients are made of differences u − t. */
function hasResiduals(loss: Loss): boolean {
  return asLoss('roundingWarnings', 'loss', loss).measured === 'absolute-error';
}

interface Point {
  readonly model: Network;
  readonly theta: Vec;
}

function trainWarnings(points: readonly Point[], data: Dataset): string[] {
  if (!('targets' in data)) return [];
  let largest = 0;
  let error = 0;
  for (const point of points) {
    const { residuals, errors } = residualErrors(point, data);
    if (!isNoise(residuals.data, errors.data)) return [];
    largest = Math.max(largest, rootMeanSquare(residuals.data));
    error = Math.max(error, rootMeanSquare(errors.data));
  }
  return [
    `The network fits its training data down to rounding: the residuals (root mean square ${largest.toPrecision(2)}) are no larger than rounding makes them ` +
      `(about ${error.toPrecision(2)}), and their gradients, and with them the scores, are made of rounding errors.`,
  ];
}

function queryWarnings(points: readonly Point[], data: RegressionData, measurement: Measurement): string[] {
  const parts = points.map((point) => residualErrors(point, data));
  const { rows } = data.targets;
  let noisy = 0;
  for (let q = 0; q < rows; q++) {
    const noise = parts.every(({ residuals, errors }) => {
      const [r, e] = [residuals.row(q), errors.row(q)];
      return MEASUREMENT_FACTS[measurement].signs === true
        ? r.some((value, c) => isNoise(Float64Array.of(value), Float64Array.of(e[c])))
        : isNoise(r, e);
    });
    if (noise) noisy++;
  }
  if (noisy === 0) return [];
  return [
    `${noisy} of ${rows} queries ${noisy === 1 ? 'is' : 'are'} predicted down to rounding: ${noisy === 1 ? 'its residual, and with it its' : 'their residuals, and with them their'} scores, are made of rounding errors.`,
  ];
}

/** Whether a tenth or more of the residuals is rounding. */
function isNoise(residuals: Vec, errors: Vec): boolean {
  return norm2(errors) > DOUBTFUL * norm2(residuals);
}

function rootMeanSquare(values: Vec): number {
  return norm2(values) / Math.sqrt(values.length);
}

/** u − t, and δ as in {@link roundingWarnings}, both [n, outputs]. */
function residualErrors(
  { model, theta }: Point,
  data: RegressionData,
): { readonly residuals: Matrix; readonly errors: Matrix } {
  const { targets } = data;
  const residuals = new Matrix(targets.rows, targets.cols);
  const errors = new Matrix(targets.rows, targets.cols);
  const depth = model.sites.length;
  const last = model.sites.filter((site) => site.outputs === model.outputs).pop();
  if (last === undefined || !model.plain) return { residuals, errors }; // the outputs are no site's: nothing is known of their rounding
  const { index, inputs, outputs, offset, width, bias } = last;
  sweepChunks(model, 'logits', theta, data, {}, (sweep, start, count) => {
    sweep.forward();
    const a = sweep.input(index);
    for (let c = 0; c < outputs; c++) {
      const row = offset + c * width;
      for (let b = 0; b < count; b++) {
        const t = targets.at(start + b, c);
        let terms = Math.abs(t) + (bias === undefined ? 0 : Math.abs(theta[row + bias]));
        for (let j = 0; j < inputs; j++) terms += Math.abs(theta[row + j] * a.at(j, b));
        residuals.set(start + b, c, sweep.outputs.at(c, b) - t);
        errors.set(start + b, c, Number.EPSILON * depth * terms);
      }
    }
  });
  return { residuals, errors };
}
