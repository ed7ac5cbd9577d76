/** @file Influence functions with an eigen-decomposed curvature: one method per curvature of the table. */

import type { CurvatureText } from '../../curvature/curvature.ts';
import type { EigenOperator } from '../../curvature/eigen-operator.ts';
import type { FisherType } from '../../curvature/fisher.ts';
import type { InverseRule } from '../../curvature/inverse-rule.ts';
import type { LadderKind } from '../../curvature/ladder.ts';
import type { PartitionKind } from '../../curvature/partition.ts';
import type { CurvatureOptions, KfacForm } from '../../curvature/problem.ts';
import { CURVATURE_KINDS, CURVATURES, type CurvatureKind } from '../../curvature/registry.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import { DAMPING_FRACTION, type RuleChoice } from '../attributors/damping-rule.ts';
import { influenceFunction } from '../attributors/influence-function.ts';
import { tokenScores } from '../attributors/token-scores.ts';
import { FISHER, KFAC_FORM, LAMBDA, PARTITION } from './common-hyperparameters.ts';
import { fisherSetting, fittedMethod, ruleSetting } from './fitted-method.ts';
import { type Filled, type FittedMethod, type Method, type MethodContext, method } from './method.ts';
import { type Option, type OptionTable, ruled } from './option.ts';
import { INVERSE_RULES } from './option-values.ts';
import { hiddenCurvature, reducedAttention, unitWarnings } from './warnings.ts';

/** What the curvatures read; some have no Fisher type, partition or Kronecker factors. */
export interface CurvatureMethodOptions {
  readonly rule: RuleChoice | undefined;
  readonly damping: number | 'auto' | undefined;
  readonly fisher: FisherType;
  readonly partition: PartitionKind;
  readonly kfac: KfacForm;
}

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
  const { measurement = 'loss', fisher, partition, kfac } = options;
  const build: CurvatureOptions = {
    ...(fisher === undefined ? {} : { fisher }),
    ...(partition === undefined ? {} : { partition }),
    ...(kfac === undefined ? {} : { kfac }),
  };
  const choice = ruleChoice(kind, options);
  const influence = influenceFunction({
    curvature: kind,
    rule: choice,
    measurement,
    options: build,
  }).fit(fitted, train);
  const { rule, curvature } = influence;
  return fittedMethod(context, influence, {
    settings: {
      rule: ruleSetting(rule),
      fisher: fisher === undefined ? undefined : fisherSetting(fisher),
      partition,
      kfac,
    },
    damping: rule.kind === 'damped' || rule.kind === 'absolute' ? rule.lambda : undefined,
    seed: fisher?.kind === 'mc' ? fisher.seed : undefined,
    known: { spectrum: curvature.kept(rule) },
    discarded: (queries) => influence.discarded(queries),
    tokenScores: (queries) =>
      tokenScores(fitted, train, queries, (g) => curvature.applyInverse(g, rule), { measurement }),
    warnings: [
      ...(choice === 'auto' ? unitWarnings(train) : flatFilter(curvature, rule)),
      ...roundingKept(curvature, rule),
      ...(kfac === 'reduce' ? reducedAttention(fitted.model) : []),
    ],
  });
}

/** The rule given, or the damped one of `damping`, or the automatic one. */
function ruleChoice(kind: CurvatureKind, { rule, damping }: Partial<CurvatureMethodOptions>): RuleChoice {
  if (damping === undefined) return rule ?? 'auto';
  if (rule !== undefined)
    throw new UnsupportedError(`${kind}: rule and damping both say how C is inverted; give one.`);
  return damping === 'auto' ? 'auto' : { kind: 'damped', lambda: damping };
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
