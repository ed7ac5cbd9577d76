/** @file Every curvature of one base network: what it predicts for the subsets, how wrong its inverse is, how far it is from the next. */
import { perExampleGradients } from '../../autodiff/index.ts';
import {
  blockGgn,
  CURVATURES,
  decompose,
  type EigenOperator,
  ggnMatrix,
  hessianMatrix,
  inverseErrors,
  type LadderKind,
  PAPER_RULE,
  type Problem,
} from '../../curvature/index.ts';
import { drawSubsets, measurementFunction, subsetPredictions } from '../../influence/index.ts';
import { denseOperator, type Matrix, matmul } from '../../linalg/index.ts';
import { inversesOf } from '../better-hessians/study/inverses.ts';
import { membership } from '../better-hessians/study/network-parts.ts';
import { inverseWeights } from '../better-hessians/study/rule.ts';
import { SpectralPredictions } from '../better-hessians/study/spectral-predictions.ts';
import { trainingTime } from '../better-hessians/study/variant.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { StoredArray, TaskResult } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import type { Json } from '../files/digest.ts';
import { jsonNumbers } from '../files/json-number.ts';
import { GRADIENT_DOT } from '../protocol/methods.ts';
import { type NetworkSetting, networkSetup, settingNetwork } from '../protocol/network-setting.ts';
import { variedOperator } from './attention-rungs.ts';
import { type KroneckerPair, layerSteps, matrixDistances, overlaps } from './distances.ts';
import { curvaturesOf, type Rung, SCORES } from './rungs.ts';

/** What every rung is held against. */
interface Gradients {
  /** ∇L(z_i), [N, D]. */
  readonly train: Matrix;
  /** Their sums over the subsets, [K, D]. */
  readonly sums: Matrix;
  /** ∇m(z_q), [Q, D]. */
  readonly queries: Matrix;
}

type Seconds = { [stage: string]: number };

/**
 * All curvatures of a network with parameters θ as a stored result: for every rung the predictions under each inverse [variants, K, Q], the scores
 * under the rule of the paper [Q, N], the spectrum and the error of the inverse (Eq. 9); and the distances between them. Seconds are of this thread's processor.
 *
 * @param count - K: of the first so many subsets.
 */
export function judgeCurvatures(setting: NetworkSetting, theta: Float64Array, count: number): TaskResult {
  const { loss, train, query } = networkSetup(setting);
  const model = settingNetwork(setting);
  const problem: Problem = { model, loss, theta, data: train };
  const gradients = gradientsOf(setting, theta, count);
  const seconds: Seconds = {};
  const hessian = clocked(seconds, 'hessian/matrix', () => hessianMatrix(problem));
  const ggn = clocked(seconds, 'ggn/matrix', () => ggnMatrix(problem));
  const matrices = matrixDistances(problem, hessian, ggn);
  const arrays: { [name: string]: StoredArray } = {};
  const value: { [name: string]: { [name: string]: number } } = {};
  const operators = new Map<string, EigenOperator>();
  for (const rung of curvaturesOf(setting)) {
    const operator = clocked(seconds, `${rung.id}/operator`, () => operatorOf(rung, problem, hessian, ggn));
    const judged = judgeRung(setting, rung, operator, hessian, gradients);
    value[rung.id] = judged.value;
    for (const [name, array] of Object.entries(judged.arrays)) arrays[`${rung.id}/${name}`] = array;
    if (rung.kind !== 'hessian' && rung.kind !== 'ggn') operators.set(rung.id, operator); // those in blocks are small
  }
  const dot = matmul(gradients.queries, gradients.train, { transposeB: true });
  const subsets = drawSubsets(train.inputs.rows, setting.subsetFraction, count, setting.seed);
  arrays[`${GRADIENT_DOT}/predictions`] = stacked(
    [subsetPredictions(dot, subsets)],
    count,
    query.inputs.rows,
  );
  arrays[`${GRADIENT_DOT}/scores`] = arrayOf(dot);
  const exact = operators.get('block-ggn') as EigenOperator;
  const steps = kroneckerPairs(setting, operators).map(({ form, ...pair }) => ({
    form,
    ...jsonNumbers(overlaps(pair, exact)),
    layers: layerSteps(model, pair, exact) as unknown as Json,
  }));
  return {
    value: { rungs: jsonNumbers(value), distances: jsonNumbers({ ...matrices }), steps },
    arrays,
    seconds,
  };
}

