/** @file Influence functions through any curvature that has an eigenbasis. */

import type { Dataset } from '../../autodiff/dataset.ts';
import type { Curvature } from '../../curvature/curvature.ts';
import { EigenOperator } from '../../curvature/eigen-operator.ts';
import { HESSIAN } from '../../curvature/hessian.ts';
import { checkInverseRule, type InverseRule } from '../../curvature/inverse-rule.ts';
import { type LadderKind, RUNGS } from '../../curvature/ladder.ts';
import type { CurvatureOptions, Problem } from '../../curvature/problem.ts';
import { isReadable } from '../../linalg/border/arguments.ts';
import { type Check, checkFields } from '../../linalg/border/fields.ts';
import { isInstance } from '../../linalg/border/instances.ts';
import { checkLength } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Attributor, LayeredAttributor } from '../attributor.ts';
import { type Measurement, measurementFunction } from '../measurement.ts';
import { CHUNKED, curvatureOptions } from '../option-checks.ts';
import { asFittedModel, bilinearAttributor } from './bilinear-scores.ts';
import { automaticDamping, automaticRule, chosenRule, type RuleChoice } from './damping-rule.ts';
import { type Discarded, discardedShare, discardedShares } from './discarded.ts';

export interface InfluenceFunctionOptions {
  /**
   * Which curvature of the mean training loss to build: a rung of the ladder by name, or any that says how, such as
   * `CURVATURES['diagonal-ggn']` of eigenfluence/curvature; or one already built (for this model, θ and training set).
   */
  readonly curvature: LadderKind | Curvature | EigenOperator;
  /**
   * How it is inverted; ε and λ carry the units of the mean-loss curvature. Default `'auto'`, which follows the matrix: 1/(σ + λ) with
   * λ = 0.1 tr(G)/D, for the Hessian plus −σ_min where that is positive; see {@link automaticDamping}. `'paper'` is `PAPER_RULE`.
   */
  readonly rule?: RuleChoice;
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Fisher type and partition, when a curvature is built; `keepAbove` is the ε of a truncated rule when absent. */
  readonly options?: CurvatureOptions;
  /** Default: the name of the rung, e.g. 'ekfac', or the curvature's label. */
  readonly id?: string;
  /** Examples per chunk of gradients; see `BilinearMethod`. */
  readonly chunk?: number;
}

/** Whether a value says how a curvature is built. */
function hasBuild(value: unknown): value is Curvature {
  return (
    typeof value === 'object' &&
    value !== null &&
    isReadable(value) &&
    'build' in value &&
    typeof value.build === 'function'
  );
}

const OPTIONS = {
  ...CHUNKED,
  curvature: ((where, argument, value: unknown) => {
    if (isInstance(value, EigenOperator) || (typeof value === 'string' && Object.hasOwn(RUNGS, value)))
      return;
    if (hasBuild(value)) return;
    const kinds = `an EigenOperator, a curvature with \`build\`, or one of ${Object.keys(RUNGS).join(', ')}`;
    throw new DomainError(where, argument, kinds, value);
  }) as Check,
  rule: ((where, _, value) => {
    const rule = chosenRule(where, value);
    if (rule !== undefined) checkInverseRule(where, rule);
  }) as Check,
  options: curvatureOptions,
};

/** Also holds what it was computed from: a partial `EigenOperator` where the rule does not need all eigenvectors. */
export interface FittedInfluenceFunction extends LayeredAttributor {
  readonly curvature: EigenOperator;
  /** The rule that was used, the automatic one in numbers. */
  readonly rule: InverseRule;
  /**
   * How much of the squared norm of the gradients the scores do not see, because the rule sends its directions to zero.
   * Cost: one rotation per query, and once per training example; nothing for a rule that cuts nothing.
   */
  discarded(queries: Dataset): Discarded;
}

/** An {@link Attributor} that builds or takes an eigen-decomposed curvature. */
export interface InfluenceFunction extends Attributor {
  fit(...args: Parameters<Attributor['fit']>): FittedInfluenceFunction;
}

