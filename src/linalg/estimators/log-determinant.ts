/** @file The log-determinant of a positive definite operator from products with it. */
import { checkOptions } from '../border/arguments.ts';
import { checkInteger } from '../checks.ts';
import { log } from '../elementary.ts';
import { NumericalError, ShapeError } from '../errors.ts';
import type { OperatorInput } from '../operators/checked-operator.ts';
import type { Rng } from '../random/random.ts';
import {
  DEFAULT_STEPS,
  LanczosQuadrature,
  LEAST_STEPS,
  rulesFrom,
  type SpectralSum,
} from './lanczos-quadrature.ts';
import { checkEstimate, type EstimateOptions, type EstimateStats, inStages } from './stages.ts';

/** Options of {@link estimateLogDeterminant}. */
export interface LogDeterminantOptions extends EstimateOptions {
  /** Products with A per probe, at least 2. Default 80. */
  readonly steps?: number;
}

/** An estimate of ln det A. */
export interface LogDeterminantEstimate extends SpectralSum {
  readonly stats: EstimateStats;
}

/** Products that two probes take at least. */
const LEAST = { lanczos: 2 };

/**
 * ln det A = tr ln A of a positive definite A, by {@link lanczosQuadrature}; probes are added until the standard error meets the tolerance.
 *
 * @param operator - A, shape [n, n], symmetric positive definite; of a psd curvature give `shiftedOperator(C, λ)`.
 * @param random - As there. @param options - `maxProducts` counts steps of all probes; at least two probes are taken. Default 1000.
 * @returns value, standard error of the probes, truncation by the steps, and `stats`.
 * @throws {NumericalError} a node ≤ 0: A is not positive definite. @throws {ConvergenceError} the tolerance was not met within
 * `maxProducts`. Otherwise as {@link lanczosQuadrature}. Cost: as there.
 * Reference: Ubaru, Chen and Saad 2017, §4.
 * @example estimateLogDeterminant(shiftedOperator(ggnOperator(problem), 1e-3), rng(0, 'evidence')).value;
 */
export function estimateLogDeterminant(
  operator: OperatorInput,
  random: Rng,
  options: LogDeterminantOptions = {},
): LogDeterminantEstimate {
  const where = 'estimateLogDeterminant';
  checkOptions(where, options, ['steps', 'maxProducts', 'rtol', 'atol', 'onFailure']);
  const { steps: most = DEFAULT_STEPS, maxProducts = 1000, ...others } = options;
  const estimate = { maxProducts, ...others };
  const { op } = checkEstimate(where, operator, random, estimate, LEAST, 'lanczos');
  checkInteger(where, 'steps', most, LEAST_STEPS, Number.MAX_SAFE_INTEGER);
  if (op.cols === 0) throw new ShapeError(where, 'op', 'not empty', '[0, 0]');
  const steps = Math.min(most, op.cols);
  const pairs: ReturnType<typeof rulesFrom>[] = [];
  const { result, stats } = inStages(where, estimate, (products) => {
    const probes = Math.max(2, Math.floor(products / steps));
    while (pairs.length < probes) pairs.push(rulesFrom(op, steps, random));
    const [rules, shorter] = [pairs.map(({ rule }) => rule), pairs.map((pair) => pair.shorter)];
    const quadrature = new LanczosQuadrature(op.cols, steps, rules, shorter);
    const value = quadrature.trace(logarithm);
    const { standardError } = value;
    return {
      result: value,
      size: Math.abs(value.value),
      standardError,
      products: quadrature.products,
      exact: false,
    };
  });
  return { ...result, stats };
}

function logarithm(lambda: number): number {
  if (lambda > 0) return log(lambda);
  throw new NumericalError(
    `estimateLogDeterminant: an eigenvalue near ${lambda.toExponential(2)}: the operator is not positive definite. Add damping.`,
  );
}
