/** @file The methods that are compared, and which λ each is run with. */
import { resnet9 } from '../protocol/resnet9.ts';
import type { AstraSetting } from './setting.ts';

/** What a method is called, and how it is run. */
export interface MethodInfo {
  readonly label: string;
  /** Every λ of the setting, only that of Table 3, or none. */
  readonly dampings: 'all' | 'table' | 'none';
  /** Queries are solved in blocks, each a stored task, because a block takes minutes. */
  readonly blocks: boolean;
  /** Only where all gradients fit into memory. */
  readonly smallOnly: boolean;
  /** Only for convolutional networks. */
  readonly convolutionalOnly?: true;
  /** Of perceptrons only at so many base models, because one takes long; absent: at all. */
  readonly models?: number;
}

const PLAIN: MethodInfo = { label: '', dampings: 'all', blocks: false, smallOnly: false };

/** In the order of tables. */
export const ASTRA_METHODS = {
  'grad-dot': { ...PLAIN, label: 'Gradient dot', dampings: 'none' },
  ekfac: { ...PLAIN, label: 'EKFAC-IF' },
  'ekfac-type-2': { ...PLAIN, label: 'EKFAC-IF, exact expectation', dampings: 'table' },
  astra: { ...PLAIN, label: 'ASTRA-IF', blocks: true },
  'astra-cifar': {
    ...PLAIN,
    label: 'ASTRA-IF, α = 0.01 λ',
    dampings: 'table',
    blocks: true,
    convolutionalOnly: true,
  },
  'astra-auto': { ...PLAIN, label: 'ASTRA-IF, automatic α', dampings: 'table', blocks: true },
  lissa: { ...PLAIN, label: 'SNI (LiSSA)', blocks: true },
  exact: { ...PLAIN, label: 'Exact IF (GGN)', smallOnly: true },
  tracin: { ...PLAIN, label: 'TracIn', dampings: 'none' },
  trak: { ...PLAIN, label: 'TRAK', dampings: 'none' },
  source: { ...PLAIN, label: 'SOURCE', dampings: 'none' },
  'astra-source': { ...PLAIN, label: 'ASTRA-SOURCE', dampings: 'none', smallOnly: true, models: 2 },
} as const satisfies Record<string, MethodInfo>;

export type AstraMethod = keyof typeof ASTRA_METHODS;

/** A method with its λ. */
export interface Variant {
  readonly method: AstraMethod;
  readonly damping: number | null;
}

/** Every gradient of training and query examples takes at most this many numbers where a network counts as small: 400 MB. */
const SMALL = 5e7;

/** Whether all gradients that the GGN is made of fit into memory: of one output, or of the classes of a convolutional network. */
export function isSmall({ sizes, resnet, draw }: AstraSetting): boolean {
  const examples = draw.train + draw.queries;
  if (resnet !== undefined)
    return resnet9(resnet).parameterCount * (examples + resnet.classes * draw.train) <= SMALL;
  const parameters = sizes.slice(1).reduce((sum, out, l) => sum + out * (sizes[l] + 1), 0);
  return sizes[sizes.length - 1] === 1 && parameters * examples <= SMALL;
}

/** Everything that a setting is scored with. */
export function variantsOf(setting: AstraSetting): Variant[] {
  const methods = Object.keys(ASTRA_METHODS) as AstraMethod[];
  return methods.flatMap((method): Variant[] => {
    const info: MethodInfo = ASTRA_METHODS[method];
    if (info.smallOnly && !isSmall(setting)) return [];
    if (info.convolutionalOnly && setting.resnet === undefined) return [];
    if (info.dampings === 'none') return [{ method, damping: null }];
    const dampings = info.dampings === 'table' ? setting.dampings.slice(0, 1) : setting.dampings;
    return dampings.map((damping) => ({ method, damping }));
  });
}

/** "ASTRA-IF, λ = 0.0017". */
export function variantLabel({ method, damping }: Variant): string {
  const { label } = ASTRA_METHODS[method];
  return damping === null ? label : `${label}, λ = ${Number(damping.toPrecision(2))}`;
}

/** A name for files and keys of results: astra@0.0017. */
export function variantName({ method, damping }: Variant): string {
  return damping === null ? method : `${method}@${Number(damping.toPrecision(3))}`;
}
