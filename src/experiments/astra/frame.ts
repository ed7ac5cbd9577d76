/** @file All gradients of a network in the eigenbasis of its EK-FAC, where solvers are cheap. */
import {
  type Dataset,
  datasetSize,
  logits,
  perExampleGradients,
  sweepExamples,
} from '../../autodiff/index.ts';
import { addOuterProducts } from '../../autodiff/outer-products.ts';
import { addSiteRows } from '../../autodiff/shared/site-rows.ts';
import { sweepFisher } from '../../curvature/fisher-sweep.ts';
import {
  decompose,
  EigenOperator,
  ekfac,
  type FisherType,
  type Problem,
  TYPE_2,
} from '../../curvature/index.ts';
import { type Measurement, measurementFunction } from '../../influence/index.ts';
import { denseOperator, type LinearOperator, Matrix, syrk, type Vec } from '../../linalg/index.ts';
import { once } from '../engine/once.ts';
import { identityBasis } from '../protocol/identity-basis.ts';
import { spanOf } from './span.ts';

/** Gradients as rows, in some orthonormal coordinates. */
export interface Gradients {
  /** The rows that G is made of, of each example behind each other: ∇u(x_i) of one output, [N, D]; of C classes its C at all labels y, √p_y ∇(−log p_y), [N C, D]. */
  readonly jacobian: Matrix;
  /** Rows of an example. */
  readonly rowsPerExample: number;
  /** ∇L(z_i) = weights_i losses_i, [N, D]. */
  readonly losses: Matrix;
  readonly weights: Vec;
  /** ∇m(z_q), [Q, D]: right-hand sides. */
  readonly queries: Matrix;
  /** Where there are more rows than parameters. */
  readonly whole: WholeCurvature | undefined;
}

/** G as a matrix, and in its eigenbasis: each made when first asked for. */
export interface WholeCurvature {
  readonly matrix: () => LinearOperator;
  readonly spectrum: () => EigenOperator;
}

/** Gradients in the rotated coordinates Qᵀg, Q the eigenvectors of P = EK-FAC. */
export interface Frame extends Gradients {
  /** P: a diagonal matrix here. */
  readonly preconditioner: EigenOperator;
  /** The same in coordinates of the span of all gradients, where that has fewer dimensions, computed when first asked for; else as they are. */
  readonly span: () => SpannedGradients;
}

export interface SpannedGradients extends Gradients {
  /** Solutions back to the coordinates of the frame. */
  lift(solutions: Matrix): Matrix;
}

/**
 * The frame of a problem with squared error and one output, or with classes.
 *
 * Memory: N (R + 1) + Q gradients, R of each example for G, twice while rotating; D² where there are as many as parameters. Cost: R + 1 backward sweeps and rotations per example.
 */
export function gradientFrame(
  problem: Problem,
  query: Dataset,
  measurement: Measurement,
  fisher: FisherType,
): Frame {
  const p = ekfac(problem, { fisher });
  const gradients =
    'labels' in problem.data
      ? classGradients(problem, query, measurement, p)
      : outputsGradients(problem, query, measurement, p);
  return {
    ...gradients,
    preconditioner: new EigenOperator(identityBasis(problem.theta.length), p.values, { structure: 'psd' }),
    span: once(() => spanned(gradients)),
  };
}

/** Of one output: one row serves for G and for the loss. */
function outputsGradients(
  problem: Problem,
  query: Dataset,
  measurement: Measurement,
  { basis }: EigenOperator,
): Gradients {
  const jacobian = basis.rotate(outputGradients(problem, problem.data));
  const queries = basis.rotate(outputGradients(problem, query));
  const factors = residualsOf(problem, query).map((d) =>
    measurement === 'absolute-error' ? Math.sign(d) : d,
  );
  for (let q = 0; q < queries.rows; q++) {
    const row = queries.row(q);
    for (let i = 0; i < row.length; i++) row[i] *= factors[q];
  }
  const weights = residualsOf(problem, problem.data);
  return { jacobian, rowsPerExample: 1, losses: jacobian, weights, queries, whole: undefined };
}

