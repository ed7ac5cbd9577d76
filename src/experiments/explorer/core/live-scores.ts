/** @file Scores that are asked for again and again, with another rule each time: the training gradients are kept. */
import {
  type Dataset,
  datasetSize,
  type Loss,
  type Mlp,
  perExampleGradients,
} from '../../../autodiff/index.ts';
import { type Measurement, measurementFunction } from '../../../influence/index.ts';
import { Matrix, matmul, type Vec } from '../../../linalg/index.ts';

/** Gradients that are kept, in numbers: 256 MiB. */
const MOST_KEPT = 2 ** 25;
/** Examples per product. */
const CHUNK = 2 ** 21;

/**
 * Inner products of transformed query gradients with the training gradients: the bits of `influenceFunction`, without its sweep over
 * the training set where that fits in memory.
 */
export class LiveScores {
  private readonly model: Mlp;
  private readonly loss: Loss;
  private readonly theta: Vec;
  private readonly train: Dataset;
  private kept: Matrix[] | undefined;

  constructor(model: Mlp, loss: Loss, theta: Vec, train: Dataset) {
    this.model = model;
    this.loss = loss;
    this.theta = theta;
    this.train = train;
  }

  /** @param transform - ∇m ↦ C⁻¹∇m on each row. @returns [queries, training examples]. */
  score(queries: Dataset, measurement: Measurement, transform: (gradients: Matrix) => Matrix): Matrix {
    const f = measurementFunction(measurement, this.loss);
    const v = transform(perExampleGradients(this.model, f, this.theta, queries, 0, datasetSize(queries)));
    const out = new Matrix(v.rows, datasetSize(this.train));
    let from = 0;
    for (const gradients of this.gradients()) {
      const block = matmul(v, gradients, { transposeB: true });
      for (let q = 0; q < v.rows; q++) out.row(q).set(block.row(q), from);
      from += gradients.rows;
    }
    return out;
  }

  private *gradients(): Generator<Matrix> {
    if (this.kept !== undefined) {
      yield* this.kept;
      return;
    }
    const n = datasetSize(this.train);
    const size = Math.max(1, Math.floor(CHUNK / this.model.parameterCount));
    const parts: Matrix[] = [];
    const keeps = n * this.model.parameterCount <= MOST_KEPT;
    for (let from = 0; from < n; from += size) {
      const part = perExampleGradients(
        this.model,
        this.loss,
        this.theta,
        this.train,
        from,
        Math.min(n, from + size),
      );
      if (keeps) parts.push(part);
      yield part;
    }
    if (keeps) this.kept = parts;
  }
}
