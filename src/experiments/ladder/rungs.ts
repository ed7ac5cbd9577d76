/** @file The rungs, from the exact derivative of training down to K-FAC: what each takes for the truth, and which inverses are tried of it. */
import { CURVATURES, LADDER } from '../../curvature/index.ts';
import { BEST, inverseNames, isDamped, PUBLISHED, UNROLLED } from '../better-hessians/study/inverses.ts';

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

/** The name of the only variant of a computation that has one. */
export const SCORES = 'scores';

/**
 * Parts of the scores of `trajectory`: those of examples with the label of the query, the others; the mean over the examples of each label, and
 * what is left without it, so that labels alone say nothing any more.
 */
export const PARTS = ['same label', 'other labels', 'label means', 'within labels'] as const;

/** The variants of a computation, in the order in which their predictions are stored. */
export function variantsOf(of: Computation): readonly string[] {
  if (of === 'trajectory') return [SCORES, ...PARTS];
  const kind = LADDER.find((name) => name === of);
  return kind === undefined ? [SCORES] : inverseNames(kind);
}

/** The variants that the best damping is chosen from. */
export function gridOf(of: Computation): readonly string[] {
  return variantsOf(of).filter(isDamped);
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
