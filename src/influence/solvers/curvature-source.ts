/** @file Curvature as stochastic solvers see it: an operator per step, and the one that they are samples of. */
import { BatchProgram } from '../../autodiff/batch-program.ts';
import { datasetSize, isWeighted } from '../../autodiff/dataset.ts';
import { SWEEP_BATCH } from '../../autodiff/sweep.ts';
import type { Tangents } from '../../autodiff/tangents.ts';
import { exampleTraces } from '../../curvature/example-traces.ts';
import { asProblem, type Problem, type ProblemInput } from '../../curvature/problem.ts';
import { checkBoolean, checkFunction, checkObject, checkOneOf } from '../../linalg/border/arguments.ts';
import { checkFields, checkPath, checkSeed, oneOf } from '../../linalg/border/fields.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asIntegers, type IntegersInput } from '../../linalg/border/integers.ts';
import { asVector, type VectorInput } from '../../linalg/border/vector.ts';
import { checkFinite, checkInteger } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { asOperator, type OperatorInput } from '../../linalg/operators/checked-operator.ts';
import { functionOperator, type LinearOperator } from '../../linalg/operators/operator.ts';
import { rng } from '../../linalg/random/random.ts';
import { batchSize } from '../option-checks.ts';

/** Where a stochastic solver takes its products from. All operators are [size, size] and of the same structure. */
export interface CurvatureSource {
  readonly size: number;
  /** 'psd' is what error bounds need. */
  readonly structure: 'symmetric' | 'psd';
  /** C, the curvature that is to be inverted: E[`at`] = `mean`. */
  readonly mean: LinearOperator;
  /** Whether `at` is `mean` at every step. */
  readonly exact: boolean;
  /** The operator of one step of one repetition. Equal arguments give equal bits, in whatever order they are asked for. */
  at(repeat: number, step: number): LinearOperator;
  /**
   * Up to `count` steps of the first `steps` of `repeats` repetitions whose operators are steepest by what is cheap to know of them,
   * steepest first; absent where nothing is.
   */
  steepest?(repeats: number, steps: number, count: number): readonly NamedStep[];
}

/** One step of one repetition. */
export interface NamedStep {
  readonly repeat: number;
  readonly step: number;
}

export interface MinibatchOptions {
  /** 'ggn' (default) or 'hessian', of the mean loss. */
  readonly curvature?: 'ggn' | 'hessian';
  /** B: examples per step, drawn uniformly with replacement. 'full' (default): all examples, once each, at every step. */
  readonly batch?: number | 'full';
  /** The batch of a step is drawn from `rng(seed, ...path, 'curvature-batch', repeat, step)`. Default 0. */
  readonly seed?: number;
  /** Default none. */
  readonly path?: readonly (string | number)[];
  /** Which kernels run the network. Results do not depend on it. */
  readonly tier?: 'scalar' | 'simd';
}

const OPTIONS = {
  curvature: oneOf('ggn', 'hessian'),
  batch: batchSize,
  seed: checkSeed,
  path: checkPath,
  tier: oneOf('scalar', 'simd'),
};

/** Curvature products on chosen examples. */
export interface MinibatchCurvature extends CurvatureSource {
  /** The examples of one step, shape [B], in the order drawn; 0..N−1 for 'full'. */
  batchAt(repeat: number, step: number): Int32Array;
  /** The curvature of the mean loss over the examples listed, repetitions counted. */
  on(examples: IntegersInput): LinearOperator;
}

/** Directions that one tangent sweep carries. */
const DIRECTIONS = 8;

/**
 * The GGN G_B = (1/B) Σ_{i∈B} J_iᵀ ∇²_u L_i J_i, or the Hessian, on B examples drawn with replacement: E[G_B] = G, that of
 * the mean loss. Products only: J v forward, the loss Hessian on the outputs, Jᵀ back, for all rows at once.
 *
 * @param given - The problem. Kept by reference: θ and data must not change while the source is used.
 * @returns a source; its operators map rows [k, D] → [k, D], each row by itself. They share one compiled network.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} problem or options are not valid.
 * Cost: per step about 2 + 3k forward sweeps over B examples (Hessian: 2 + 4k), O(k·B·D); memory for 8 directions over
 * min(B, 128) examples, no D × D matrix.
 * Reference: Schraudolph 2002, Fast curvature matrix-vector products, §3; Agarwal, Bullins & Hazan 2017, Second-order
 * stochastic optimization for machine learning in linear time, §3 (unbiased minibatch products).
 * @example minibatchCurvature(problem, { batch: 32, seed: 1 }).at(0, 0).applyRows(directions);
 */
