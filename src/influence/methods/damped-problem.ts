/** @file C + λI of the iterative methods: λ by its rule or as given, and what is to be said of it. */
import type { Problem } from '../../curvature/problem.ts';
import { automaticDamping, meanEigenvalue } from '../attributors/damping-rule.ts';
import type { MethodContext } from './method.ts';
import { dampingWarnings, unitWarnings } from './warnings.ts';

/** C + λI, of all three. */
export interface DampedOptions {
  readonly curvature: 'ggn' | 'hessian';
  readonly damping: number | 'auto' | undefined;
}

/** The problem with its λ. */
export function dampedProblem(
  { damping = 'auto', curvature }: DampedOptions,
  { fitted, train }: MethodContext,
): { readonly problem: Problem; readonly damping: number; readonly warnings: readonly string[] } {
  const problem = { ...fitted, data: train };
  if (damping === 'auto')
    return { problem, damping: automaticDamping(problem, curvature), warnings: unitWarnings(train) };
  const trace = meanEigenvalue(problem) * fitted.model.parameterCount;
  return { problem, damping, warnings: dampingWarnings('λ', damping, trace) };
}
