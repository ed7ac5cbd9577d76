/** @file The methods that are compared, and which λ each is run with. */
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
  /** Only at so many base models, because one takes long; absent: at all. */
  readonly models?: number;
}

const PLAIN: MethodInfo = { label: '', dampings: 'all', blocks: false, smallOnly: false };

/** In the order of tables. */
export const ASTRA_METHODS = {
  'grad-dot': { ...PLAIN, label: 'Gradient dot', dampings: 'none' },
  ekfac: { ...PLAIN, label: 'EKFAC-IF' },
  'ekfac-type-2': { ...PLAIN, label: 'EKFAC-IF, exact expectation', dampings: 'table' },
  astra: { ...PLAIN, label: 'ASTRA-IF', blocks: true },
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

/** Whether the output is one number, and all gradients of it fit into memory. */
export function isSmall({ sizes, draw }: AstraSetting): boolean {
  const parameters = sizes.slice(1).reduce((sum, out, l) => sum + out * (sizes[l] + 1), 0);
  return sizes[sizes.length - 1] === 1 && parameters * (draw.train + draw.queries) <= SMALL;
}

/** Everything that a setting is scored with. */
export function variantsOf(setting: AstraSetting): Variant[] {
  const methods = Object.keys(ASTRA_METHODS) as AstraMethod[];
  return methods.flatMap((method): Variant[] => {
    const info: MethodInfo = ASTRA_METHODS[method];
    if (info.smallOnly && !isSmall(setting)) return [];
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
