/** @file Influence functions with an eigen-decomposed curvature: one method per curvature of the table. */

import type { CurvatureText } from '../../curvature/curvature.ts';
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import type { InverseRule } from '../../curvature/inverse-rule.ts';
import type { LadderKind } from '../../curvature/ladder.ts';
import type { ModuleSelection } from '../../curvature/module-subset.ts';
import { CURVATURE_KINDS, CURVATURES, type CurvatureKind } from '../../curvature/registry.ts';
import { DAMPING_FRACTION, type RuleChoice } from '../attributors/damping-rule.ts';
import { influenceFunction } from '../attributors/influence-function.ts';
import { type ModuleScores, moduleScores } from '../attributors/module-scores.ts';
import { tokenScores } from '../attributors/token-scores.ts';
import type { Measurement } from '../measurement.ts';
import { FISHER, KFAC_FORM, LAMBDA, PARTITION } from './common-hyperparameters.ts';
import {
  asCurvatureFit,
  type CurvatureFit,
  type CurvatureMethodOptions,
  type DampingPer,
  fitOf,
  ruleChoice,
} from './curvature-fit.ts';
import { fisherSetting, fittedMethod, ruleSetting } from './fitted-method.ts';
import { type Filled, type FittedMethod, type Method, type MethodContext, method } from './method.ts';
import { type Option, type OptionTable, ruled } from './option.ts';
import { choice, INVERSE_RULES, MODULES } from './option-values.ts';
import { hiddenCurvature, reducedAttention, unitWarnings } from './warnings.ts';

const RULE: Option<RuleChoice | undefined> = {
  values: INVERSE_RULES,
  placeholder: '<name>',
  brief: 'how C is inverted',
  meaning:
    'the filter that stands in for 1/σ: truncated (ε, negative), damped (λ), absolute (λ), unrolled (time)',
  default: ruled(
    'mean-eigenvalue',
    'auto: damped, 1/(σ + λ) with λ = 0.1 · tr(G)/D (the Hessian: plus an upper bound of −min σ, if that is positive, see damping)',
    { fraction: DAMPING_FRACTION },
  ),
  reason:
    'λ follows the matrix: it scales with the loss, nothing of a gradient is discarded, and every score is the first-order effect of leaving one example out of J(θ) + λ/2 ‖θ − θ*‖², θ* the given parameters. paper is the published setting, |σ| > 1e-4 in the units of the loss (Hong et al. 2025, §4.1)',
};

const DAMPING: Option<number | 'auto' | undefined> = {
  ...LAMBDA,
  meaning:
    'λ: short for the damped rule; auto for 0.1 · tr(G)/D (the Hessian: plus an upper bound of −min σ, its Lanczos value and residual at rtol 1e-3, if that is positive; damping in --json is the λ used)',
  default: ruled('by-rule', 'auto, as the rule says'),
  reason: 'the λ of cg, lissa and astra, so that all methods invert the same C + λI',
};

const DAMPING_PER: Option<DampingPer> = {
  values: choice('network', 'module', 'pi'),
  placeholder: '<what>',
  brief:
    'one λ for the network; 0.1 of its mean eigenvalue for each module; or pi, between the factors of kfac',
  meaning:
    'what λ is chosen for: network; module, λ_b = 0.1 · tr(C_b)/d_b for each block of the partition, tr(C_b) that of the curvature itself (for kfac the product of the means of its factors); or pi, kfac alone: (G + √λ/π I) ⊗ (A + π√λ I), π² = (tr A/in)/(tr G/out), λ as given or that of the module',
  default: 'network',
  reason:
    'one λ inverts C + λI for every curvature alike; module is the default of kronfluence, pi that of Martens & Grosse 2015, §6.3',
  implied: 'network',
};

const MODULE_SUBSET: Option<ModuleSelection> = {
  values: MODULES,
  placeholder: '<names>',
  brief: 'modules whose parameters count, the others held fixed: all, last, or names with commas',
  meaning:
    'S, the parameters of some modules: scores are ∇_S mᵀ C[S, S]⁻¹ ∇_S L; last for the last layer, names or numbers with commas for others, all for every parameter. λ auto is 0.1 times the mean |eigenvalue| of C[S, S], plus −min σ where that is positive',
  default: 'all',
  reason:
    'nothing of a gradient is left out; the last layer alone is the cheapest curvature that is exact (Koh & Liang 2017, §4.1)',
  implied: 'all',
};

