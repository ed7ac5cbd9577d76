/** @file Preconditioned stochastic descent on ½vᵀ(C + λI)v − bᵀv: the iteration that Neumann series and ASTRA share. */
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import { describe } from '../../linalg/border/describe.ts';
import { type Check, type Checks, integer } from '../../linalg/border/fields.ts';
import { asMatrix, type MatrixInput } from '../../linalg/border/matrix.ts';
import { checkFinite, checkShape } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { exponentOf, scalingByPowerOfTwo } from '../../linalg/power-of-two.ts';
import { norm2 } from '../../linalg/sum.ts';
import { count, nonNegative } from '../option-checks.ts';
import { asSource, type CurvatureSource } from './curvature-source.ts';
import { DivergenceError } from './divergence-error.ts';
import type { HeavyBall } from './heavy-ball.ts';
import { decayCheck, momentumCheck, type StepDecay } from './step-size.ts';

/** What both solvers may be told. */
export interface DescentOptions {
  /** λ ≥ 0 in (C + λI)⁻¹, in the units of C. */
  readonly damping: number;
  /** J: steps per repetition. */
  readonly iterations?: number;
  /** Heavy-ball momentum in [0, 1). */
  readonly momentum?: number;
  /** Reduces α on the way; absent: α is constant. */
  readonly decay?: StepDecay;
  /** R: independent runs whose mean is the answer. Default 1. More than one gives error bars. */
  readonly repeats?: number;
  /** Full-batch residual every so many steps, and before the first and after the last. Default 50. Each costs as much as N/B steps. */
  readonly checkEvery?: number;
  /** A row whose residual at a check is ≤ rtol·‖b‖ is done. Default 0: all steps are taken. */
  readonly rtol?: number;
  /**
   * Divergence is raised when ‖b − (C + λI)v‖ > limit·max(‖b‖, at the start) at a check; and for psd C and λ > 0, where the
   * solution is no longer than ‖b‖/λ, at any step with ‖v‖ > limit·max(‖b‖/λ, at the start). Default 100.
   */
  readonly divergenceLimit?: number;
}

/** Checks of the options. */
export const DESCENT: Checks = {
  damping: nonNegative,
  iterations: integer(0),
  momentum: momentumCheck,
  decay: decayCheck,
  repeats: count,
  checkEvery: count,
  rtol: nonNegative,
  divergenceLimit: ((where, argument, value: unknown) => {
    if (!(typeof value === 'number' && value > 1))
      throw new DomainError(where, argument, '> 1', value, describe(value));
  }) as Check,
};

/** One repetition, as it went. */
export interface SolveTrace {
  /** Steps done at each check, shape [checks], from 0. */
  readonly iterations: Int32Array;
  /** ‖b − (C + λI)v‖ / ‖b‖ with the mean operator at each check, shape [checks, k]; 0 for b = 0. A row that is done keeps its last. */
  readonly residuals: Matrix;
  /** Steps taken per row, shape [k]. */
  readonly steps: Int32Array;
}

/** Solutions, one per row, with what they are worth, and with α of the first iteration and m. */
export interface StochasticSolution extends HeavyBall {
  /** The mean over the repetitions, shape [k, n]. */
  readonly x: Matrix;
  /** ‖b − (C + λI)x‖ / ‖b‖ per row with the mean operator, computed from `x`; 0 for b = 0. Shape [k]. */
  readonly residuals: Vec;
  /** ‖b − (C + λI)x‖ per row: times ‖g‖/λ it bounds the error of xᵀg, for psd C. Shape [k]. */
  readonly residualNorms: Vec;
  /** √(Σ_r (x_r − x)² / (R(R − 1))) per element, shape [k, n]; absent with one repetition. */
  readonly standardErrors: Matrix | undefined;
  /** x_r, one matrix [k, n] per repetition. */
  readonly repeats: readonly Matrix[];
  /** One per repetition. */
  readonly traces: readonly SolveTrace[];
}

/** A solver's choices on top of {@link DescentOptions}. */
export interface Descent extends DescentOptions {
  readonly where: string;
  readonly iterations: number;
  readonly alpha: number;
  /** M in v ← v − α M [(C + λI)v − b]; the identity when absent. */
  readonly preconditioner?: EigenOperator;
  /** First iterate of right-hand sides; linear in them. */
  readonly start: (b: Matrix) => Matrix;
}

/**
 * v ← v − α_k u,  u ← m u + M [(C_k + λI)v − b], C_k the source's operator of step k, for every row b at once. Rows are
 * scaled by powers of two to norms in [1, 2), so that tiny gradients lose no digits.
 *
 * @param given - The source. Symmetric; divergence is likely unless C + λI is positive definite. @param right - b, shape [k, n]. Not modified.
 * @returns one solution per row; each is independent of the other rows, bit for bit.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} b or options are not valid. @throws {DivergenceError} as `divergenceLimit` has it.
 * Cost: per step one product with C_k, one with M and 6kn flops; 5 arrays [k, n] and one per repetition.
 * Reference: Wang et al. 2025, Eqs. 8 and 9; Polyak 1964, Some methods of speeding up the convergence of iteration methods (momentum).
 */
