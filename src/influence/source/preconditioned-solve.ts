/** @file Stochastic solves in the coordinates in which an adaptive optimiser descends: P̄^½ C P̄^½ in place of C. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import type { Network } from '../../autodiff/network.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import type { Matrix, Vec } from '../../linalg/matrix.ts';
import { functionOperator, type LinearOperator } from '../../linalg/operators/operator.ts';
import { norm2 } from '../../linalg/sum.ts';
import { chunks } from '../attributors/bilinear-scores.ts';
import type { CurvatureSource } from '../solvers/curvature-source.ts';
import type { StochasticSolution } from '../solvers/stochastic-descent.ts';
import { scaledColumns } from './preconditioner.ts';

/** P̄^½ (C_k + damping I) P̄^½ for every operator of a source. @param root - √P̄, [n]. Cost: two products of a row with a vector more. */
export function preconditionedSource(source: CurvatureSource, root: Vec, damping: number): CurvatureSource {
  const { size, structure } = source;
  const seen = (op: LinearOperator): LinearOperator =>
    functionOperator(
      size,
      (rows) => {
        const scaled = scaledColumns(rows, root, 1);
        const out = op.applyRows(scaled);
        for (let k = 0; k < out.data.length; k++) out.data[k] += damping * scaled.data[k];
        return scaledColumns(out, root, 1);
      },
      structure,
    );
  const mean = seen(source.mean);
  return {
    ...source,
    mean,
    at: (repeat, step) => (source.exact ? mean : seen(source.at(repeat, step))),
  };
}

/** P̄^½ times what was solved for there: x, its repetitions and their errors. Residuals stay those of the solve. */
export function preconditionedSolution(solution: StochasticSolution, root: Vec): StochasticSolution {
  const back = (a: Matrix): Matrix => scaledColumns(a, root, 1);
  const { x, repeats, standardErrors } = solution;
  return {
    ...solution,
    x: back(x),
    repeats: repeats.map(back),
    standardErrors: standardErrors && back(standardErrors),
  };
}

/** Gradients at a time. */
const CHUNK = 256;

/** ‖P̄^½ ∇f(z_i, θ)‖, shape [n]. Cost: all gradients once, 256 of them in memory. */
export function preconditionedNorms(
  model: Network,
  f: ExampleFunction,
  theta: Vec,
  data: Dataset,
  root: Vec,
): Vec {
  const norms = new Float64Array(datasetSize(data));
  for (const [start, end] of chunks(norms.length, CHUNK)) {
    const gradients = scaledColumns(perExampleGradients(model, f, theta, data, start, end), root, 1);
    for (let i = start; i < end; i++) norms[i] = norm2(gradients.row(i - start));
  }
  return norms;
}