/** Of the paper's five; others bring theirs along. */
const ABOUT: { readonly [K in LadderKind]: CurvatureText } = {
  hessian: {
    approximates: '∇mᵀ H⁻¹ ∇L: the change of the minimiser to first order in the weight of one example',
    cost: { fit: 'N·D² + D³', memory: '2D²', basis: '4D' },
    reference: 'Koh & Liang, Understanding black-box predictions via influence functions (2017), §2',
  },
  ggn: {
    approximates: 'the Hessian method without the second derivatives of the network: C = G, psd',
    cost: { fit: 'N·C·D² + D³', memory: '2D²', basis: '4D' },
    reference: 'Schraudolph, Fast curvature matrix-vector products (2002), §3; Hong et al. (2025), §3',
  },
  'block-ggn': {
    approximates: 'the GGN method without curvature between blocks',
    cost: { fit: 'Σ_b (N·C·d_b² + d_b³)', memory: '2 Σ_b d_b²', basis: '4 max d_b' },
    reference: 'Hong et al., Better Hessians matter (2025), §3',
  },
  ekfac: {
    approximates:
      'the block-GGN method with each block’s eigenvectors a Kronecker product and its eigenvalues fitted',
    cost: {
      fit: 'two passes over N, Σ_l (N·(in² + C·out²) + in³ + out³)',
      memory: 'Σ_l (in² + out²) + D',
      basis: '4 max (in + out)',
    },
    reference:
      'George et al., Fast approximate natural gradient descent in a Kronecker-factored eigenbasis (2018); Grosse et al. (2023), §3',
  },
  kfac: {
    approximates: 'the block-GGN method with each block a Kronecker product of two second moments',
    cost: {
      fit: 'one pass over N, Σ_l (N·(in² + C·out²) + in³ + out³)',
      memory: 'Σ_l (in² + out²) + D',
      basis: '4 max (in + out)',
    },
    reference:
      'Martens & Grosse, Optimizing neural networks with Kronecker-factored approximate curvature (2015), §3',
  },
};

/** A curvature without words: the laws of the registry find it. */
const UNSAID: CurvatureText = {
  approximates: '',
  cost: { fit: '', memory: '', basis: '' },
  reference: '',
};

/** The methods of the curvatures, by the names of their table. */
export const CURVATURE_METHODS: { readonly [K in CurvatureKind]: Method<CurvatureMethodOptions> } =
  Object.fromEntries(CURVATURE_KINDS.map((kind) => [kind, describe(kind)])) as {
    [K in CurvatureKind]: Method<CurvatureMethodOptions>;
  };

function wordsOf(kind: string): CurvatureText {
  return (ABOUT as Readonly<Record<string, CurvatureText>>)[kind] ?? UNSAID;
}

function describe(kind: CurvatureKind): Method<CurvatureMethodOptions> {
  const { label, reads, about } = CURVATURES[kind];
  const { approximates, cost, reference } = about ?? wordsOf(kind);
  const options: Partial<OptionTable<CurvatureMethodOptions>> = {
    rule: RULE,
    damping: DAMPING,
    ...(reads.includes('partition') ? { dampingPer: DAMPING_PER } : {}),
    modules: MODULE_SUBSET,
    ...(reads.includes('fisher') ? { fisher: FISHER } : {}),
    ...(reads.includes('partition') ? { partition: PARTITION } : {}),
    ...(reads.includes('kfac') ? { kfac: KFAC_FORM } : {}),
  };
  return method<CurvatureMethodOptions>({
    name: kind,
    label,
    approximates,
    cost: { fit: cost.fit, score: `Q·D·(basis) + Q·N·D, basis: ${cost.basis}`, memory: cost.memory },
    options: options as OptionTable<CurvatureMethodOptions>,
    needsTrajectory: false,
    modules: true,
    scaled: true,
    tokens: true,
    reference,
    fit: (options, context) => fitCurvature(kind, options, context),
  });
}

