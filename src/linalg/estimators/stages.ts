/** @file When an estimate is good enough: stages of more and more products, until its standard error meets a tolerance. */
import { checkOneOf, checkOptions } from '../border/arguments.ts';
import { checkInteger, checkNonNegative } from '../checks.ts';
import { ConvergenceError, ShapeError } from '../errors.ts';
import { asOperator, type OperatorInput } from '../operators/checked-operator.ts';
import type { LinearOperator } from '../operators/linear-operator.ts';
import { checkRng, type Rng } from '../random/random.ts';

/**
 * How an estimate ended. `exact`: the operator was seen completely, up to rounding. `budget`: no tolerance was asked for, and all products
 * were spent.
 */
export type EstimateStatus = 'converged' | 'exact' | 'budget' | 'iteration-limit';

/** Options of every estimator. */
export interface EstimateOptions {
  /** The most products with A. Default 100. */
  readonly maxProducts?: number;
  /** Done when the standard error is at most max(rtol·|value|, atol). Defaults 0 and 0: all products are spent. */
  readonly rtol?: number;
  readonly atol?: number;
  /** When a tolerance is not met: 'throw' (default), or 'return' the best effort with its status. */
  readonly onFailure?: 'throw' | 'return';
}

/** What an estimate is worth. */
export interface EstimateStats {
  readonly status: EstimateStatus;
  /** Products with A. */
  readonly products: number;
  /** The standard error, estimated from the spread of the samples. */
  readonly standardError: number;
  /** max(rtol·|value|, atol), what `standardError` was to reach. */
  readonly tolerance: number;
  /** The status as a sentence, with numbers. */
  readonly message: string;
}

/** Products of the first stage of a search for a tolerance. */
const FIRST_STAGE = 12;
const DEFAULT_PRODUCTS = 100;

/** What an estimator has after so many products. `size` is what rtol is relative to. */
export interface Stage<T> {
  readonly result: T;
  readonly size: number;
  readonly standardError: number;
  readonly products: number;
  readonly exact: boolean;
}

/** An estimator's arguments, checked. @param methods - The fewest products that each can do with. @param usual - The default among them. */
export function checkEstimate<M extends string>(
  where: string,
  operator: OperatorInput,
  random: Rng,
  options: EstimateOptions & { readonly method?: M },
  methods: Readonly<Record<M, number>>,
  usual: M,
): { readonly op: LinearOperator; readonly method: M } {
  checkOptions(where, options, ['method', 'maxProducts', 'rtol', 'atol', 'onFailure']);
  const op = asOperator(where, 'op', operator);
  checkRng(where, 'random', random);
  if (op.rows !== op.cols) throw new ShapeError(where, 'op', 'square', `[${op.rows}, ${op.cols}]`);
  const { method = usual, maxProducts, rtol, atol, onFailure } = options;
  checkOneOf(where, 'method', method, Object.keys(methods) as M[]);
  if (maxProducts !== undefined)
    checkInteger(where, 'maxProducts', maxProducts, methods[method], Number.MAX_SAFE_INTEGER);
  if (rtol !== undefined) checkNonNegative(where, 'rtol', rtol);
  if (atol !== undefined) checkNonNegative(where, 'atol', atol);
  if (onFailure !== undefined) checkOneOf(where, 'onFailure', onFailure, ['throw', 'return']);
  return { op, method };
}

const SENTENCES: Readonly<Record<EstimateStatus, string>> = {
  converged: 'converged',
  exact: 'exact up to rounding',
  budget: 'all products spent',
  'iteration-limit': 'iteration limit: allow more products, or a larger error',
};

/**
 * Stages of 12, 24, 48, … products until the tolerance is met; without a tolerance one stage of them all.
 *
 * @param stage - Goes on from the stages before. @throws {ConvergenceError} the tolerance is not met, unless that is to be returned.
 */
export function inStages<T>(
  where: string,
  options: EstimateOptions,
  stage: (products: number) => Stage<T>,
): { readonly result: T; readonly stats: EstimateStats } {
  const { maxProducts = DEFAULT_PRODUCTS, rtol = 0, atol = 0, onFailure = 'throw' } = options;
  const wanted = rtol > 0 || atol > 0;
  let budget = wanted ? Math.min(FIRST_STAGE, maxProducts) : maxProducts;
  for (;;) {
    const { result, size, standardError, products, exact } = stage(budget);
    const tolerance = Math.max(rtol * size, atol);
    const met = wanted && standardError <= tolerance;
    if (!exact && !met && budget < maxProducts) {
      budget = Math.min(maxProducts, 2 * budget);
      continue;
    }
    const status = exact ? 'exact' : met ? 'converged' : wanted ? 'iteration-limit' : 'budget';
    if (status === 'iteration-limit' && onFailure === 'throw')
      throw new ConvergenceError(
        where,
        products,
        standardError,
        tolerance,
        'Allow more products, or a larger error.',
      );
    const numbers = `standard error ${standardError.toExponential(2)}, tolerance ${tolerance.toExponential(2)}, ${products} products`;
    const message = `${SENTENCES[status]} (${numbers})`;
    return { result, stats: { status, products, standardError, tolerance, message } };
  }
}

/** The mean of samples and its standard error, from at least two. */
export function meanWithError(samples: ArrayLike<number>): { readonly mean: number; readonly error: number } {
  const count = samples.length;
  let mean = 0;
  for (let i = 0; i < count; i++) mean += samples[i] / count;
  let square = 0;
  for (let i = 0; i < count; i++) square += (samples[i] - mean) ** 2;
  return { mean, error: Math.sqrt(square / (count * (count - 1))) };
}
