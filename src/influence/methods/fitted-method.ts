/** @file Fitted methods from the attributors of the library. */
import type { Dataset } from '../../autodiff/dataset.ts';
import type { FisherType } from '../../curvature/fisher.ts';
import type { InverseRule } from '../../curvature/inverse-rule.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import type { FittedAttributor, LayeredAttributor } from '../attributor.ts';
import { type Discarded, NOTHING_DISCARDED } from '../attributors/discarded.ts';
import type { DiagnosedScores, Diagnostics, FittedMethod, MethodContext, Setting } from './method.ts';
import type { MethodFit } from './method-fit.ts';

/** What a method adds to an attributor. */
export interface MethodParts {
  readonly settings: { readonly [option: string]: Setting | undefined };
  readonly damping?: number | undefined;
  readonly seed?: number | undefined;
  /** Default: all parameters of the model. */
  readonly parameters?: number;
  /** Default: the attributor's scores, and `known`. */
  readonly diagnose?: FittedMethod['diagnose'];
  /** Scores of pairs of output positions, if there are any. */
  readonly tokenScores?: (queries: Dataset) => Matrix;
  /** What is known without a query. */
  readonly known?: Diagnostics;
  /** What is not looked at; default nothing. */
  readonly discarded?: Discarded | FittedMethod['discarded'];
  /** What of the fit can be kept. */
  readonly kept?: MethodFit;
  readonly warnings?: readonly string[];
}

/** A fitted attributor with its settings; options that are undefined are left out. */
export function fittedMethod(
  { fitted }: MethodContext,
  attributor: FittedAttributor | LayeredAttributor,
  parts: MethodParts,
): FittedMethod {
  const { settings, damping, seed, parameters = fitted.model.parameterCount, known = {} } = parts;
  const { discarded = NOTHING_DISCARDED, warnings = [], tokenScores, kept } = parts;
  const diagnose = (queries: Parameters<FittedMethod['diagnose']>[0]): DiagnosedScores => ({
    scores: attributor.score(queries),
    diagnostics: known,
  });
  return {
    score: (queries) => attributor.score(queries),
    selfInfluence: () => attributor.selfInfluence(),
    diagnose: parts.diagnose ?? diagnose,
    ...(tokenScores === undefined ? {} : { tokenScores }),
    ...('scoreByLayer' in attributor
      ? { moduleScores: (queries: Dataset) => attributor.scoreByLayer(queries) }
      : {}),
    settings: Object.fromEntries(
      Object.entries(settings).filter((entry): entry is [string, Setting] => entry[1] !== undefined),
    ),
    damping,
    seed,
    parameters,
    discarded: typeof discarded === 'function' ? discarded : () => discarded,
    ...(kept === undefined ? {} : { kept }),
    warnings,
  };
}

/** Why a method without an orthogonal set of directions has no share of them. */
export function undefinedShare(reason: string): Discarded {
  return { query: null, train: null, reason };
}

/** An inverse rule as plain values. */
export function ruleSetting(rule: InverseRule): Setting {
  return { ...rule };
}

/** A Fisher type as plain values. */
export function fisherSetting(fisher: FisherType): Setting {
  return { ...fisher };
}
