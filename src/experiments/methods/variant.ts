/** @file What is judged: every method of the registry with its default rules, and a small grid of dampings. */
import { LADDER } from '../../curvature/index.ts';
import { METHOD_NAMES, METHODS, type MethodName, type MethodOptions } from '../../influence/index.ts';

/**
 * Where options come from. `default`: the registry's rules, for the five curvatures the published one (`optionsOf`). `auto`: λ = 0.1 tr(G)/D in place of the published truncation, so that
 * the curvatures invert what CG, LiSSA and ASTRA solve. `grid`: one value of {@link GRID}.
 */
export type VariantKind = 'default' | 'auto' | 'grid';

/** A method with options. */
export interface Variant {
  readonly method: MethodName;
  readonly kind: VariantKind;
  readonly options: MethodOptions;
}

/** λ in the units of the mean-loss curvature. */
export const GRID: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1, 1];

/**
 * Methods with one damping that the grid is tried for. CG solves the GGN's damped system, so that the GGN's best is its best; the
 * correlation of BIF rests on the same chains as its covariance; segments of SOURCE have their dampings from the length of training.
 */
const GRID_METHODS: readonly MethodName[] = [...LADDER, 'lissa', 'astra', 'bif', 'trak', 'datainf', 'logra'];

/** Solves by hundreds of minibatch steps or products per query: a profile may give them fewer base models. */
const SLOW: readonly string[] = ['cg', 'lissa', 'astra', 'astra-source'];

/** Whether a method takes much longer than the others. */
export function isSlow({ method }: Pick<Variant, 'method'>): boolean {
  return SLOW.includes(method);
}

/** Every method once, and the curvatures a second time with the λ of the iterative methods. */
export function plainVariants(methods: readonly MethodName[] = METHOD_NAMES): Variant[] {
  return [
    ...methods.map((method): Variant => ({ method, kind: 'default', options: {} })),
    ...LADDER.filter((method) => methods.includes(method)).map(
      (method): Variant => ({ method, kind: 'auto', options: { damping: 'auto' } }),
    ),
  ];
}

/** The grid of a method; none where it has no damping of its own. `train`: N, as a ridge adds to a sum and not to a mean. */
export function gridVariants(method: MethodName, train: number): Variant[] {
  if (!GRID_METHODS.includes(method)) return [];
  return GRID.map(
    (lambda): Variant => ({
      method,
      kind: 'grid',
      options: method === 'trak' ? { ridge: lambda * train } : { damping: lambda },
    }),
  );
}

/** The methods that have a grid. */
export function methodsWithGrid(methods: readonly MethodName[] = METHOD_NAMES): MethodName[] {
  return methods.filter((method) => GRID_METHODS.includes(method));
}

/** λ of a variant of the grid. */
export function gridValue({ options: { damping, ridge } }: Variant, train: number): number {
  return ridge === undefined ? Number(damping) : ridge / train;
}

/** The variant that rests on the same chains: the correlation of BIF beside its covariance. */
export function companionOf({ method, kind, options }: Variant): Variant | undefined {
  return method === 'bif' && kind === 'default' ? { method: 'bif-correlation', kind, options } : undefined;
}

/** Whether several models of this method are one fit and not the mean of their scores. */
export function fitsTogether({ method }: Pick<Variant, 'method'>): boolean {
  return METHODS[method].fitMany !== undefined;
}
