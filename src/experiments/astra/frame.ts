/** @file All gradients of a network with one output, in the eigenbasis of its EK-FAC, where solvers are cheap. */
import { type Dataset, datasetSize, logits, sweepExamples } from '../../autodiff/index.ts';
import { addOuterProducts } from '../../autodiff/outer-products.ts';
import { EigenOperator, ekfac, type FisherType, type Problem } from '../../curvature/index.ts';
import type { Measurement } from '../../influence/index.ts';
import { Matrix, type Vec } from '../../linalg/index.ts';
import { identityBasis } from '../protocol/identity-basis.ts';
import { type Span, spanOf } from './span.ts';

/** Gradients as rows in the rotated coordinates Qᵀg, Q the eigenvectors of P = EK-FAC. */
export interface Frame {
  /** P: a diagonal matrix here. */
  readonly preconditioner: EigenOperator;
  /** jᵢ = ∇u(x_i) of every training example, [N, D]. */
  readonly jacobian: Matrix;
  /** ∇L(z_i) = (u_i − t_i) jᵢ: their factors, shape [N]. */
  readonly residuals: Vec;
  /** ∇m(z_q), [Q, D]: right-hand sides. */
  readonly queries: Matrix;
  /** The span of Jacobian rows and query gradients, in this order; computed when first asked for. */
  readonly span: () => Span;
}

/**
 * The frame of a problem with squared error and one output.
 *
 * Memory: (N + Q) D numbers twice while rotating. Cost: one backward sweep and one rotation per example.
 */
export function gradientFrame(
  problem: Problem,
  query: Dataset,
  measurement: Measurement,
  fisher: FisherType,
): Frame {
  const { model, theta, data } = problem;
  const p = ekfac(problem, { fisher });
  const jacobian = p.basis.rotate(outputGradients(problem, data));
  const queries = p.basis.rotate(outputGradients(problem, query));
  const factors = residualsOf(problem, query).map((d) =>
    measurement === 'absolute-error' ? Math.sign(d) : d,
  );
  for (let q = 0; q < queries.rows; q++) {
    const row = queries.row(q);
    for (let i = 0; i < row.length; i++) row[i] *= factors[q];
  }
  let span: Span | undefined;
  return {
    preconditioner: new EigenOperator(identityBasis(theta.length), p.values, { structure: 'psd' }),
    jacobian,
    residuals: residualsOf({ ...problem, model }, data),
    queries,
    span: () => (span ??= spanOf(stacked([jacobian, queries]))),
  };
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
  if (!('targets' in data)) throw new TypeError('a frame is made for regression');
  return logits(model, theta, data.inputs).data.map((u, i) => u - data.targets.data[i]);
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