function fitCurvature(
  kind: CurvatureKind,
  options: Partial<Filled<CurvatureMethodOptions>>,
  context: MethodContext,
): FittedMethod {
  const { fitted, train } = context;
  const { measurement = 'loss', fisher, partition, kfac, dampingPer = 'network', modules = 'all' } = options;
  const fit =
    context.curvature === undefined
      ? fitOf(kind, options, fitted, train)
      : asCurvatureFit(kind, kind, context.curvature, fitted.model.parameterCount);
  const { operator, damped = operator, rule, indices, dampings } = fit;
  const scored = scoresOf(context, measurement, damped, rule, indices);
  const automatic =
    dampingPer === 'network'
      ? ruleChoice(kind, options) === 'auto'
      : options.damping === undefined || options.damping === 'auto';
  return fittedMethod(context, scored, {
    settings: {
      rule: dampingPer === 'network' ? ruleSetting(rule) : undefined,
      dampingPer: CURVATURES[kind].reads.includes('partition') ? dampingPer : undefined,
      modules: typeof modules === 'string' ? modules : modules.join(','),
      fisher: fisher === undefined ? undefined : fisherSetting(fisher),
      partition,
      kfac,
    },
    damping: dampingOf(fit, options),
    seed: fisher?.kind === 'mc' ? fisher.seed : undefined,
    ...(indices === undefined ? {} : { parameters: indices.length }),
    known: {
      spectrum: damped.kept(rule),
      ...(dampings === undefined ? {} : { notes: { dampings: dampings.map((damping) => ({ ...damping })) } }),
    },
    discarded: (queries) => scored.discarded(queries),
    tokenScores: (queries) => tokenScores(fitted, train, queries, scored.transform, { measurement }),
    warnings: [
      ...(automatic ? unitWarnings(train) : flatFilter(damped, rule)),
      ...roundingKept(damped, rule),
      ...(kfac === 'reduce' ? reducedAttention(fitted.model) : []),
    ],
  });
}

/** Scores through all parameters, or through some. */
function scoresOf(
  { fitted, train }: MethodContext,
  measurement: Measurement,
  operator: EigenOperator,
  rule: InverseRule,
  indices: Int32Array | undefined,
): ModuleScores {
  if (indices !== undefined) return moduleScores(fitted, train, measurement, operator, rule, indices);
  const influence = influenceFunction({ curvature: operator, rule, measurement }).fit(fitted, train);
  return { ...influence, transform: (gradients) => operator.applyInverse(gradients, rule) };
}

/** λ where there is one for all. */
function dampingOf(
  { rule, dampings }: CurvatureFit,
  { damping, dampingPer }: Partial<CurvatureMethodOptions>,
): number | undefined {
  if (rule.kind === 'damped' || rule.kind === 'absolute') return rule.lambda;
  return dampingPer === 'pi' && dampings === undefined && typeof damping === 'number' ? damping : undefined;
}

/** A filter this flat over a spectrum that is not is a multiple of the identity. */
const FLAT = 1.1;

/** Whether a rule lets eigenvalues decide that are rounding errors, n ε max|σ| and less: |σ| + λ, or |σ| + 1/t, is no larger. */
function roundingKept(curvature: EigenOperator, rule: InverseRule): string[] {
  const { size, smallest, largest, smallestKept } = curvature.kept(rule);
  const rounding = size * Number.EPSILON * Math.max(Math.abs(smallest), Math.abs(largest));
  if (smallestKept + floorOf(rule) > rounding) return [];
  return [
    `${parameterOf(rule)} lets eigenvalues decide that are rounding errors: their directions have no correct digits, and may outweigh the others.`,
  ];
}

/** What a rule adds to |σ| where σ vanishes. */
function floorOf(rule: InverseRule): number {
  switch (rule.kind) {
    case 'truncated':
      return 0;
    case 'damped':
    case 'absolute':
      return rule.lambda;
    case 'unrolled':
      return 1 / rule.time;
  }
}

function parameterOf(rule: InverseRule): string {
  switch (rule.kind) {
    case 'truncated':
      return `ε = ${rule.eps}`;
    case 'damped':
    case 'absolute':
      return `λ = ${rule.lambda}`;
    case 'unrolled':
      return `t = ${rule.time}`;
  }
}

/** Whether a rule inverts all eigenvalues to about the same number, so that the curvature plays no part. */
function flatFilter(curvature: EigenOperator, rule: InverseRule): string[] {
  if (rule.kind === 'truncated') return [];
  const inverse = curvature.inverseValues(rule);
  const extremes = (values: Float64Array): [number, number] =>
    values.reduce<[number, number]>(
      ([low, high], value) => [Math.min(low, Math.abs(value)), Math.max(high, Math.abs(value))],
      [Number.POSITIVE_INFINITY, 0],
    );
  const [least, most] = extremes(inverse);
  const [smallest, largest] = extremes(curvature.values);
  if (most > FLAT * least || largest <= FLAT * smallest) return [];
  return [hiddenCurvature(parameterOf(rule))];
}
