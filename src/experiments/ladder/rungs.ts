/** @file The rungs, from the exact derivative of training down to K-FAC: what each takes for the truth, and which inverses are tried of it. */
import { CURVATURES, LADDER, type LadderKind, PAPER_RULE } from '../../curvature/index.ts';
import { type Negative, ruleLabel, type StudyRule } from '../better-hessians/study/rule.ts';

/** What is computed once for a network; several rungs may be read off it. In the order in which it is: what is dear last. */
export const COMPUTATIONS = ['label', 'trajectory', ...LADDER, 'source', 'run-derivative'] as const;
export type Computation = (typeof COMPUTATIONS)[number];

/** Where a rung's predictions come from: a computation, and one of its variants or the best of the grid of dampings. */
export interface Rung {
  readonly id: string;
  readonly label: string;
  readonly of: Computation;
  readonly take: string;
  /** `rung`: a step of the ladder. `published`: a curvature under the rule of the paper. `part`: of the scores of `trajectory`. `control`. */
  readonly group: 'rung' | 'published' | 'part' | 'control';
}

/** The best damping of a curvature, by the very retrainings that judge it. */
export const BEST = 'best damping';

/** The name of the only variant of a computation that has one. */
export const SCORES = 'scores';

/**
 * Parts of the scores of `trajectory`: those of examples with the label of the query, the others; the mean over the examples of each label, and
 * what is left without it, so that labels alone say nothing any more.
 */
export const PARTS = ['same label', 'other labels', 'label means', 'within labels'] as const;

/** λ of the grid, 1e-5 to 10 in half decades, in the units of the mean-loss curvature. */
export const DAMPINGS: readonly number[] = Array.from({ length: 13 }, (_, k) =>
  Number((10 ** (k / 2 - 5)).toPrecision(1)),
);

/** A curvature inverted in one way. */
export interface Inverse {
  readonly name: string;
  readonly rule: StudyRule;
}

/** The name of the filter of a training of finite length. */
export const UNROLLED = 'unrolled';

/** The rule of the paper, the filter of a training of duration `time`, and the grid; of the Hessian with σ and with |σ|. */
export function inversesOf(kind: LadderKind, time: number): Inverse[] {
  const factors = 'product';
  const signs: readonly Negative[] = kind === 'hessian' ? ['keep', 'absolute'] : ['keep'];
  return [
    PUBLISHED,
    { name: UNROLLED, rule: { family: 'unrolled', value: time, negative: 'drop', factors } },
    ...DAMPINGS.flatMap((value) =>
      signs.map((negative) => {
        const rule: StudyRule = { family: 'damped', value, negative, factors };
        return { name: ruleLabel(rule), rule };
      }),
    ),
  ];
}

const PUBLISHED: Inverse = (() => {
  const value = PAPER_RULE.kind === 'truncated' ? PAPER_RULE.eps : Number.NaN;
  const rule: StudyRule = { family: 'truncated', value, negative: 'keep', factors: 'product' };
  return { name: ruleLabel(rule), rule };
})();

/** The variants of a computation, in the order in which their predictions are stored. */
export function variantsOf(of: Computation): readonly string[] {
  if (of === 'trajectory') return [SCORES, ...PARTS];
  const kind = LADDER.find((name) => name === of);
  return kind === undefined ? [SCORES] : inversesOf(kind, 1).map(({ name }) => name);
}

/** The variants that the best damping is chosen from. */
export function gridOf(of: Computation): readonly string[] {
  return variantsOf(of).filter((name) => name !== PUBLISHED.name && name !== UNROLLED);
}

/** The ladder, top to bottom, and what stands beside it. */
export const RUNGS: readonly Rung[] = [
  {
    id: 'trajectory',
    label: 'Trajectory',
    of: 'trajectory',
    take: SCORES,
    group: 'rung',
  },
  {
    id: 'run-derivative',
    label: 'Derivative of training',
    of: 'run-derivative',
    take: SCORES,
    group: 'rung',
  },
  { id: 'unrolled', label: 'Unrolled filter, GGN', of: 'ggn', take: UNROLLED, group: 'rung' },
  { id: 'source', label: 'SOURCE', of: 'source', take: SCORES, group: 'rung' },
  ...LADDER.map((kind): Rung => {
    const { label } = CURVATURES[kind];
    return { id: kind, label: `${label}, best λ`, of: kind, take: BEST, group: 'rung' };
  }),
  ...LADDER.map((kind): Rung => {
    const label = `${CURVATURES[kind].label}, ${PUBLISHED.name}`;
    return { id: `${kind}-published`, label, of: kind, take: PUBLISHED.name, group: 'published' };
  }),
  ...PARTS.map(
    (part): Rung => ({
      id: part.replace(' ', '-'),
      label: part,
      of: 'trajectory',
      take: part,
      group: 'part',
    }),
  ),
  { id: 'label', label: 'Label only', of: 'label', take: SCORES, group: 'control' },
];
