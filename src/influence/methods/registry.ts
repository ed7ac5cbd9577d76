/** @file Every attribution method by name: the command line, the experiments and the tests loop over this table. */
import { ARNOLDI } from './arnoldi-method.ts';
import { BIF, BIF_CORRELATION } from './bayesian-methods.ts';
import { CG } from './conjugate-gradient-method.ts';
import { LABEL, RANDOM } from './control-methods.ts';
import { CURVATURE_METHODS } from './curvature-methods.ts';
import { DATAINF } from './data-inf-method.ts';
import { GRAD_COS, GRAD_DOT } from './gradient-methods.ts';
import { LOGRA } from './logra-method.ts';
import { ASTRA, LISSA } from './stochastic-methods.ts';
import { TRAJECTORY } from './training-derivative-method.ts';
import { ASTRA_SOURCE, SOURCE, TRACIN } from './trajectory-methods.ts';
import { TRAK } from './trak-method.ts';

/** The methods that bring their declaration, one line each. */
export const DECLARED_METHODS = {
  cg: CG as typeof CG,
  lissa: LISSA as typeof LISSA,
  astra: ASTRA as typeof ASTRA,
  bif: BIF as typeof BIF,
  'bif-correlation': BIF_CORRELATION as typeof BIF_CORRELATION,
  'grad-dot': GRAD_DOT as typeof GRAD_DOT,
  'grad-cos': GRAD_COS as typeof GRAD_COS,
  trak: TRAK as typeof TRAK,
  datainf: DATAINF as typeof DATAINF,
  arnoldi: ARNOLDI as typeof ARNOLDI,
  logra: LOGRA as typeof LOGRA,
  source: SOURCE as typeof SOURCE,
  'astra-source': ASTRA_SOURCE as typeof ASTRA_SOURCE,
  tracin: TRACIN as typeof TRACIN,
  trajectory: TRAJECTORY as typeof TRAJECTORY,
  random: RANDOM as typeof RANDOM,
  label: LABEL as typeof LABEL,
} as const;

/**
 * What each method approximates, costs and reads, and how it is fitted: one per curvature, and the others.
 *
 * @example METHODS.astra.hyperparameters.map(({ name, rule }) => `${name}: ${rule}`);
 */
export const METHODS: typeof CURVATURE_METHODS & typeof DECLARED_METHODS = {
  ...CURVATURE_METHODS,
  ...DECLARED_METHODS,
};

/** The names, in the order of the table. */
export const METHOD_NAMES: readonly (keyof typeof METHODS)[] = Object.keys(
  METHODS,
) as (keyof typeof METHODS)[];
