/** @file Every attribution method by name: the command line, the experiments and the tests loop over this table. */
import { BASELINE_METHODS } from './baseline-methods.ts';
import { BAYESIAN_METHODS } from './bayesian-methods.ts';
import { CONTROL_METHODS } from './control-methods.ts';
import { CURVATURE_METHODS } from './curvature-methods.ts';
import { GRADIENT_METHODS } from './gradient-methods.ts';
import { ITERATIVE_METHODS } from './iterative-methods.ts';
import type { MethodDescription } from './method.ts';
import type { MethodName } from './method-name.ts';
import { TRAJECTORY_METHODS } from './trajectory-methods.ts';

/**
 * What each method approximates, costs and reads, and how it is fitted. A new one is an entry in one of the parts, a name in
 * `MethodName`, and nothing else.
 *
 * @example METHODS.astra.hyperparameters.map(({ name, rule }) => `${name}: ${rule}`);
 */
export const METHODS: { readonly [M in MethodName]: MethodDescription } = {
  ...CURVATURE_METHODS,
  ...ITERATIVE_METHODS,
  ...BAYESIAN_METHODS,
  ...GRADIENT_METHODS,
  ...BASELINE_METHODS,
  ...TRAJECTORY_METHODS,
  ...CONTROL_METHODS,
};

/** The names, in the order of the table. */
export const METHOD_NAMES: readonly MethodName[] = Object.values(METHODS).map(({ name }) => name);