/** Of classes: there are more rows than parameters, so that G itself is cheaper than they are. */
function classGradients(
  problem: Problem,
  query: Dataset,
  measurement: Measurement,
  { basis }: EigenOperator,
): Gradients {
  const { model, loss, theta, data } = problem;
  const rowsPerExample = model.outputs;
  const jacobian = basis.rotate(labelGradients(problem));
  const losses = basis.rotate(perExampleGradients(model, loss, theta, data));
  const queries = basis.rotate(
    perExampleGradients(model, measurementFunction(measurement, loss), theta, query),
  );
  return {
    jacobian,
    rowsPerExample,
    losses,
    weights: new Float64Array(losses.rows).fill(1),
    queries,
    whole: wholeCurvature(jacobian, datasetSize(data)),
  };
}

/** JᵀJ/N. */
export function wholeCurvature(jacobian: Matrix, examples: number): WholeCurvature {
  const g = once(() => syrk(jacobian, { transpose: true, alpha: 1 / examples }));
  return {
    matrix: once(() => denseOperator(g(), 'psd')),
    spectrum: once(() => decompose(g(), { structure: 'psd' })),
  };
}

/** √p_y ∇(−log p_y) of every example and label y, [N C, D]: Σ_y of their squares is JᵀΛJ. */
export function labelGradients(problem: Problem): Matrix {
  const { model, data } = problem;
  const each = model.outputs;
  const out = new Matrix(datasetSize(data) * each, model.parameterCount);
  const done = new Int32Array(datasetSize(data));
  sweepFisher('labelGradients', problem, TYPE_2, {}, (sides, { start }) => {
    const rows = new Matrix(sides.samples * sides.count, model.parameterCount);
    for (const site of model.sites) addSiteRows(site, sides, rows);
    for (let n = 0; n < sides.count; n++)
      for (let s = 0; s < sides.samples; s++)
        out.row((start + n) * each + done[start + n]++).set(rows.row(s * sides.count + n));
  });
  return out;
}

/** ∇u(x_i), one row per example: the outputs themselves are seeded with ones. */
export function outputGradients({ model, theta }: Problem, data: Dataset): Matrix {
  const out = new Matrix(datasetSize(data), model.parameterCount);
  sweepExamples(model, 'logits', theta, data, {}, (sweep, start, count) => {
    sweep.forward();
    sweep.backward(new Matrix(1, count, new Float64Array(count).fill(1)));
    for (const layer of model.sites)
      addOuterProducts(sweep.input(layer.index), sweep.delta(layer.index), layer, start, out);
  });
  return out;
}

/** u_i − t_i. */
function residualsOf({ model, theta }: Problem, data: Dataset): Vec {
  if (!('targets' in data)) throw new TypeError('these gradients are of regression');
  return logits(model, theta, data.inputs).data.map((u, i) => u - data.targets.data[i]);
}

function spanned(gradients: Gradients): SpannedGradients {
  const { jacobian, queries } = gradients;
  if (gradients.whole !== undefined) return { ...gradients, lift: (solutions) => solutions };
  const { coordinates, lift } = spanOf(stacked([jacobian, queries]));
  const inside = rowsOf(coordinates, 0, jacobian.rows);
  return {
    ...gradients,
    jacobian: inside,
    losses: inside,
    queries: rowsOf(coordinates, jacobian.rows, coordinates.rows),
    lift,
  };
}

/** The rows of several matrices, one under the other. */
export function stacked(parts: readonly Matrix[]): Matrix {
  const out = new Matrix(
    parts.reduce((n, part) => n + part.rows, 0),
    parts[0].cols,
  );
  let at = 0;
  for (const part of parts) {
    out.data.set(part.data, at);
    at += part.data.length;
  }
  return out;
}

/** Rows start..end−1, copied. */
export function rowsOf(a: Matrix, start: number, end: number): Matrix {
  return new Matrix(end - start, a.cols, a.data.slice(start * a.cols, end * a.cols));
}
