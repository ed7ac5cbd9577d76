/** @file Scores of some queries by one method at one base model. */

import { type Dataset, selectExamples } from '../../autodiff/index.ts';
import { type EigenOperator, ekfac, type Problem } from '../../curvature/index.ts';
import {
  type AstraOptions,
  type Attributor,
  astra,
  astraInfluence,
  astraSourceInfluence,
  type BoundedScores,
  type FittedAttributor,
  gradientDot,
  influenceFunction,
  lissaInfluence,
  sourceInfluence,
  stochasticNeumann,
  tracin,
  trak,
} from '../../influence/index.ts';
import { type Matrix, matmul, mean, type Vec } from '../../linalg/index.ts';
import { arrayOf } from '../engine/stored-array.ts';
import type { TaskResult } from '../engine/task.ts';
import { timed } from '../engine/timed.ts';
import { type Frame, rowsOf } from './frame.ts';
import type { Variant } from './method.ts';
import { type DataFolder, settingSets, storedTrajectory } from './network.ts';
import { segmentScores } from './segment-scores.ts';
import { type AstraSetting, CIFAR_TIMES_DAMPING, SEGMENTS, type SolverConfig } from './setting.ts';
import { curvatureOf, exactSolutions, unlessDiverged } from './system.ts';

/** A base model in a worker's hands; frame and EK-FAC are made when first asked for. */
export interface ScoredNetwork {
  readonly setting: AstraSetting;
  readonly folder: DataFolder;
  readonly problem: Problem;
  readonly stored: TaskResult;
  /** Absent where not all gradients fit into memory. */
  readonly frame: (() => Frame) | undefined;
  readonly preconditioner: () => EigenOperator;
}

/** Scores of queries start..end−1 as a stored result, with the residuals of the solves where there are any. A solver that diverges has none, which the result says. */
export function scoreQueries(
  network: ScoredNetwork,
  variant: Variant,
  start: number,
  end: number,
): TaskResult {
  const seconds: { [stage: string]: number } = {};
  const found = unlessDiverged(() => scored(network, variant, [start, end], seconds));
  if (found === undefined) return { value: { diverged: true }, arrays: {}, seconds };
  const { scores, residuals, alpha } = found;
  return {
    value: {
      ...(residuals === undefined
        ? {}
        : { residual: mean(residuals), largestResidual: Math.max(...residuals) }),
      ...(alpha === undefined ? {} : { alpha }),
    },
    arrays: { scores: arrayOf(scores) },
    seconds,
  };
}

interface Found {
  readonly scores: Matrix;
  readonly residuals: Vec | undefined;
  readonly alpha: number | undefined;
}

function scored(
  network: ScoredNetwork,
  variant: Variant,
  [start, end]: readonly [number, number],
  seconds: { [stage: string]: number },
): Found {
  const { setting, folder, frame } = network;
  const onFrame = ['astra', 'astra-cifar', 'astra-auto', 'lissa', 'exact'].includes(variant.method);
  let scores: Matrix;
  let residuals: Vec | undefined;
  let alpha: number | undefined;
  if (frame !== undefined && onFrame && variant.damping !== null) {
    const made = timed(seconds, 'gradients', frame);
    const solved = timed(seconds, 'solve', () => solveOnFrame(made, setting, variant, start, end));
    residuals = solved.residuals;
    alpha = solved.alpha;
    scores = timed(seconds, 'score', () => trainingProducts(made, solved.x));
  } else {
    const { query } = settingSets(setting, folder);
    const queries = range(query, start, end);
    const { model, loss, theta, data } = network.problem;
    const fitted = { model, loss, theta };
    if (variant.method === 'astra-source' && frame !== undefined && 'labels' in data) {
      const options = segmentedOptions(network);
      const run = timed(seconds, 'fit', () => astraSourceInfluence(options).fit(fitted, data));
      ({ scores, residuals } = timed(seconds, 'score', () =>
        segmentScores(network.problem, run.segments, queries, options),
      ));
    } else {
      const attributor = attributorOf(network, variant);
      const whole = timed(seconds, 'fit', () => attributor.fit(fitted, data));
      ({ scores, residuals } = timed(seconds, 'score', () => scoredWithResiduals(whole, queries)));
    }
  }
  return { scores, residuals, alpha };
}

/** (C + λI)⁻¹∇m of some queries, with the relative residual of each; in the frame's coordinates or in its span's. */
interface FrameSolution {
  readonly x: { readonly rows: Matrix; readonly inSpan: boolean };
  readonly residuals: Vec;
  readonly alpha?: number;
}

