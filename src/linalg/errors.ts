/** @file The errors of the library. Each carries the numbers that a caller can act on. */
import { shown } from './border/describe.ts';

/** Base class: `catch (e) { if (e instanceof EigenfluenceError) … }` tells our refusals from bugs. */
export class EigenfluenceError extends Error {
  override name = 'EigenfluenceError';
}

/** An array or matrix has another shape than the function needs. */
export class ShapeError extends EigenfluenceError {
  override name = 'ShapeError';
  readonly where: string;
  readonly argument: string;
  readonly expected: string;
  readonly received: string;
  constructor(where: string, argument: string, expected: string, received: string) {
    super(`${where}: ${argument} must be ${expected}, got ${received}.`);
    this.where = where;
    this.argument = argument;
    this.expected = expected;
    this.received = received;
  }
}

/** An argument is of another kind than the function takes, or a number, an index or a label lies outside its range. */
export class DomainError extends EigenfluenceError {
  override name = 'DomainError';
  readonly where: string;
  readonly argument: string;
  readonly expected: string;
  readonly value: unknown;
  /** @param what - The value in words; by default a string as it stands, anything else described. */
  constructor(
    where: string,
    argument: string,
    expected: string,
    value: unknown,
    what: string = shown(value),
  ) {
    super(`${where}: ${argument} must be ${expected}, got ${what}.`);
    this.where = where;
    this.argument = argument;
    this.expected = expected;
    this.value = value;
  }
}

/** An array of that size cannot be had: it is longer than arrays can be, or memory is short. */
export class AllocationError extends EigenfluenceError {
  override name = 'AllocationError';
  /** What was to be held, e.g. [rows, cols]. */
  readonly shape: readonly number[];
  readonly bytes: number;
  constructor(where: string, shape: readonly number[], bytes: number) {
    super(
      `${where}: an array of shape [${shape.join(', ')}] needs ${bytes} bytes, which cannot be had here.`,
    );
    this.shape = shape;
    this.bytes = bytes;
  }
}

/** An input holds NaN or ±∞; `index` is the first flat position. */
export class NonFiniteError extends EigenfluenceError {
  override name = 'NonFiniteError';
  readonly argument: string;
  readonly index: number;
  readonly value: number;
  constructor(where: string, argument: string, index: number, value: number) {
    super(
      `${where}: ${argument} must be finite, got ${value} at flat index ${index}. Look upstream for its source.`,
    );
    this.argument = argument;
    this.index = index;
    this.value = value;
  }
}

/** A computation on finite input failed numerically. */
export class NumericalError extends EigenfluenceError {
  override name = 'NumericalError';
}

/** An iteration stopped short of its tolerance. Both numbers are in the norm that the function documents. */
export class ConvergenceError extends NumericalError {
  override name = 'ConvergenceError';
  readonly iterations: number;
  readonly residual: number;
  readonly tolerance: number;
  constructor(where: string, iterations: number, residual: number, tolerance: number, hint = '') {
    super(
      `${where}: residual ${figure(residual, 2)} > tolerance ${figure(tolerance, 2)} ` +
        `after ${iterations} iterations.${hint === '' ? '' : ` ${hint}`}`,
    );
    this.iterations = iterations;
    this.residual = residual;
    this.tolerance = tolerance;
  }
}

/** A Cholesky pivot is not positive, or too small for its sign to mean anything. */
export class NotPositiveDefiniteError extends NumericalError {
  override name = 'NotPositiveDefiniteError';
  readonly index: number;
  readonly pivot: number;
  /** Up to this size the pivot may be all rounding error. */
  readonly limit: number;
  constructor(where: string, index: number, pivot: number, limit = 0) {
    super(
      `${where}: pivot ${index} is ${figure(pivot)}, ${pivot > 0 ? `which is positive, but not above its rounding error of up to ${figure(limit)}` : 'not positive'}. ` +
        'The matrix is indefinite, or singular to working precision: add damping, or use symmetricEigen.',
    );
    this.index = index;
    this.pivot = pivot;
    this.limit = limit;
  }
}

/** A matrix, or a damped spectrum, cannot be inverted. `smallest` is the offending pivot or |σ + λ|. */
export class SingularError extends NumericalError {
  override name = 'SingularError';
  readonly smallest: number;
  /** @param verdict - What was found, when it is not the usual. */
  constructor(where: string, smallest: number, hint: string, verdict = 'singular to working precision') {
    super(`${where}: ${verdict} (smallest magnitude ${figure(smallest)}). ${hint}`);
    this.smallest = smallest;
  }
}

/** The operation has no exact answer for this kind of operator, rule or option. */
export class UnsupportedError extends EigenfluenceError {
  override name = 'UnsupportedError';
}

/** Bytes that are not the file format they claim to be. */
export class FormatError extends EigenfluenceError {
  override name = 'FormatError';
  readonly format: string;
  constructor(format: string, problem: string) {
    super(`${format}: ${problem}`);
    this.format = format;
  }
}

/** A number for a message. */
function figure(value: number, digits = 3): string {
  return typeof value === 'number' ? value.toExponential(digits) : shown(value);
}
