/** @file The rungs: the ladder of the paper, with what its last two make of a weight that is used at several positions. */
import { CURVATURES, type KfacForm, LADDER, type LadderKind } from '../../curvature/index.ts';
import { BEST, inverseNames, isDamped, PUBLISHED } from '../better-hessians/study/inverses.ts';
import { GRADIENT_DOT } from '../protocol/methods.ts';
import { type NetworkSetting, settingNetwork } from '../protocol/network-setting.ts';
import { TERMS, type Variation } from './attention-rungs.ts';

/** A curvature, or the baseline without one. */
export interface Rung {
  readonly id: string;
  readonly label: string;
  /** Absent: the baseline. */
  readonly kind?: LadderKind;
  /** Of a Kronecker product: positions apart or together. */
  readonly form?: KfacForm;
  /** What is done otherwise than on the ladder. */
  readonly variation?: Variation;
  /** The rung that it is an approximation of. */
  readonly above?: string;
}

/** Rungs beside the ladder where there is attention. */
const ATTENTION_RUNGS: readonly Rung[] = [
  {
    id: 'apart-block-ggn',
    label: 'Block-GGN, q, k and v apart',
    kind: 'block-ggn',
    variation: 'apart',
    above: 'block-ggn',
  },
  {
    id: 'apart-ekfac-expand',
    label: 'EK-FAC expand, q, k and v apart',
    kind: 'ekfac',
    form: 'expand',
    variation: 'apart',
    above: 'ekfac-expand',
  },
  {
    id: 'kronecker-sum',
    label: `Sums of ${TERMS} Kronecker products`,
    kind: 'block-ggn',
    variation: 'sum',
    above: 'block-ggn',
  },
];

/** Whether some weight is used at several positions of an example. */
export function sharesWeights(setting: NetworkSetting): boolean {
  return settingNetwork(setting).sites.some(({ positions, kronecker }) => positions > 1 && kronecker);
}

/** From exact to cheap. Where every weight is used once, both forms are one and go without a name. */
export function rungsOf(setting: NetworkSetting): Rung[] {
  const shared = sharesWeights(setting);
  const forms: readonly (KfacForm | undefined)[] = shared ? ['expand', 'reduce'] : [undefined];
  const [first, ...exact] = LADDER.slice(0, 3);
  return [
    { id: first, label: CURVATURES[first].label, kind: first },
    ...exact.map((kind, k): Rung => ({ id: kind, label: CURVATURES[kind].label, kind, above: LADDER[k] })),
    ...forms.flatMap((form) =>
      (['ekfac', 'kfac'] as const).map((kind): Rung => {
        const of = (name: LadderKind): string => (form === undefined ? name : `${name}-${form}`);
        return {
          id: of(kind),
          label: `${CURVATURES[kind].label}${form === undefined ? '' : ` ${form}`}`,
          kind,
          above: kind === 'ekfac' ? 'block-ggn' : of('ekfac'),
          ...(form === undefined ? {} : { form }),
        };
      }),
    ),
    ...(setting.architecture.kind === 'gpt' ? ATTENTION_RUNGS : []),
    { id: GRADIENT_DOT, label: 'Gradient dot product' },
  ];
}

/** The rungs with a curvature. */
export function curvaturesOf(setting: NetworkSetting): (Rung & { readonly kind: LadderKind })[] {
  return rungsOf(setting).filter(
    (rung): rung is Rung & { readonly kind: LadderKind } => rung.kind !== undefined,
  );
}

/** What the scores of the baseline are called. */
export const SCORES = 'scores';

/** The inverses of a rung, in the order in which their predictions are stored. */
export function variantsOf({ kind }: Rung): readonly string[] {
  return kind === undefined ? [SCORES] : inverseNames(kind);
}

/** The ways in which a rung is judged: by the rule of the paper, and by the best damping of the grid. */
export const TREATMENTS = { published: PUBLISHED.name, best: BEST } as const;
export type Treatment = keyof typeof TREATMENTS;

/** The inverses that a treatment leaves to choose from. */
export function choicesOf(rung: Rung, treatment: Treatment): readonly string[] {
  const all = variantsOf(rung);
  if (rung.kind === undefined) return all;
  return treatment === 'published' ? [PUBLISHED.name] : all.filter(isDamped);
}