function solveOnFrame(
  frame: Frame,
  { solver, seed }: AstraSetting,
  { method, damping }: Variant,
  start: number,
  end: number,
): FrameSolution {
  if (damping === null) throw new TypeError(`${method} needs λ`);
  const batch = { batch: solver.batch, seed };
  if (method === 'astra' || method === 'astra-cifar' || method === 'astra-auto') {
    const solution = astra(
      curvatureOf(frame, batch),
      rowsOf(frame.queries, start, end),
      frame.preconditioner,
      { damping, seed, ...descent(solver, method) },
    );
    return { x: { rows: solution.x, inSpan: false }, residuals: solution.residuals, alpha: solution.alpha };
  }
  const spanned = frame.span();
  const source = curvatureOf(spanned, batch);
  const b = rowsOf(spanned.queries, start, end);
  if (method === 'lissa') {
    const iterations = solver.neumannIterations;
    const solution = stochasticNeumann(source, b, { damping, iterations, seed, checkEvery: iterations });
    return { x: { rows: solution.x, inSpan: true }, residuals: solution.residuals, alpha: solution.alpha };
  }
  const { x, residuals } = exactSolutions({ source, b, whole: spanned.whole }, damping);
  return { x: { rows: x, inSpan: true }, residuals };
}

/** xᵀ∇L(z_i) for every training example. */
function trainingProducts(frame: Frame, { rows, inSpan }: FrameSolution['x']): Matrix {
  const { losses, weights } = inSpan ? frame.span() : frame;
  const out = matmul(rows, losses, { transposeB: true });
  for (let q = 0; q < out.rows; q++) {
    const row = out.row(q);
    for (let i = 0; i < row.length; i++) row[i] *= weights[i];
  }
  return out;
}

/** Scores, and the residuals of methods that solve. ASTRA-SOURCE has one per segment: the largest is taken. */
function scoredWithResiduals(
  fitted: FittedAttributor & { readonly scoreWithBounds?: (queries: Dataset) => BoundedScores },
  queries: Dataset,
): { scores: Matrix; residuals: Vec | undefined } {
  const bounded = fitted.scoreWithBounds?.(queries);
  return bounded ?? { scores: fitted.score(queries), residuals: undefined };
}

/** The library's attributor of a variant. */
function attributorOf(network: ScoredNetwork, { method, damping }: Variant): Attributor {
  const { setting, stored, preconditioner } = network;
  const { measurement, solver, seed } = setting;
  const lambda = damping ?? 0;
  const rule = { kind: 'damped', lambda } as const;
  const common = { measurement, damping: lambda, seed, batch: solver.batch };
  switch (method) {
    case 'grad-dot':
      return gradientDot({ measurement });
    case 'ekfac':
      return influenceFunction({ curvature: preconditioner(), rule, measurement });
    case 'ekfac-type-2':
      return influenceFunction({ curvature: ekfac(network.problem), rule, measurement });
    case 'lissa':
      return lissaInfluence({
        ...common,
        iterations: solver.neumannIterations,
        checkEvery: solver.neumannIterations,
      });
    case 'astra':
    case 'astra-cifar':
    case 'astra-auto':
      return astraInfluence({ ...common, preconditioner: preconditioner(), ...descent(solver, method) });
    case 'trak':
      return trak({ measurement, seed, dimension: setting.trakDimension });
    case 'tracin':
      return tracin({ measurement, trajectory: storedTrajectory(setting, stored) });
    case 'source':
      return sourceInfluence(sourceOptions(network));
    case 'astra-source':
      return astraSourceInfluence(segmentedOptions(network));
    case 'exact':
      throw new TypeError(`${method} is not computed for networks of this size`);
  }
}

/** The run of SOURCE. */
function sourceOptions({ setting, stored }: ScoredNetwork) {
  return {
    measurement: setting.measurement,
    trajectory: storedTrajectory(setting, stored),
    segments: SEGMENTS,
    options: { fisher: setting.fisher },
  };
}

/** With what its segments are solved by. */
function segmentedOptions(network: ScoredNetwork) {
  const { solver, seed } = network.setting;
  return { ...sourceOptions(network), batch: solver.batch, seed, ...descent(solver, 'astra') };
}

/** The iterations of ASTRA, with α as in Table 3 or the library's own. */
function descent(
  { iterations, momentum, decay, timesDamping }: SolverConfig,
  method: 'astra' | 'astra-cifar' | 'astra-auto',
): Pick<Required<AstraOptions>, 'iterations' | 'momentum' | 'decay' | 'checkEvery' | 'alpha'> {
  const times = method === 'astra-cifar' ? CIFAR_TIMES_DAMPING : timesDamping;
  const alpha = method === 'astra-auto' ? 'auto' : { timesDamping: times };
  return { iterations, momentum, decay, checkEvery: iterations, alpha };
}

function range(data: Dataset, start: number, end: number): Dataset {
  return selectExamples(
    data,
    Int32Array.from({ length: end - start }, (_, k) => start + k),
  );
}
