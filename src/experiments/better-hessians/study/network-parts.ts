/** @file What every variant of the study needs of one base model, kept by each worker. */
import { perExampleGradients } from '../../../autodiff/index.ts';
import { hessianMatrix, type Problem } from '../../../curvature/index.ts';
import { CLASS_MEASUREMENTS, drawSubsets, measurementFunction } from '../../../influence/index.ts';
import { Matrix, matmul } from '../../../linalg/index.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import type { ErrorData } from './inverse-error-form.ts';
import { unitRows } from './inverse-error-form.ts';

/** Gradients and Hessian of one network. */
export interface NetworkParts {
  readonly hessian: Matrix;
  /** Σ_{i∈S_j} ∇L_i, shape [K, D]. */
  readonly subsetSums: Matrix;
  /** ∇m_q per measurement, each [nQuery, D]. */
  readonly queryGradients: readonly Matrix[];
  /** Absent where Eq. 9 is left out. */
  readonly error: ErrorData | undefined;
}

/** Eq. 9 takes several products of order D³ per curvature, hours on larger networks than this. */
export const ERROR_LIMIT = 5000;

/** Numbers that one worker keeps between variants, about 1.2 GB. */
const MEMO_NUMBERS = 1.5e8;

const memo = new Map<string, NetworkParts>();

/** Computed once per worker and network, as far as memory allows; the oldest goes first. */
export function networkParts(
  setting: SettingConfig,
  problem: Problem,
  networkKey: string,
  subsets: number,
): NetworkParts {
  const key = `${networkKey} ${subsets}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  const size = numbersOf(problem);
  for (const oldest of memo.keys()) {
    if ((memo.size + 1) * size <= MEMO_NUMBERS) break;
    memo.delete(oldest);
  }
  const parts = compute(setting, problem, subsets);
  memo.set(key, parts);
  return parts;
}

function compute(setting: SettingConfig, problem: Problem, count: number): NetworkParts {
  const { model, loss, theta, data } = problem;
  const { query } = prepareDigits(setting.data);
  const subsets = drawSubsets(setting.data.train, setting.subsetFraction, count, setting.seed);
  const gradients = perExampleGradients(model, loss, theta, data);
  const hessian = hessianMatrix(problem);
  return {
    hessian,
    subsetSums: matmul(membership(subsets, gradients.rows), gradients),
    queryGradients: CLASS_MEASUREMENTS.map((m) =>
      perExampleGradients(model, measurementFunction(m, loss), theta, query),
    ),
    error: model.parameterCount > ERROR_LIMIT ? undefined : errorData(hessian, gradients),
  };
}

function errorData(hessian: Matrix, gradients: Matrix): ErrorData {
  const directions = unitRows(gradients);
  return { hessian, directions, images: matmul(directions, hessian) };
}

/** [K, n]: 1 where subset j keeps example i. */
export function membership(subsets: readonly Int32Array[], n: number): Matrix {
  const out = new Matrix(subsets.length, n);
  for (const [j, kept] of subsets.entries()) for (const i of kept) out.data[j * n + i] = 1;
  return out;
}

function numbersOf({ model, data }: Problem): number {
  const d = model.parameterCount;
  return d * d + 2 * d * data.inputs.rows;
}