function gradientsOf(setting: NetworkSetting, theta: Float64Array, count: number): Gradients {
  const { model, loss, train, query } = networkSetup(setting);
  const { subsetFraction, seed, measurement } = setting;
  const subsets = drawSubsets(train.inputs.rows, subsetFraction, count, seed);
  const gradients = perExampleGradients(model, loss, theta, train);
  return {
    train: gradients,
    sums: matmul(membership(subsets, gradients.rows), gradients),
    queries: perExampleGradients(model, measurementFunction(measurement, loss), theta, query),
  };
}

/** The matrix of the GGN is overwritten. */
function operatorOf(
  { kind, form, variation }: Rung & { readonly kind: LadderKind },
  problem: Problem,
  hessian: Matrix,
  ggn: Matrix,
): EigenOperator {
  if (variation !== undefined)
    return variedOperator(variation, kind === 'ekfac' ? kind : 'block-ggn', problem);
  switch (kind) {
    case 'hessian':
      return decompose(hessian, { structure: 'symmetric' });
    case 'ggn':
      return decompose(ggn, { structure: 'psd', overwrite: true });
    case 'block-ggn':
      return blockGgn(problem);
    default:
      return CURVATURES[kind].build(problem, form === undefined ? {} : { kfac: form });
  }
}

/** One decomposition, and every inverse of it. */
function judgeRung(
  setting: NetworkSetting,
  { kind }: Rung & { readonly kind: LadderKind },
  operator: EigenOperator,
  hessian: Matrix,
  { train, sums, queries }: Gradients,
): { readonly value: { [name: string]: number }; readonly arrays: TaskResult['arrays'] } {
  const predictions = new SpectralPredictions(operator, sums, [queries]);
  const all = inversesOf(kind, trainingTime(setting)).map(({ rule }) => {
    const weights = inverseWeights(operator, rule);
    return weights === undefined ? undefined : predictions.predict(weights, 0).values;
  });
  const errors = inverseErrors(denseOperator(hessian, 'symmetric'), operator, PAPER_RULE, train);
  const scores = matmul(operator.applyInverse(queries, PAPER_RULE), train, { transposeB: true });
  const { rank, negative } = operator.kept(PAPER_RULE);
  return {
    value: {
      error: errors.mean,
      rank,
      negative,
      trace: operator.trace(),
      frobenius: operator.frobeniusNorm(),
    },
    arrays: {
      predictions: stacked(all, sums.rows, queries.rows),
      [SCORES]: arrayOf(scores),
      spectrum: arrayOf(operator.values.slice().sort()),
    },
  };
}

/** EK-FAC with K-FAC, in each form. */
function kroneckerPairs(
  setting: NetworkSetting,
  operators: ReadonlyMap<string, EigenOperator>,
): ({ readonly form: string } & KroneckerPair)[] {
  return curvaturesOf(setting)
    .filter(({ kind }) => kind === 'kfac')
    .map(({ id, form, above }) => ({
      form: form ?? 'one',
      ekfac: operators.get(above as string) as EigenOperator,
      kfac: operators.get(id) as EigenOperator,
    }));
}

/** Matrices of one shape behind each other; NaN for one that is not there. */
function stacked(all: readonly (Matrix | undefined)[], rows: number, cols: number): StoredArray {
  const data = new Float64Array(all.length * rows * cols).fill(Number.NaN);
  for (const [k, one] of all.entries()) if (one !== undefined) data.set(one.data, k * rows * cols);
  return { shape: [all.length, rows, cols], data };
}

/** Processor time of a stage. */
function clocked<T>(seconds: Seconds, stage: string, body: () => T): T {
  const start = threadMilliseconds();
  const made = body();
  seconds[stage] = (threadMilliseconds() - start) / 1000;
  return made;
}