export function stochasticDescent(
  given: CurvatureSource,
  right: MatrixInput,
  plan: Descent,
): StochasticSolution {
  const source = asSource(plan.where, given);
  const b = asMatrix(plan.where, 'b', right);
  check(source, b, plan);
  const { repeats = 1 } = plan;
  const exponents = Int32Array.from({ length: b.rows }, (_, i) => {
    const norm = norm2(b.row(i));
    return norm > 0 ? exponentOf(norm) : 0;
  });
  const rhs = scaled(b, exponents, -1);
  const runs: Finished[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) runs.push(new Run(source, rhs, plan, repeat).finish());
  const solutions = runs.map((run) => run.x);
  const { mean, errors } = averaged(solutions);
  // the last check of a single run has seen its result
  const norms = repeats === 1 ? runs[0].norms : rowNorms(residualRows(source, plan.damping, mean, rhs));
  return {
    x: scaled(mean, exponents, 1),
    residuals: norms.map((norm, i) => relative(norm, norm2(rhs.row(i)))),
    residualNorms: norms.map((norm, i) => scalingByPowerOfTwo(exponents[i])(norm)),
    standardErrors: errors && scaled(errors, exponents, 1),
    repeats: solutions.map((x) => scaled(x, exponents, 1)),
    traces: runs.map((run) => run.trace),
    alpha: plan.alpha,
    momentum: plan.momentum ?? 0,
  };
}

interface Finished {
  readonly x: Matrix;
  readonly trace: SolveTrace;
  /** ‖b − (C + λI)x‖ per row. */
  readonly norms: Vec;
}

/** One repetition in progress: the open rows, packed. */
class Run {
  private readonly source: CurvatureSource;
  private readonly plan: Descent;
  private readonly repeat: number;
  private readonly x: Matrix;
  private readonly steps: Int32Array;
  private readonly checks: { iteration: number; residuals: Vec }[] = [];
  /** ‖b‖, and the largest ‖v‖ and residual that count as sane, per row of the whole. */
  private readonly norms: Vec;
  /** The last residual of every row. */
  private readonly lastNorms: Vec;
  private readonly largestIterate: Vec;
  private readonly largestResidual: Vec;
  /** Rows of the whole that are still open, and their state. */
  private open: number[];
  private v: Matrix;
  private b: Matrix;
  private velocity: Matrix;

  constructor(source: CurvatureSource, b: Matrix, plan: Descent, repeat: number) {
    const { damping, divergenceLimit: limit = 100 } = plan;
    this.source = source;
    this.plan = plan;
    this.repeat = repeat;
    this.b = b;
    this.v = plan.start(b);
    this.velocity = new Matrix(b.rows, b.cols);
    this.x = this.v.clone();
    this.open = Array.from({ length: b.rows }, (_, i) => i);
    this.steps = new Int32Array(b.rows);
    this.norms = rowNorms(b);
    this.lastNorms = this.norms.slice();
    const bounded = source.structure === 'psd' && damping > 0;
    const starts = rowNorms(this.v);
    this.largestIterate = this.norms.map((norm, i) =>
      bounded ? limit * Math.max(norm / damping, starts[i]) : Number.POSITIVE_INFINITY,
    );
    this.largestResidual = this.norms.map((norm) => limit * norm);
  }

  finish(): Finished {
    const { iterations, checkEvery = 50, momentum = 0, decay } = this.plan;
    let alpha = this.plan.alpha;
    this.measure(0, alpha);
    for (let k = 0; k < iterations && this.open.length > 0; k++) {
      if (decay !== undefined && k > 0 && k % decay.every === 0) alpha *= decay.factor;
      this.step(k, alpha, momentum);
      if ((k + 1) % checkEvery === 0 || k + 1 === iterations) this.measure(k + 1, alpha);
    }
    for (const [at, row] of this.open.entries()) this.x.row(row).set(this.v.row(at));
    const residuals = new Matrix(this.checks.length, this.x.rows);
    for (const [i, made] of this.checks.entries()) residuals.row(i).set(made.residuals);
    const at = Int32Array.from(this.checks, (made) => made.iteration);
    return { x: this.x, trace: { iterations: at, residuals, steps: this.steps }, norms: this.lastNorms };
  }

  private step(k: number, alpha: number, momentum: number): void {
    const { v, b, velocity } = this;
    const { damping, preconditioner } = this.plan;
    let gradient = this.source.at(this.repeat, k).applyRows(v);
    for (let i = 0; i < gradient.data.length; i++)
      gradient.data[i] = gradient.data[i] + damping * v.data[i] - b.data[i];
    if (preconditioner !== undefined) gradient = preconditioner.applyRows(gradient);
    for (let i = 0; i < gradient.data.length; i++) {
      velocity.data[i] = momentum * velocity.data[i] + gradient.data[i];
      v.data[i] -= alpha * velocity.data[i];
    }
    for (const [at, row] of this.open.entries()) {
      this.steps[row] = k + 1;
      const norm = norm2(v.row(at));
      if (!(norm <= this.largestIterate[row] && norm < Number.POSITIVE_INFINITY))
        this.diverge('iterate', k + 1, row, norm, this.largestIterate[row], alpha);
    }
  }

