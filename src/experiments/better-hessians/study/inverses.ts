/** @file The inverses that the best of is sought among: the rule of the paper, the filter of training, a grid of dampings. */
import { type LadderKind, PAPER_RULE } from '../../../curvature/index.ts';
import { type Negative, ruleLabel, type StudyRule } from './rule.ts';

/** The best damping of a curvature, by the very retrainings that judge it. */
export const BEST = 'best damping';

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

/** The rule of the paper. */
export const PUBLISHED: Inverse = (() => {
  const value = PAPER_RULE.kind === 'truncated' ? PAPER_RULE.eps : Number.NaN;
  const rule: StudyRule = { family: 'truncated', value, negative: 'keep', factors: 'product' };
  return { name: ruleLabel(rule), rule };
})();

/** Their names, in that order. */
export function inverseNames(kind: LadderKind): readonly string[] {
  return inversesOf(kind, 1).map(({ name }) => name);
}

/** Whether an inverse is of the grid. */
export function isDamped(name: string): boolean {
  return name !== PUBLISHED.name && name !== UNROLLED;
}