export function minibatchCurvature(given: ProblemInput, options: MinibatchOptions = {}): MinibatchCurvature {
  const where = 'minibatchCurvature';
  checkFields(where, options, OPTIONS);
  const { curvature = 'ggn', batch = 'full', seed = 0, path = [], tier } = options;
  const problem = asProblem(where, given);
  const n = datasetSize(problem.data);
  const size = problem.model.parameterCount;
  const structure = curvature === 'ggn' ? 'psd' : 'symmetric';
  const products = new ExampleProducts(problem, curvature === 'ggn', tier);
  const all = Int32Array.from({ length: n }, (_, i) => i);

  const on = (examples: IntegersInput): LinearOperator => {
    const chosen = asIntegers(where, 'examples', examples, 0, n - 1).slice();
    if (chosen.length === 0) throw new ShapeError(where, 'examples', 'at least one', 'none');
    return functionOperator(size, (rows) => products.apply(chosen, rows), structure);
  };
  const batchAt = (repeat: number, step: number): Int32Array => {
    if (batch === 'full') return all.slice();
    const random = rng(seed, ...path, 'curvature-batch', repeat, step);
    return Int32Array.from({ length: batch }, () => random.integer(n));
  };
  const mean = on(all);
  const exact = batch === 'full';
  let traces: Float64Array | undefined;
  return {
    size,
    structure,
    mean,
    exact,
    batchAt,
    on,
    at: (repeat, step) => (exact ? mean : on(batchAt(repeat, step))),
    ...(exact
      ? {}
      : {
          steepest: (repeats, steps, count) => {
            traces ??= exampleTraces(problem);
            return steepestSteps(batchAt, traces, repeats, steps, count);
          },
        }),
  };
}

/**
 * The steps whose batches have the largest sums of `weights`, ties in the order of time.
 *
 * @param given - Weights per example, shape [N]: traces of their curvatures, say.
 */
export function steepestSteps(
  batchAt: (repeat: number, step: number) => IntegersInput,
  given: VectorInput,
  repeats: number,
  steps: number,
  count: number,
): NamedStep[] {
  checkFunction('steepestSteps', 'batchAt', batchAt);
  const weights = asVector('steepestSteps', 'weights', given);
  checkFinite('steepestSteps', 'weights', weights);
  checkInteger('steepestSteps', 'repeats', repeats, 0, Number.MAX_SAFE_INTEGER);
  checkInteger('steepestSteps', 'steps', steps, 0, Number.MAX_SAFE_INTEGER);
  checkInteger('steepestSteps', 'count', count, 0, Number.MAX_SAFE_INTEGER);
  const all: (NamedStep & { readonly weight: number })[] = [];
  for (let repeat = 0; repeat < repeats; repeat++)
    for (let step = 0; step < steps; step++) {
      let weight = 0;
      const batch = batchAt(repeat, step);
      for (const i of asIntegers('steepestSteps', 'the result of batchAt', batch, 0, weights.length - 1))
        weight += weights[i];
      all.push({ repeat, step, weight });
    }
  all.sort((a, b) => b.weight - a.weight);
  return all.slice(0, count).map(({ repeat, step }) => ({ repeat, step }));
}

/**
 * A source whose every step is the same operator: deterministic iterations over anything symmetric.
 *
 * @param operator - Square, 'symmetric' or 'psd'. Kept by reference.
 * @throws {ShapeError} not square. @throws {DomainError} 'general' structure.
 * @example fixedCurvature(denseOperator(matrix, 'psd')).at(0, 5); // the operator itself
 */
export function fixedCurvature(operator: OperatorInput): CurvatureSource {
  const op = asOperator('fixedCurvature', 'op', operator);
  const { rows, cols, structure } = op;
  if (rows !== cols) throw new ShapeError('fixedCurvature', 'op', 'square', `[${rows}, ${cols}]`);
  if (structure === 'general')
    throw new DomainError('fixedCurvature', 'structure of op', "'symmetric' or 'psd'", structure);
  return { size: cols, structure, mean: op, exact: true, at: () => op };
}

/**
 * A source whose parts are what they should be, its operators checked as they come.
 *
 * @throws {DomainError} | {ShapeError} it is none. Cost: a few comparisons, and as many per step.
 */
