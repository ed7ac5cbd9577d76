/** @file The rungs of the ladder as the page names them, and how each is inverted. */
import { LADDER, type LadderKind } from '../../../curvature/index.ts';
import type { InverseRule } from '../../../curvature/inverse-rule.ts';

/** A curvature of the ladder, or none. */
export type Rung = LadderKind | 'grad-dot';

/** From exact to none. */
export const RUNGS: readonly Rung[] = [...LADDER, 'grad-dot'];

/** For people. */
export const RUNG_TEXT: Readonly<Record<Rung, { readonly label: string; readonly brief: string }>> = {
  hessian: {
    label: 'Hessian',
    brief: 'all second derivatives of the mean loss; may have negative eigenvalues',
  },
  ggn: { label: 'GGN', brief: 'without the second derivatives of the network' },
  'block-ggn': { label: 'block-GGN', brief: 'and without curvature between layers' },
  ekfac: { label: 'EK-FAC', brief: 'and with eigenvectors that are Kronecker products' },
  kfac: { label: 'K-FAC', brief: 'and with eigenvalues that are products, too' },
  'grad-dot': { label: 'gradient dot', brief: 'no curvature at all' },
};

/** The rungs that a network of so many parameters can have on a page. */
export function possibleRungs(parameters: number): readonly Rung[] {
  return RUNGS.filter((rung) => {
    if (rung === 'hessian' || rung === 'ggn') return parameters <= MOST_DENSE;
    return rung === 'block-ggn' ? parameters <= 2 * MOST_DENSE : true;
  });
}

/** Parameters of a dense curvature at most: a matrix of 72 MB, and its eigenvectors in some ten seconds. */
export const MOST_DENSE = 3000;

/** How a curvature is inverted, with `'auto'` for the λ that follows the matrix. */
export type RuleKind = 'damped' | 'truncated' | 'absolute';

/** A choice of rule. */
export interface RuleChoice {
  readonly kind: RuleKind;
  readonly value: number | 'auto';
}

/** The rule in numbers. @param automatic - λ of this curvature by the automatic rule. */
export function inverseRule({ kind, value }: RuleChoice, automatic: number): InverseRule {
  switch (kind) {
    case 'damped':
      return { kind, lambda: value === 'auto' ? automatic : value };
    case 'absolute':
      return { kind, lambda: value === 'auto' ? automatic : value };
    case 'truncated':
      return { kind, eps: value === 'auto' ? PAPER_EPS : value, negative: 'keep' };
  }
}

/** The published ε (Hong et al. 2025, §4.1). */
export const PAPER_EPS = 1e-4;

/** The options of `influence` that say the same. */
export function ruleFlags(rule: InverseRule): string {
  switch (rule.kind) {
    case 'damped':
      return `--damping ${rule.lambda}`;
    case 'absolute':
      return `--absolute ${rule.lambda}`;
    case 'truncated':
      return `--eps ${rule.eps}`;
    case 'unrolled':
      return `--time ${rule.time}`;
  }
}