  /** The full-batch residual of the open rows; rows that meet the tolerance leave. */
  private measure(iteration: number, alpha: number): void {
    const { rtol = 0, damping, divergenceLimit: limit = 100 } = this.plan;
    const fromZero = iteration === 0 && this.v.data.every((value) => value === 0);
    const norms = rowNorms(fromZero ? this.b : residualRows(this.source, damping, this.v, this.b));
    const before = this.checks[this.checks.length - 1]?.residuals;
    const residuals = before?.slice() ?? new Float64Array(this.x.rows);
    for (const [at, row] of this.open.entries()) {
      if (before === undefined) this.largestResidual[row] = limit * Math.max(this.norms[row], norms[at]);
      if (!(norms[at] <= this.largestResidual[row] && norms[at] < Number.POSITIVE_INFINITY))
        this.diverge('residual', iteration, row, norms[at], this.largestResidual[row], alpha);
      this.lastNorms[row] = norms[at];
      residuals[row] = relative(norms[at], this.norms[row]);
    }
    this.checks.push({ iteration, residuals });
    const done = this.open.map((row) => this.norms[row] === 0 || (rtol > 0 && residuals[row] <= rtol));
    if (done.includes(true)) this.release(done);
  }

  /** Stores the rows that are done and packs the others. */
  private release(done: readonly boolean[]): void {
    for (const [at, row] of this.open.entries()) if (done[at]) this.x.row(row).set(this.v.row(at));
    const kept = [...done.keys()].filter((at) => !done[at]);
    this.open = kept.map((at) => this.open[at]);
    this.v = pick(this.v, kept);
    this.b = pick(this.b, kept);
    this.velocity = pick(this.velocity, kept);
  }

  private diverge(
    quantity: 'iterate' | 'residual',
    iteration: number,
    row: number,
    norm: number,
    largest: number,
    alpha: number,
  ): never {
    const unit = this.norms[row] || 1;
    const { where } = this.plan;
    const numbers = { norm: norm / unit, limit: largest / unit, alpha };
    throw new DivergenceError(where, { iteration, row, repeat: this.repeat, quantity, ...numbers });
  }
}

/** b − (C + λI)v with the mean operator. */
function residualRows(source: CurvatureSource, damping: number, v: Matrix, b: Matrix): Matrix {
  const out = source.mean.applyRows(v);
  for (let i = 0; i < out.data.length; i++) out.data[i] = b.data[i] - (out.data[i] + damping * v.data[i]);
  return out;
}

/** Mean and its standard error, element by element, in the order of the repetitions. */
function averaged(solutions: readonly Matrix[]): { mean: Matrix; errors: Matrix | undefined } {
  const [first] = solutions;
  const count = solutions.length;
  if (count === 1) return { mean: first, errors: undefined };
  const mean = new Matrix(first.rows, first.cols);
  const errors = new Matrix(first.rows, first.cols);
  for (let i = 0; i < mean.data.length; i++) {
    let sum = 0;
    for (const x of solutions) sum += x.data[i];
    mean.data[i] = sum / count;
    let squares = 0;
    for (const x of solutions) squares += (x.data[i] - mean.data[i]) ** 2;
    errors.data[i] = Math.sqrt(squares / (count * (count - 1)));
  }
  return { mean, errors };
}

/** Row i times 2^(sign·exponents[i]), in a copy. */
function scaled(a: Matrix, exponents: Int32Array, sign: 1 | -1): Matrix {
  const out = a.clone();
  for (const [i, exponent] of exponents.entries()) {
    const scale = scalingByPowerOfTwo(sign * exponent);
    const row = out.row(i);
    for (let j = 0; j < row.length; j++) row[j] = scale(row[j]);
  }
  return out;
}

function rowNorms(a: Matrix): Vec {
  return Float64Array.from({ length: a.rows }, (_, i) => norm2(a.row(i)));
}

function relative(norm: number, unit: number): number {
  return unit === 0 ? 0 : norm / unit;
}

function pick(a: Matrix, rows: readonly number[]): Matrix {
  const out = new Matrix(rows.length, a.cols);
  for (const [to, from] of rows.entries()) out.row(to).set(a.row(from));
  return out;
}

function check(source: CurvatureSource, b: Matrix, plan: Descent): void {
  const { where, preconditioner: m } = plan;
  checkShape(where, 'b', b, b.rows, source.size);
  checkFinite(where, 'b', b.data);
  if (m !== undefined && m.rows !== source.size)
    throw new ShapeError(
      where,
      'preconditioner',
      `[${source.size}, ${source.size}]`,
      `[${m.rows}, ${m.cols}]`,
    );
}