/**
 * Influence function: score[q, i] = ∇m(z_q)ᵀ C⁻¹ ∇L(z_i), with C the chosen curvature of the mean loss under the
 * chosen inverse rule. Sign, scale and orientation: see `Attributor`.
 *
 * @returns An attributor. `fit` builds the curvature, unless it was given (with a truncated rule only the kept spectrum,
 * where that is cheaper), and its inverse spectrum. `score` solves for
 * all queries as one batch of rows and then passes over the training gradients in chunks: never [N, D] at once.
 * @throws {DomainError} unknown curvature, rule or measurement. From `fit`: {@link SingularError} the rule cannot
 * invert the spectrum, or the curvature is 0 and no rule was given; {@link UnsupportedError} a given operator that lacks the vectors
 * that the rule needs; {@link ShapeError} a given operator of another size; the errors of the builder.
 * Not checked: that a given operator belongs to this model; that θ is a minimum (a truncated or damped inverse of an
 * indefinite Hessian is a definite answer to a doubtful question).
 * Cost of `score`: 2 applications of the basis per query, then O(nQuery · N · D).
 * Reference: Koh & Liang, Understanding Black-box Predictions via Influence Functions (2017); Hong et al. (2025), Eq. 6.
 * @example
 * const scores = influenceFunction({ curvature: 'ekfac' }).fit({ model, loss, theta }, train).score(queries);
 */
export function influenceFunction(options: InfluenceFunctionOptions): InfluenceFunction {
  checkFields('influenceFunction', options, OPTIONS, 'options', ['curvature']);
  const { measurement = 'loss', options: build = {}, chunk } = options;
  const curvature = typeof options.curvature === 'string' ? RUNGS[options.curvature] : options.curvature;
  const given = chosenRule('influenceFunction', options.rule ?? 'auto');
  const buildOptions = given?.kind === 'truncated' ? { keepAbove: given.eps, ...build } : build;
  return {
    id: options.id ?? idOf(options.curvature),
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel('influenceFunction.fit', fitted, train));
      const problem = { ...fitted, data: train };
      const operator =
        curvature instanceof EigenOperator ? curvature : curvature.build(problem, buildOptions);
      checkLength('influenceFunction.fit', 'curvature', operator.values, fitted.model.parameterCount);
      const rule = given ?? automatic(curvature, problem, operator, build);
      const inverse = operator.inverse(rule);
      const scores = bilinearAttributor({
        fitted,
        train,
        measurement,
        transformQueries: (gradients) => inverse.applyRows(gradients),
        ...(chunk === undefined ? {} : { chunk }),
      });
      let ofTraining: number | undefined;
      let known = false;
      return {
        ...scores,
        curvature: operator,
        rule,
        discarded(queries) {
          if (!known) ofTraining = discardedShare(fitted, fitted.loss, train, operator, rule);
          known = true;
          const f = measurementFunction(measurement, fitted.loss);
          return discardedShares(discardedShare(fitted, f, queries, operator, rule), ofTraining);
        },
      };
    },
  };
}

/** What scores are called by: the name of a rung, the label of another curvature. */
function idOf(curvature: LadderKind | Curvature | EigenOperator): string {
  if (typeof curvature === 'string') return curvature;
  return curvature instanceof EigenOperator ? 'influence-function' : curvature.label;
}

/** The rule of a curvature that was given none: λ of the iterative methods, or by the spectrum of an operator built before. */
function automatic(
  curvature: Curvature | EigenOperator,
  problem: Problem,
  { values }: EigenOperator,
  { fisher }: CurvatureOptions,
): InverseRule {
  if (curvature instanceof EigenOperator) return automaticRule(curvature);
  const smallest = values.reduce((least, sigma) => Math.min(least, sigma), Number.POSITIVE_INFINITY);
  const exact = curvature === HESSIAN;
  const indefinite = !exact && curvature.structure === 'symmetric';
  const damping = automaticDamping(problem, exact ? 'hessian' : 'ggn', fisher, smallest);
  const lambda = indefinite ? damping + Math.max(0, -smallest) : damping;
  return { kind: 'damped', lambda };
}
