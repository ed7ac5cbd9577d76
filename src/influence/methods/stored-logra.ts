/** @file LoGra's fit as tensors of a file, and back, to the bit. */
import type { Network } from '../../autodiff/network.ts';
import {
  asFormatError,
  type Fetch,
  type Keep,
  matrix,
  readFactor,
  readMatrix,
  readVector,
  refuse,
  vector,
} from '../../curvature/stored-operator.ts';
import type { LayerProjection, Side } from '../baselines/layer-projections.ts';
import { asLograFit } from '../baselines/logra-fit.ts';
import type { LograMethodFit } from './method-fit.ts';

/** What the arrays must fit. */
export interface LograSizes {
  readonly model: Network;
  /** k. */
  readonly dimension: number;
  /** Training examples. */
  readonly n: number;
}

/** Puts the arrays away: projections of both sides of every block where there are any, dampings, factors, compressed gradients. */
export function storeLograFit(
  where: string,
  fit: LograMethodFit,
  prefix: string,
  keep: Keep,
  sizes: LograSizes,
): object {
  const { projections, dampings, factors, features } = asLograFit(where, fit, sizes);
  for (const [b, { left, right }] of projections.entries())
    for (const [side, own] of Object.entries({ left: left.matrix, right: right.matrix }))
      if (own !== undefined) keep(`${prefix}${side}.${b}`, matrix(own));
  for (const [b, factor] of factors.entries()) keep(`${prefix}factor.${b}`, matrix(factor));
  keep(`${prefix}dampings`, vector(dampings));
  keep(`${prefix}features`, matrix(features));
  return {};
}

/**
 * The fit that was stored, bit by bit.
 *
 * @throws {FormatError} a tensor that is missing, of another shape or not finite, a λ that is not above 0, a factor that is not lower
 * triangular with a positive diagonal.
 */
export function readLograFit(prefix: string, fetch: Fetch, sizes: LograSizes): LograMethodFit {
  const { model, dimension } = sizes;
  const side = (name: string, length: number): Side =>
    length <= dimension
      ? { rows: length, matrix: undefined }
      : { rows: dimension, matrix: readMatrix(fetch, `${prefix}${name}`) };
  const projections = model.blocks.map(
    ({ rows, cols }, b): LayerProjection => ({
      left: side(`left.${b}`, rows),
      right: side(`right.${b}`, cols),
    }),
  );
  const dampings = readVector(fetch, `${prefix}dampings`);
  if (dampings.some((lambda) => !(lambda > 0)))
    return refuse(`tensor ${prefix}dampings has a λ that is not above 0`);
  const factors = projections.map((_, b) => readFactor(fetch, `${prefix}factor.${b}`));
  const features = readMatrix(fetch, `${prefix}features`);
  const fit = { projections, dampings, factors, features };
  return { kind: 'logra', ...asFormatError(() => asLograFit('fit', fit, sizes)) };
}
