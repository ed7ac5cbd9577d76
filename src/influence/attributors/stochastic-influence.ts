/** @file Influence by stochastic solves: LiSSA and ASTRA as attributors, with the error that their residuals allow. */
import { asDataset, type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import { ekfac } from '../../curvature/ekfac.ts';
import type { CurvatureOptions, Problem } from '../../curvature/problem.ts';
import { checkFields, oneOf } from '../../linalg/border/fields.ts';
import { checkLength } from '../../linalg/checks.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { matmul } from '../../linalg/products.ts';
import { norm2 } from '../../linalg/sum.ts';
import type { Attributor, FittedModel, LayeredAttributor } from '../attributor.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { batchSize, CHUNKED, checkRepeats, curvatureOptions } from '../option-checks.ts';
import { ASTRA, type AstraOptions, astra, astraHeavyBall, astraPreconditioner } from '../solvers/astra.ts';
import {
  type CurvatureSource,
  type MinibatchOptions,
  minibatchCurvature,
} from '../solvers/curvature-source.ts';
import { GradientProducts, gradientNorms } from '../solvers/gradient-products.ts';
import type { HeavyBall } from '../solvers/heavy-ball.ts';
import { eigenOperator } from '../solvers/step-size.ts';
import type { StochasticSolution } from '../solvers/stochastic-descent.ts';
import {
  NEUMANN,
  type NeumannOptions,
  neumannHeavyBall,
  stochasticNeumann,
} from '../solvers/stochastic-neumann.ts';
import {
  asFittedModel,
  bilinearAttributor,
  CHUNK_NUMBERS,
  chunks,
  isLarge,
  QUERY_NUMBERS,
} from './bilinear-scores.ts';

/** What both attributors may be told beside their solver's options. */
interface CommonOptions {
  /** Curvature of the mean training loss: 'ggn' (default), or 'hessian', which needs λ above −min σ. */
  readonly curvature?: 'ggn' | 'hessian';
  /** B. Default {@link INFLUENCE_BATCH}, or 'full' when there are no more examples than that. */
  readonly batch?: number | 'full';
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'lissa' or 'astra'. */
  readonly id?: string;
  /** Right-hand sides solved together, and training gradients held together. Default: as many as fit in 16 MiB. */
  readonly chunk?: number;
}

export interface LissaInfluenceOptions extends CommonOptions, NeumannOptions {}

export interface AstraInfluenceOptions extends CommonOptions, AstraOptions {
  /** P, already built for this model, θ and training set. Default: `ekfac` of it. */
  readonly preconditioner?: EigenOperator;
  /** Fisher type and partition of the EK-FAC that is built. */
  readonly options?: CurvatureOptions;
}

const COMMON = { ...CHUNKED, curvature: oneOf('ggn', 'hessian'), batch: batchSize };

/** Examples per step by default, those of Wang et al. 2025, Table 3, for their perceptrons. */
export const INFLUENCE_BATCH = 256;

/** Scores with what is known of their errors, all [nQuery, N] but `residuals`. */
export interface BoundedScores {
  readonly scores: Matrix;
  /** ‖∇m − (C + λI)x‖ / ‖∇m‖ per query, shape [nQuery]. */
  readonly residuals: Vec;
  /**
   * ‖∇m(z_q) − (C + λI)x_q‖ · ‖∇L(z_i)‖ / λ ≥ |score[q, i] − exact|, as ‖(C + λI)⁻¹‖ ≤ 1/λ for psd C. Absent for the
   * Hessian, which may be indefinite, and for λ = 0. It counts the error of the solve, not rounding in the products.
   */
  readonly bounds: Matrix | undefined;
  /** Of the mean over the repetitions: √(Σ_r (score_r − mean)² / (R(R − 1))). Absent with one. */
  readonly standardErrors: Matrix | undefined;
  /** Steps taken per query, the most of any repetition, shape [nQuery]. */
  readonly steps: Int32Array;
  /** The checks of the first repetition: step numbers, shape [checks], and relative residuals, shape [checks, nQuery]. */
  readonly history: { readonly iterations: Int32Array; readonly residuals: Matrix };
}

/** Also returns α of the first step and m, where 'auto' is decided once, in `fit`, and the solves themselves. */
export interface FittedStochasticInfluence extends LayeredAttributor, HeavyBall {
  /** x_q ≈ (C + λI)⁻¹∇m(z_q), one row per query, all solved together, with residual history and error bars. */
  solve(queries: Dataset): StochasticSolution;
  /** `score` with residuals, bounds and error bars; one solve per query as `score`. */
  scoreWithBounds(queries: Dataset): BoundedScores;
}

/** An {@link Attributor} by stochastic solves. */
export interface StochasticInfluence extends Attributor {
  fit(...args: Parameters<Attributor['fit']>): FittedStochasticInfluence;
}

/**
 * LiSSA influence: score[q, i] = x_qᵀ∇L(z_i), x_q ≈ (C + λI)⁻¹∇m(z_q) by {@link stochasticNeumann}. Sign, scale and
 * orientation: see `Attributor`. All queries see the same batches, which `rng(seed, 'curvature-batch', repeat, step)` names.
 *
 * @returns An attributor; `fit` decides α and m.
 * @throws {DomainError} options. From `score`: {@link DivergenceError}.
 * Cost: per query J·R products on B examples, 3 to 4 gradients of a batch each; then as `influenceFunction`.
 * Reference: Agarwal, Bullins & Hazan 2017; Koh & Liang 2017, §3.
 * @example lissaInfluence({ damping: 1e-2, repeats: 4 }).fit({ model, loss, theta }, train).scoreWithBounds(queries);
 */
export function lissaInfluence(options: LissaInfluenceOptions): StochasticInfluence {
  checkFields('lissaInfluence', options, { ...COMMON, ...NEUMANN }, 'options', ['damping']);
  const { curvature, batch, measurement, id, chunk, ...solver } = options;
  return stochasticInfluence('lissaInfluence', 'lissa', options, (_, source) => {
    const ball = neumannHeavyBall('lissaInfluence', source, solver);
    return { ...ball, solve: (b) => stochasticNeumann(source, b, { ...solver, ...ball }) };
  });
}

/**
 * ASTRA influence: score[q, i] = x_qᵀ∇L(z_i), x_q ≈ (C + λI)⁻¹∇m(z_q) by {@link astra} from the EK-FAC solution. With
 * `iterations: 0` it is EK-FAC influence. Sign, scale and orientation: see `Attributor`. All queries see the same batches.
 *
 * @returns An attributor; `fit` builds the EK-FAC, unless one is given, and decides α and m.
 * @throws {DomainError} options. From `fit`: {@link SingularError}, {@link ShapeError}. From `score`: {@link DivergenceError}.
 * Cost: an EK-FAC once; per query J·R steps of {@link astra}; then as `influenceFunction`.
 * Reference: Wang et al. 2025, Eqs. 6 and 9. Their ensembles average scores, Eq. 15.
 * @example astraInfluence({ damping: 5e-3 }).fit({ model, loss, theta }, train).score(queries);
 */
export function astraInfluence(options: AstraInfluenceOptions): StochasticInfluence {
  const further = { preconditioner: eigenOperator, options: curvatureOptions };
  checkFields('astraInfluence', options, { ...COMMON, ...ASTRA, ...further }, 'options', ['damping']);
  const { curvature, batch, measurement, id, chunk, preconditioner, options: build, ...solver } = options;
  const { damping, preconditionerDamping } = solver;
  return stochasticInfluence('astraInfluence', 'astra', options, (problem, source) => {
    const p = preconditioner ?? ekfac(problem, build);
    checkLength('astraInfluence.fit', 'preconditioner', p.values, problem.model.parameterCount);
    const inverse = astraPreconditioner(p, preconditionerDamping ?? damping);
    const ball = astraHeavyBall('astraInfluence', source, inverse, solver);
    return { ...ball, solve: (b) => astra(source, b, p, { ...solver, ...ball }) };
  });
}

/** A solver made for one training set. */
interface FittedSolver extends HeavyBall {
  solve(b: Matrix): StochasticSolution;
}

function stochasticInfluence(
  where: string,
  name: string,
  options: CommonOptions & { readonly damping: number; readonly seed?: number; readonly repeats?: number },
  prepare: (problem: Problem, source: CurvatureSource) => FittedSolver,
): StochasticInfluence {
  const { measurement = 'loss', damping } = options;
  return {
    id: options.id ?? name,
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel(`${where}.fit`, fitted, train));
      const problem = { ...fitted, data: train };
      const minibatch = minibatchOf(options, datasetSize(train));
      checkRepeats(name, minibatch.batch, options.repeats ?? 1, datasetSize(train));
      const source = minibatchCurvature(problem, minibatch);
      const solver = prepare(problem, source);
      const { parameterCount } = fitted.model;
      const held = isLarge(parameterCount) ? QUERY_NUMBERS : CHUNK_NUMBERS;
      const chunk = options.chunk ?? Math.max(1, Math.floor(held / parameterCount));
      const scores = bilinearAttributor({
        fitted,
        train,
        measurement,
        transformQueries: (gradients) => solver.solve(gradients).x,
        ...(options.chunk === undefined ? {} : { chunk }),
      });
      const f = measurementFunction(measurement, fitted.loss);
      const bounded = source.structure === 'psd' && damping > 0;
      return {
        ...scores,
        alpha: solver.alpha,
        momentum: solver.momentum,
        solve: (queries) => solver.solve(perExampleGradients(fitted.model, f, fitted.theta, queries)),
        scoreWithBounds(queries) {
          queries = asDataset(`${where}.scoreWithBounds`, fitted.model, f, queries);
          const parts: BoundedScores[] = [];
          for (let start = 0; start < datasetSize(queries); start += chunk) {
            const end = Math.min(start + chunk, datasetSize(queries));
            const b = perExampleGradients(fitted.model, f, fitted.theta, queries, start, end);
            parts.push(boundedScores(solver.solve(b), fitted, train, chunk, bounded ? damping : undefined));
          }
          return stacked(parts);
        },
      };
    },
  };
}

