/** @file Power iteration: the largest eigenvalue in magnitude of a symmetric operator, roughly. */
import { allocate } from '../border/allocate.ts';
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { checkInteger, checkNonNegative } from '../checks.ts';
import { ConvergenceError, NonFiniteError, ShapeError } from '../errors.ts';
import type { Vec } from '../matrix.ts';
import { dot } from '../products.ts';
import { checkRng, type Rng } from '../random/random.ts';
import { norm2 } from '../sum.ts';
import { asOperator, type OperatorInput } from './checked-operator.ts';
import type { LinearOperator } from './linear-operator.ts';

/** How the iteration ended. */
export type PowerIterationStatus = 'converged' | 'iteration-limit';

/** Options of {@link powerIteration}. */
export interface PowerIterationOptions {
  /** Done when the bound of the error is at most rtol·magnitude. Default 1e-3. */
  readonly rtol?: number;
  /** Products with A. Default 1000. */
  readonly maxIterations?: number;
  /** 'throw' (default), or 'return' the best effort with its status. */
  readonly onFailure?: 'throw' | 'return';
}

/** What {@link powerIteration} returns. */
export interface PowerIteration {
  /** ‖A x‖₂ for the unit vector x: never above max |λ|, but for rounding. */
  readonly magnitude: number;
  /** ‖A² x − magnitude² x‖ / magnitude: some |λ| lies within this of `magnitude`. */
  readonly error: number;
  /** xᵀ A x: the eigenvalue with its sign, unless λ and −λ are about equally large. */
  readonly quotient: number;
  /** x, shape [n], unit. */
  readonly vector: Vec;
  readonly stats: PowerIterationStats;
}

/** What the estimate is worth. */
export interface PowerIterationStats {
  readonly status: PowerIterationStatus;
  /** Products with A. */
  readonly iterations: number;
  /** As `error`, after every product but the first. */
  readonly residuals: Float64Array;
  /** rtol·magnitude. */
  readonly tolerance: number;
  /** The status as a sentence, with numbers. */
  readonly message: string;
}

/**
 * The largest |λ| of a symmetric A, which is ‖A‖₂, by repeated multiplication; an upper and a lower end of the spectrum of equal size do no
 * harm, as the error is measured in A². For more digits or more eigenvalues, {@link lanczos} needs far fewer products.
 *
 * @param operator - A, shape [n, n], n ≥ 1, symmetric. @param random - Gives the start vector. Advanced by n normal numbers.
 * @returns the magnitude with a bound of its error, and `stats`; with `onFailure: 'return'` look at `stats.status`.
 * @throws {ShapeError} A is not square, or empty. @throws {DomainError} options. @throws {NonFiniteError} a product with A is not finite.
 * @throws {ConvergenceError} with onFailure 'throw', at the limit: carries the error and rtol·magnitude.
 * Not checked: symmetry; that the |λ| found is the largest, which a start vector orthogonal to its eigenvector would miss.
 * Cost: per iteration one product with A and 8n flops; the error shrinks by |λ₂/λ₁| a step, the true one by its square.
 * Reference: Golub and Van Loan, Matrix Computations (4th ed., 2013), §7.3.1 and §8.2.1.
 * @example powerIteration(diagonalOperator(Float64Array.of(4, 4)), rng(0, 'start')).magnitude; // 4
 */
export function powerIteration(
  operator: OperatorInput,
  random: Rng,
  options: PowerIterationOptions = {},
): PowerIteration {
  const where = 'powerIteration';
  checkOptions(where, options, ['rtol', 'maxIterations', 'onFailure']);
  const op = asOperator(where, 'op', operator);
  checkRng(where, 'random', random);
  const n = op.cols;
  const { rtol = 1e-3, maxIterations = 1000, onFailure = 'throw' } = options;
  if (op.rows !== n || n === 0)
    throw new ShapeError(where, 'op', 'square and not empty', `[${op.rows}, ${n}]`);
  checkNonNegative(where, 'rtol', rtol);
  checkInteger(where, 'maxIterations', maxIterations, 2, Number.POSITIVE_INFINITY);
  checkOneOf(where, 'onFailure', onFailure, ['throw', 'return']);
  const residuals: number[] = [];
  let x = unit(random.fillNormal(allocate(where, n)));
  let image = product(op, x);
  for (let iterations = 1; ; ) {
    const magnitude = norm2(image);
    const quotient = dot(x, image);
    if (magnitude === 0) return outcome(0, 0, 0, x, 'converged', iterations, residuals, 0);
    const next = unit(image);
    const nextImage = product(op, next);
    iterations++;
    // A² x = magnitude · A next
    const error = norm2(nextImage.map((v, i) => v - magnitude * x[i]));
    residuals.push(error);
    const tolerance = rtol * magnitude;
    const converged = error <= tolerance;
    if (converged || iterations >= maxIterations) {
      if (!converged && onFailure === 'throw')
        throw new ConvergenceError(
          where,
          iterations,
          error,
          tolerance,
          'Allow more iterations, or use lanczos.',
        );
      const status = converged ? 'converged' : 'iteration-limit';
      return outcome(magnitude, error, quotient, x, status, iterations, residuals, tolerance);
    }
    x = next;
    image = nextImage;
  }
}

function unit(x: Vec): Vec {
  const length = norm2(x);
  return x.map((v) => v / length);
}

function product(op: LinearOperator, x: Vec): Vec {
  const y = op.matvec(x);
  const at = y.findIndex((v) => !Number.isFinite(v));
  if (at >= 0) throw new NonFiniteError('powerIteration', 'A x', at, y[at]);
  return y;
}

function outcome(
  magnitude: number,
  error: number,
  quotient: number,
  vector: Vec,
  status: PowerIterationStatus,
  iterations: number,
  residuals: readonly number[],
  tolerance: number,
): PowerIteration {
  const numbers = `error ${error.toExponential(2)}, tolerance ${tolerance.toExponential(2)}, ${iterations} products`;
  const sentence = status === 'converged' ? 'converged' : 'iteration limit: allow more, or use lanczos';
  const stats = {
    status,
    iterations,
    residuals: Float64Array.from(residuals),
    tolerance,
    message: `${sentence} (${numbers})`,
  };
  return { magnitude, error, quotient, vector, stats };
}
