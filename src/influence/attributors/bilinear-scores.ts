/** @file Scores that are inner products of transformed query gradients and training gradients. */
import { asModel, asTheta } from '../../autodiff/as-model.ts';
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { asLoss, type ExampleFunction } from '../../autodiff/functions.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { SWEEP_BATCH } from '../../autodiff/sweep.ts';
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { dot, matmul } from '../../linalg/products.ts';
import { norm2 } from '../../linalg/sum.ts';
import type { FittedModel, LayeredAttributor } from '../attributor.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { GradientProducts, gradientNorms } from '../solvers/gradient-products.ts';

/** Gradients held at a time, in numbers (16 MiB): two chunks live at once, never [N, D]. */
export const CHUNK_NUMBERS: number = 2 ** 21;

/** Query vectors held at a time where training gradients are not formed, in numbers: 128 MiB. Every chunk of queries costs a pass over the training set. */
export const QUERY_NUMBERS: number = 2 ** 24;

/** Whether gradients are too long to be formed for all examples: less than a batch of them fits in 16 MiB (D > 16,384). */
export function isLarge(parameters: number): boolean {
  return CHUNK_NUMBERS / parameters < SWEEP_BATCH;
}

/** What distinguishes one inner-product method from another. Gradients come one per row, [k, D]. */
export interface BilinearMethod {
  readonly fitted: FittedModel;
  readonly train: Dataset;
  readonly measurement: Measurement;
  /** ∇m ↦ C⁻¹∇m on each row. Pure, and row by row: chunks must not change it. */
  readonly transformQueries: (gradients: Matrix) => Matrix;
  /** Training gradients have length 1, or 0 where they vanish. Default: they are as they are. */
  readonly unitTraining?: boolean;
  /** Examples per chunk. Default: as many as fit in 16 MiB. Changes memory and rounding, nothing else. */
  readonly chunk?: number;
}

/**
 * score[q, i] = transformQueries(∇m(z_q)) · ∇L(z_i), or divided by ‖∇L(z_i)‖. Training gradients of a large network are never formed, see
 * {@link GradientProducts}, unless a chunk is given.
 *
 * @throws {ShapeError} {@link DomainError} {@link NonFiniteError} θ or the training set do not fit the model.
 * Cost of `score`: one transform per query, 2 · nQuery · N · D flops for the products, and the training gradients (of a large network a
 * sweep over the training set) once per chunk of queries. Memory: two chunks and the scores; for a large network 256 MiB.
 */