function minibatchOf(
  { curvature = 'ggn', batch, seed = 0 }: CommonOptions & { readonly seed?: number },
  examples: number,
): MinibatchOptions & { readonly batch: number | 'full' } {
  return { curvature, batch: batch ?? (examples <= INFLUENCE_BATCH ? 'full' : INFLUENCE_BATCH), seed };
}

/** Products with the gradients of training examples start…, and the lengths of these. */
interface TrainingBlock {
  readonly start: number;
  readonly part: Matrix;
  readonly runs: readonly Matrix[];
  readonly lengths: Vec;
}

/** x and every repetition times training gradients: chunk by chunk, or all at once where these are too long to be formed. */
function* trainingBlocks(
  x: Matrix,
  repeats: readonly Matrix[],
  { model, loss, theta }: FittedModel,
  train: Dataset,
  chunk: number,
): Generator<TrainingBlock> {
  const n = datasetSize(train);
  if (isLarge(model.parameterCount)) {
    const products = (rows: Matrix): Matrix => {
      const out = new Matrix(rows.rows, n);
      new GradientProducts(model, rows).add(loss, theta, train, 1, () => out, 0);
      return out;
    };
    const lengths = gradientNorms(model, loss, theta, train);
    yield { start: 0, part: products(x), runs: repeats.map(products), lengths };
    return;
  }
  for (const [start, end] of chunks(n, chunk)) {
    const g = perExampleGradients(model, loss, theta, train, start, end);
    const products = (rows: Matrix): Matrix => matmul(rows, g, { transposeB: true });
    const lengths = Float64Array.from({ length: g.rows }, (_, i) => norm2(g.row(i)));
    yield { start, part: products(x), runs: repeats.map(products), lengths };
  }
}

