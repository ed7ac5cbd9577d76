/** @file Layers that pool: windows, everything, the positions of a sequence. */
import { checkBoolean, checkOptions } from '../../linalg/border/arguments.ts';
import { asList } from '../../linalg/border/instances.ts';
import { checkNoMore } from '../../linalg/border/no-more.ts';
import { checkInteger } from '../../linalg/checks.ts';
import type { NodeOf } from './description.ts';
import { type Layer, pair, type Size, unary } from './layer.ts';

/** What pooling has beside its window. Defaults: windows side by side, no padding. */
export interface PoolOptions<S = Size> {
  readonly stride?: S;
  readonly padding?: S;
}

/** What means of windows have, too. */
export interface AveragePoolOptions<S = Size> extends PoolOptions<S> {
  /** Whether zeros of the padding count. Default true. */
  readonly countPadding?: boolean;
}

type Windows = Pick<NodeOf<'max-pool'>, 'kernel' | 'stride' | 'padding'>;

/** The greatest of each window, [C, H, W] → [C, H′, W′]. */
export function maxPool(kernel: Size, options: PoolOptions = {}): Layer {
  checkOptions('maxPool', options, ['stride', 'padding']);
  return unary('max-pool', windows('maxPool', kernel, options));
}

/** The mean of each window. */
export function avgPool(kernel: Size, options: AveragePoolOptions = {}): Layer {
  checkOptions('avgPool', options, ['stride', 'padding', 'countPadding']);
  return unary('avg-pool', {
    ...windows('avgPool', kernel, options),
    countPadding: counted('avgPool', options),
  });
}

/** The greatest of each window, [C, L] → [C, L′]. */
export function maxPool1d(kernel: number, options: PoolOptions<number> = {}): Layer {
  checkOptions('maxPool1d', options, ['stride', 'padding']);
  return unary('max-pool1d', windows1d('maxPool1d', kernel, options));
}

/** The mean of each window, [C, L] → [C, L′]. */
export function avgPool1d(kernel: number, options: AveragePoolOptions<number> = {}): Layer {
  checkOptions('avgPool1d', options, ['stride', 'padding', 'countPadding']);
  const countPadding = counted('avgPool1d', options);
  return unary('avg-pool1d', { ...windows1d('avgPool1d', kernel, options), countPadding });
}

/** [C, …] → [C]. */
export function globalAvgPool(): Layer;
export function globalAvgPool(more?: unknown): Layer {
  checkNoMore('globalAvgPool', 'it is over all positions', undefined, more);
  return unary('global-avg-pool', {});
}

/**
 * The mean over axes, which vanish; counted from 0, without the batch.
 *
 * @param options - `paddingToken`: over the positions, axis 0 of a sequence, leaving out those where the input has this token.
 */
export function mean(axes: readonly number[], options: { readonly paddingToken?: number } = {}): Layer {
  const list = asList<number>('mean', 'axes', axes, 'integers');
  for (const [i, axis] of list.entries()) checkInteger('mean', `axes[${i}]`, axis, 0, 7);
  checkOptions('mean', options, ['paddingToken']);
  return unary('mean', { axes: [...list], ...paddingOf('mean', options) });
}

/** [T, d] → [d]: the last position where the input has another token than this. */
export function lastPosition(paddingToken: number): Layer {
  checkInteger('lastPosition', 'paddingToken', paddingToken, 0, Number.MAX_SAFE_INTEGER);
  return unary('last', { paddingToken });
}

/** The padding token of some options, checked. */
export function paddingOf(
  where: string,
  { paddingToken }: { readonly paddingToken?: number | undefined },
): { readonly paddingToken?: number } {
  if (paddingToken === undefined) return {};
  checkInteger(where, 'paddingToken', paddingToken, 0, Number.MAX_SAFE_INTEGER);
  return { paddingToken };
}

function counted(where: string, { countPadding = true }: Pick<AveragePoolOptions, 'countPadding'>): boolean {
  checkBoolean(where, 'countPadding', countPadding);
  return countPadding;
}

function windows(where: string, kernel: Size, { stride = kernel, padding = 0 }: PoolOptions): Windows {
  return {
    kernel: pair(where, 'kernel', kernel, 1),
    stride: pair(where, 'stride', stride, 1),
    padding: pair(where, 'padding', padding, 0),
  };
}

function windows1d(
  where: string,
  kernel: number,
  { stride = kernel, padding = 0 }: PoolOptions<number>,
): Pick<NodeOf<'max-pool1d'>, 'kernel' | 'stride' | 'padding'> {
  checkInteger(where, 'kernel', kernel, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'stride', stride, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'padding', padding, 0, Number.MAX_SAFE_INTEGER);
  return { kernel: [kernel], stride: [stride], padding: [padding] };
}
