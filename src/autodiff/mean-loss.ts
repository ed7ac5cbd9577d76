/** @file The mean of a function over a data set: its gradient, and Hessian and Gauss–Newton products with vectors. */
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import type { VectorInput } from '../linalg/border/vector.ts';
import { checkFinite, checkShape } from '../linalg/checks.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { asModel, asTheta } from './as-model.ts';
import { BatchProgram } from './batch-program.ts';
import { asDataset, type Dataset, type DatasetInput, datasetSize, isWeighted } from './dataset.ts';
import type { ExampleFunction, Loss } from './functions.ts';
import type { Network } from './network.ts';
import { SWEEP_BATCH } from './sweep.ts';
import type { Tangents } from './tangents.ts';

/** Directions that one tangent sweep carries. */
const DIRECTIONS = 8;

/**
 * (1/n) Σ_i ∇_θ f(z_i, θ).
 *
 * @returns [D] in the layout of θ.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit the model or f.
 * Cost: one forward and reverse sweep over the data.
 * @example meanGradient(model, 'cross-entropy', theta, data); // ∇ of the mean training loss
 */
export function meanGradient(
  model: Network,
  f: ExampleFunction,
  theta: VectorInput,
  data: DatasetInput,
): Vec {
  const mean = asMean('meanGradient', model, f, theta, data);
  const out = new Float64Array(mean.model.parameterCount);
  eachChunk(mean, 0, ({ program }) => {
    program.forward();
    program.backward();
    accumulate(out, program.gradient, 0);
  });
  return scaled(out, 1 / datasetSize(mean.data));
}

/**
 * H v for the Hessian H of the mean loss, by forward over reverse: exact up to rounding, no differences.
 *
 * @param v - Directions, one per row, [k, D]. @returns [k, D], row j is H v_j.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or v do not fit.
 * Cost: about 2 + 4k forward sweeps. Reference: Pearlmutter, Fast exact multiplication by the Hessian (1994).
 * @example lossHvp(model, 'cross-entropy', theta, data, Matrix.of([direction])).row(0);
 */
export function lossHvp(
  model: Network,
  loss: Loss,
  theta: VectorInput,
  data: DatasetInput,
  v: MatrixInput,
): Matrix {
  return tangentProducts('lossHvp', asMean('lossHvp', model, loss, theta, data), v, false);
}

/**
 * G v for the generalised Gauss–Newton matrix G = (1/n) Σ Jᵀ H_u J of the mean loss, J the Jacobian of the outputs u and
 * H_u the Hessian of the loss with respect to them.
 *
 * @param v - Directions, one per row, [k, D]. @returns [k, D], row j is G v_j.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or v do not fit.
 * Cost: about 2 + 3k forward sweeps. Reference: Schraudolph, Fast curvature matrix-vector products (2002), §3.
 * @example lossGgnvp(model, 'squared-error', theta, data, Matrix.of([direction])).row(0);
 */
export function lossGgnvp(
  model: Network,
  loss: Loss,
  theta: VectorInput,
  data: DatasetInput,
  v: MatrixInput,
): Matrix {
  return tangentProducts('lossGgnvp', asMean('lossGgnvp', model, loss, theta, data), v, true);
}

/**
 * The Hessian of the mean loss, one column H e_j after the other: the plain reference that faster constructions are
 * compared with. Not symmetrised: ‖H − Hᵀ‖ is a test that the rules agree.
 *
 * @returns [D, D]. Cost: D Hessian-vector products.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ or data do not fit.
 * @example hessianByColumns(model, 'cross-entropy', theta, data).at(0, 0); // ∂²L/∂θ₀²
 */
export function hessianByColumns(model: Network, loss: Loss, theta: VectorInput, data: DatasetInput): Matrix {
  const mean = asMean('hessianByColumns', model, loss, theta, data);
  const d = mean.model.parameterCount;
  const out = Matrix.zeros(d, d);
  for (let first = 0; first < d; first += COLUMNS) {
    const count = Math.min(COLUMNS, d - first);
    const units = Matrix.zeros(count, d);
    for (let j = 0; j < count; j++) units.data[j * d + first + j] = 1;
    const columns = tangentProducts('hessianByColumns', mean, units, false);
    for (let j = 0; j < count; j++)
      for (let i = 0; i < d; i++) out.data[i * d + first + j] = columns.data[j * d + i];
  }
  return out;
}

const COLUMNS = 256;

function tangentProducts(where: string, mean: Mean, directions: MatrixInput, gaussNewton: boolean): Matrix {
  const { model } = mean;
  const v = asMatrix(where, 'v', directions);
  checkShape(where, 'v', v, v.rows, model.parameterCount);
  checkFinite(where, 'v', v.data);
  const out = Matrix.zeros(v.rows, model.parameterCount);
  if (v.rows === 0) return out;
  let schedule: Tangents | undefined;
  eachChunk(mean, Math.min(v.rows, DIRECTIONS), ({ program, nodes }) => {
    if (schedule?.target !== program)
      schedule = program.tangentsFrom(['parameters'], gaussNewton ? { gaussNewton: nodes.logits } : {});
    program.forward();
    program.backward();
    for (let first = 0; first < v.rows; first += program.directions) {
      const count = Math.min(program.directions, v.rows - first);
      for (let j = 0; j < count; j++) program.parameterTangent(j).set(v.row(first + j));
      program.forwardTangent(schedule, count);
      program.backwardTangent(schedule, count);
      for (let j = 0; j < count; j++) accumulate(out.data, program.gradientTangent(j), (first + j) * v.cols);
    }
  });
  scaled(out.data, 1 / datasetSize(mean.data));
  return out;
}

/** The mean of a function over a data set, at θ. */
interface Mean {
  readonly model: Network;
  readonly f: ExampleFunction;
  readonly theta: Vec;
  readonly data: Dataset;
}

function eachChunk(
  { model, f, theta, data }: Mean,
  directions: number,
  body: (recorded: BatchProgram) => void,
): void {
  const n = datasetSize(data);
  const weighted = isWeighted(data);
  let recorded: BatchProgram | undefined;
  for (let start = 0; start < n; start += SWEEP_BATCH) {
    const count = Math.min(SWEEP_BATCH, n - start);
    if (recorded?.batch !== count) {
      recorded = new BatchProgram(model, f, count, { directions, weighted });
      recorded.program.parameters.set(theta);
    }
    recorded.load(data, start);
    body(recorded);
  }
}

function asMean(
  where: string,
  model: unknown,
  f: ExampleFunction,
  theta: VectorInput,
  data: DatasetInput,
): Mean {
  const network = asModel(where, 'model', model);
  const parameters = asTheta(where, network, theta);
  return { model: network, f, theta: parameters, data: asDataset(where, network, f, data) };
}

function accumulate(out: Vec, x: Vec, at: number): void {
  for (let i = 0; i < x.length; i++) out[at + i] += x[i];
}

function scaled(x: Vec, c: number): Vec {
  for (let i = 0; i < x.length; i++) x[i] *= c;
  return x;
}