export function asSource(where: string, source: CurvatureSource): CurvatureSource {
  checkObject(where, 'source', source);
  const { size, structure, exact } = source;
  checkInteger(where, 'source.size', size, 0, Number.MAX_SAFE_INTEGER);
  checkOneOf(where, 'source.structure', structure, ['symmetric', 'psd']);
  checkBoolean(where, 'source.exact', exact);
  checkFunction(where, 'source.at', source.at);
  if (source.steepest !== undefined) checkFunction(where, 'source.steepest', source.steepest);
  const checked = (argument: string, given: LinearOperator): LinearOperator => {
    const op = asOperator(where, argument, given);
    if (op.rows !== size || op.cols !== size)
      throw new ShapeError(where, argument, `[${size}, ${size}]`, `[${op.rows}, ${op.cols}]`);
    return op;
  };
  return {
    size,
    structure,
    exact,
    mean: checked('source.mean', source.mean),
    at: (repeat, step) => checked('the result of source.at', source.at(repeat, step)),
    ...(source.steepest === undefined
      ? {}
      : {
          steepest: (repeats, steps, count) => asSteps(where, source.steepest?.(repeats, steps, count) ?? []),
        }),
  };
}

function asSteps(where: string, steps: readonly NamedStep[]): readonly NamedStep[] {
  const argument = 'the result of source.steepest';
  for (const named of asList(where, argument, steps, 'steps')) {
    checkObject(where, argument, named);
    checkInteger(where, `repeat in ${argument}`, named.repeat, 0, Number.MAX_SAFE_INTEGER);
    checkInteger(where, `step in ${argument}`, named.step, 0, Number.MAX_SAFE_INTEGER);
  }
  return steps;
}

interface Recorded {
  readonly batch: BatchProgram;
  readonly schedule: Tangents;
}

/** The network compiled once per chunk size, and products of rows with the curvature of listed examples. */
class ExampleProducts {
  private readonly problem: Problem;
  private readonly gaussNewton: boolean;
  private readonly tier: 'scalar' | 'simd' | undefined;
  private readonly recorded = new Map<number, Recorded>();

  constructor(problem: Problem, gaussNewton: boolean, tier: 'scalar' | 'simd' | undefined) {
    this.problem = problem;
    this.gaussNewton = gaussNewton;
    this.tier = tier;
  }

  /** Sums over chunks of 128 examples in the order listed, then divides by their number. */
  apply(examples: Int32Array, rows: Matrix): Matrix {
    checkFinite('minibatchCurvature', 'directions', rows.data);
    const out = new Matrix(rows.rows, rows.cols);
    if (rows.rows === 0) return out;
    for (let start = 0; start < examples.length; start += SWEEP_BATCH)
      this.accumulate(examples, start, Math.min(SWEEP_BATCH, examples.length - start), rows, out);
    const scale = 1 / examples.length;
    for (let i = 0; i < out.data.length; i++) out.data[i] *= scale;
    return out;
  }

  private accumulate(examples: Int32Array, start: number, count: number, rows: Matrix, out: Matrix): void {
    const { batch, schedule } = this.chunk(count);
    const { program } = batch;
    batch.loadSelected(this.problem.data, examples, start);
    program.forward();
    program.backward();
    for (let first = 0; first < rows.rows; first += DIRECTIONS) {
      const width = Math.min(DIRECTIONS, rows.rows - first);
      for (let j = 0; j < width; j++) program.parameterTangent(j).set(rows.row(first + j));
      program.forwardTangent(schedule, width);
      program.backwardTangent(schedule, width);
      for (let j = 0; j < width; j++) {
        const sum = out.row(first + j);
        const part = program.gradientTangent(j);
        for (let i = 0; i < part.length; i++) sum[i] += part[i];
      }
    }
  }

  private chunk(count: number): Recorded {
    const known = this.recorded.get(count);
    if (known !== undefined) return known;
    const { model, loss, theta, data } = this.problem;
    const weighted = isWeighted(data);
    const options = {
      directions: DIRECTIONS,
      weighted,
      ...(this.tier === undefined ? {} : { tier: this.tier }),
    };
    const batch = new BatchProgram(model, loss, count, options);
    batch.program.parameters.set(theta);
    const split = this.gaussNewton ? { gaussNewton: batch.nodes.logits } : {};
    const schedule = batch.program.tangentsFrom(['parameters'], split);
    const made = { batch, schedule };
    this.recorded.set(count, made);
    return made;
  }
}