export function bilinearAttributor(method: BilinearMethod): LayeredAttributor {
  const { measurement, transformQueries, unitTraining = false } = method;
  const { fitted, train } = asFittedModel('Attributor.fit', method.fitted, method.train);
  const { model, loss, theta } = fitted;
  const chunk = method.chunk ?? Math.max(1, Math.floor(CHUNK_NUMBERS / model.parameterCount));
  checkInteger('Attributor.fit', 'chunk', chunk, 1, Number.POSITIVE_INFINITY);
  const f = measurementFunction(measurement, loss);
  const nTrain = datasetSize(train);
  const transformTraining = unitTraining ? unitRows : (rows: Matrix): Matrix => rows;

  const gradients = (of: ExampleFunction, data: Dataset, start: number, end: number): Matrix =>
    perExampleGradients(model, of, theta, data, start, end);

  /** Calls `body` with V [q1−q0, D] and G [i1−i0, D] for every pair of chunks. */
  const overPairs = (
    queries: Dataset,
    body: (v: Matrix, q0: number, g: Matrix, i0: number) => void,
  ): number => {
    const nQuery = datasetSize(queries);
    for (const [q0, q1] of chunks(nQuery, chunk)) {
      const v = transformQueries(gradients(f, queries, q0, q1));
      for (const [i0, i1] of chunks(nTrain, chunk))
        body(v, q0, transformTraining(gradients(loss, train, i0, i1)), i0);
    }
    return nQuery;
  };

  const unformed = isLarge(model.parameterCount) && method.chunk === undefined;
  /** Adds the share of every block of θ to out(block). */
  const addProducts = (queries: Dataset, out: (block: number) => Matrix): void => {
    const size = Math.max(1, Math.floor(QUERY_NUMBERS / model.parameterCount));
    for (const [q0, q1] of chunks(datasetSize(queries), size))
      new GradientProducts(model, transformQueries(gradients(f, queries, q0, q1))).add(
        loss,
        theta,
        train,
        1,
        out,
        q0,
      );
  };
  /** Divides columns by the lengths of the training gradients, where that was asked for. */
  const normalise = (...scores: Matrix[]): void => {
    if (!unitTraining) return;
    const lengths = gradientNorms(model, loss, theta, train);
    for (const { rows, data } of scores)
      for (let q = 0, at = 0; q < rows; q++)
        for (let i = 0; i < nTrain; i++, at++) if (lengths[i] > 0) data[at] /= lengths[i];
  };

  return {
    score(queries) {
      queries = asDataset('FittedAttributor.score', model, f, queries);
      const out = new Matrix(datasetSize(queries), nTrain);
      if (unformed) {
        addProducts(queries, () => out);
        normalise(out);
      } else overPairs(queries, (v, q0, g, i0) => place(out, matmul(v, g, { transposeB: true }), q0, i0));
      return out;
    },
    scoreByLayer(queries) {
      queries = asDataset('FittedAttributor.scoreByLayer', model, f, queries);
      const out = model.blocks.map(() => new Matrix(datasetSize(queries), nTrain));
      if (unformed) {
        addProducts(queries, (block) => out[block]);
        normalise(...out);
      } else
        overPairs(queries, (v, q0, g, i0) => {
          for (const { index, offset, size } of model.blocks) {
            const share = matmul(columns(v, offset, size), columns(g, offset, size), { transposeB: true });
            place(out[index], share, q0, i0);
          }
        });
      return out;
    },
    selfInfluence() {
      const out = new Float64Array(nTrain);
      for (const [i0, i1] of chunks(nTrain, chunk)) {
        const raw = gradients(loss, train, i0, i1);
        const g = transformTraining(raw);
        const v = transformQueries(f === loss ? raw : gradients(f, train, i0, i1));
        for (let i = i0; i < i1; i++) out[i] = dot(v.row(i - i0), g.row(i - i0));
      }
      return out;
    },
  };
}

/**
 * The fitted model and training set that were given, themselves or converted.
 *
 * @throws {ShapeError} {@link DomainError} {@link NonFiniteError} they are none, or θ or the training set do not fit the model.
 */
export function asFittedModel(
  where: string,
  fitted: FittedModel,
  train: Dataset,
): { fitted: FittedModel; train: Dataset } {
  checkObject(where, 'fitted', fitted);
  const model = asModel(where, 'fitted.model', fitted.model);
  const theta = asTheta(where, model, fitted.theta);
  asLoss(where, 'fitted.loss', fitted.loss);
  const same = model === fitted.model && theta === fitted.theta;
  return {
    fitted: same ? fitted : { ...fitted, model, theta },
    train: asDataset(where, model, fitted.loss, train),
  };
}

/** Rows scaled to length 1, in a copy; rows of zeros stay zero. */
export function unitRows(a: Matrix): Matrix {
  const out = a.clone();
  for (let r = 0; r < a.rows; r++) {
    const row = out.row(r);
    const length = norm2(row);
    if (length > 0) for (let c = 0; c < row.length; c++) row[c] /= length;
  }
  return out;
}

/** [0, size), [size, 2 size) … up to n. */
export function* chunks(n: number, size: number): Generator<readonly [start: number, end: number]> {
  for (let start = 0; start < n; start += size) yield [start, Math.min(start + size, n)];
}

/** Copies `block` into `out` with its top left element at (row, col). */
function place(out: Matrix, block: Matrix, row: number, col: number): void {
  for (let r = 0; r < block.rows; r++) out.row(row + r).set(block.row(r), col);
}

/** Columns offset..offset+size−1 as a matrix of their own. */
export function columns(a: Matrix, offset: number, size: number): Matrix {
  const out = new Matrix(a.rows, size);
  for (let r = 0; r < a.rows; r++) out.row(r).set(a.row(r).subarray(offset, offset + size));
  return out;
}
