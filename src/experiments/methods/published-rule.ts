/** @file The comparison inverts the five curvatures by the published rule, not by the registry's default for a user's own problem. */
import { LADDER } from '../../curvature/index.ts';
import { type Hyperparameter, METHODS, type MethodName, type MethodOptions } from '../../influence/index.ts';
import type { Variant } from './variant.ts';

/** The defaults of the five curvatures here, in the words under which their scores are stored. */
const PUBLISHED: { readonly [name: string]: Pick<Hyperparameter, 'rule' | 'reason'> } = {
  rule: {
    rule: 'truncated: 1/σ where |σ| > 1e-4, negative σ kept',
    reason: 'the published setting for all five, Hong et al. 2025, §4.1; a damped rule is one option away',
  },
  damping: {
    rule: 'none: the truncated rule',
    reason: 'the published setting; auto is the λ of cg, lissa and astra, so that they can be compared',
  },
};

function isCurvature(method: MethodName): boolean {
  return LADDER.some((kind) => kind === method);
}

/** The options of a variant, the published rule among them where it says nothing of its own. */
export function optionsOf({ method, options }: Variant): MethodOptions {
  const silent = options.rule === undefined && options.damping === undefined;
  return isCurvature(method) && silent ? { ...options, rule: 'paper' } : options;
}

/** The hyper-parameters of a method with their defaults in the comparison. */
export function hyperparametersOf(method: MethodName): readonly Hyperparameter[] {
  const { hyperparameters } = METHODS[method];
  if (!isCurvature(method)) return hyperparameters;
  return hyperparameters.map((parameter) => ({ ...parameter, ...PUBLISHED[parameter.name] }));
}
