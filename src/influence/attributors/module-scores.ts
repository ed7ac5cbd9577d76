/** @file Scores through a curvature of some parameters, the others held fixed. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { DiscardedShare } from '../../curvature/discarded-share.ts';
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import type { InverseRule } from '../../curvature/inverse-rule.ts';
import { Matrix } from '../../linalg/matrix.ts';
import type { FittedModel, LayeredAttributor } from '../attributor.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { bilinearAttributor, CHUNK_NUMBERS, chunks } from './bilinear-scores.ts';
import { type Discarded, discardedShares } from './discarded.ts';

/** An attributor that also says what its rule leaves out. */
export interface ModuleScores extends LayeredAttributor {
  /** C⁻¹ on the rows of [k, D]: 0 outside the parameters that count. */
  readonly transform: (gradients: Matrix) => Matrix;
  /** Of the squared norm of the gradients with respect to the parameters that count. */
  discarded(queries: Dataset): Discarded;
}

/** score[q, i] = ∇_S m(z_q)ᵀ f(C) ∇_S L(z_i), with C = C[S, S] of the parameters S in `indices`. Arguments are not checked. */
export function moduleScores(
  fitted: FittedModel,
  train: Dataset,
  measurement: Measurement,
  operator: EigenOperator,
  rule: InverseRule,
  indices: Int32Array,
): ModuleScores {
  const inverse = operator.inverse(rule);
  const transform = (gradients: Matrix): Matrix => {
    const solved = inverse.applyRows(gathered(gradients, indices));
    const out = new Matrix(gradients.rows, gradients.cols);
    for (let i = 0; i < out.rows; i++)
      for (let k = 0; k < indices.length; k++)
        out.data[i * out.cols + indices[k]] = solved.data[i * solved.cols + k];
    return out;
  };
  const share = (f: ExampleFunction, data: Dataset): number | undefined => {
    const counted = new DiscardedShare(operator, rule);
    if (!counted.cuts) return 0;
    const size = Math.max(1, Math.floor(CHUNK_NUMBERS / fitted.model.parameterCount));
    for (const [start, end] of chunks(datasetSize(data), size))
      counted.add(gathered(perExampleGradients(fitted.model, f, fitted.theta, data, start, end), indices));
    return counted.value();
  };
  return {
    ...bilinearAttributor({ fitted, train, measurement, transformQueries: transform }),
    transform,
    discarded: (queries) =>
      discardedShares(
        share(measurementFunction(measurement, fitted.loss), queries),
        share(fitted.loss, train),
      ),
  };
}

/** The given columns. */
function gathered(a: Matrix, indices: Int32Array): Matrix {
  const out = new Matrix(a.rows, indices.length);
  for (let i = 0, k = 0; i < a.rows; i++)
    for (let j = 0; j < indices.length; j++, k++) out.data[k] = a.data[i * a.cols + indices[j]];
  return out;
}