/** Scores, bounds and error bars of some queries. */
function boundedScores(
  { x, residuals, residualNorms, repeats, traces }: StochasticSolution,
  fitted: FittedModel,
  train: Dataset,
  chunk: number,
  damping: number | undefined,
): BoundedScores {
  const n = datasetSize(train);
  const make = (): Matrix => new Matrix(x.rows, n);
  const scores = make();
  const bounds = damping === undefined ? undefined : make();
  const standardErrors = repeats.length > 1 ? make() : undefined;
  const blocks = trainingBlocks(x, standardErrors === undefined ? [] : repeats, fitted, train, chunk);
  for (const { start, part, runs, lengths } of blocks) {
    for (let i = 0; i < lengths.length; i++)
      for (let q = 0; q < x.rows; q++) {
        const at = q * n + start + i;
        const value = part.at(q, i);
        scores.data[at] = value;
        if (bounds !== undefined && damping !== undefined)
          bounds.data[at] = (residualNorms[q] * lengths[i]) / damping;
        if (standardErrors !== undefined) {
          let squares = 0;
          for (const run of runs) squares += (run.at(q, i) - value) ** 2;
          standardErrors.data[at] = Math.sqrt(squares / (runs.length * (runs.length - 1)));
        }
      }
  }
  const steps = traces[0].steps.map((_, q) => Math.max(...traces.map((trace) => trace.steps[q])));
  const [{ iterations, residuals: checked }] = traces;
  const history = { iterations, residuals: checked };
  return { scores, residuals, bounds, standardErrors, steps, history };
}

/** Results of consecutive queries, one under the other. */
function stacked(parts: readonly BoundedScores[]): BoundedScores {
  const matrices = (of: (part: BoundedScores) => Matrix | undefined): Matrix | undefined => {
    const present = parts.map(of).filter((m) => m !== undefined);
    return present.length === parts.length
      ? Matrix.of(present.flatMap((m) => Array.from({ length: m.rows }, (_, i) => m.row(i))))
      : undefined;
  };
  return {
    scores: matrices((part) => part.scores) ?? new Matrix(0, 0),
    residuals: Float64Array.from(parts.flatMap((part) => Array.from(part.residuals))),
    bounds: matrices((part) => part.bounds),
    standardErrors: matrices((part) => part.standardErrors),
    steps: Int32Array.from(parts.flatMap((part) => Array.from(part.steps))),
    history: joined(parts.map((part) => part.history)),
  };
}

/** Histories side by side; one that ended early, its rows being done, keeps its last residuals. */
export function joined(parts: readonly BoundedScores['history'][]): BoundedScores['history'] {
  let iterations: Int32Array = new Int32Array(0);
  for (const part of parts) if (part.iterations.length > iterations.length) iterations = part.iterations;
  const queries = parts.reduce((sum, part) => sum + part.residuals.cols, 0);
  const residuals = new Matrix(iterations.length, queries);
  for (let check = 0; check < iterations.length; check++) {
    let at = 0;
    for (const part of parts) {
      residuals.row(check).set(part.residuals.row(Math.min(check, part.residuals.rows - 1)), at);
      at += part.residuals.cols;
    }
  }
  return { iterations, residuals };
}
