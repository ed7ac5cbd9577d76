/** @file Methods whose fit can be kept, and why the others have none. */
import { CURVATURE_KINDS } from '../../curvature/registry.ts';
import { checkOneOf } from '../../linalg/border/arguments.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import type { FitMethod } from './method-fit.ts';
import type { MethodName } from './method-name.ts';
import { METHOD_NAMES } from './registry.ts';

/** The curvatures, and methods that keep something else. */
export const FIT_METHODS: readonly FitMethod[] = [...CURVATURE_KINDS, 'trak', 'arnoldi', 'logra', 'source'];

/** Methods that prepare their solves by an EK-FAC, which no file keeps: each query's solve costs more. */
const NOT_KEPT: readonly MethodName[] = ['astra', 'astra-source'];

/** Why no fit of a method can be kept; undefined where one can. @throws {DomainError} no method. */
export function unfittable(method: MethodName): string | undefined {
  checkOneOf('unfittable', 'method', method, METHOD_NAMES);
  const kept = FIT_METHODS.join(', ');
  if (FIT_METHODS.some((one) => one === method)) return undefined;
  if (NOT_KEPT.includes(method))
    return `the fit of ${method} is not kept, since the solve of every query costs more; that of ${kept} is`;
  return `${method} has nothing to fit before the queries are known; ${kept} have`;
}

/** @throws {DomainError} no method. @throws {UnsupportedError} one with nothing to fit, or whose fit is not kept. */
export function checkFitMethod(where: string, method: MethodName): asserts method is FitMethod {
  checkOneOf(where, 'method', method, METHOD_NAMES);
  const why = unfittable(method);
  if (why !== undefined) throw new UnsupportedError(`${where}: ${why}.`);
}
