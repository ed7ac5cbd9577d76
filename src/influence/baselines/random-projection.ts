/** @file Random projections that keep inner products on average, drawn row by row from named streams. */
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { rng } from '../../linalg/random.ts';

/** x ↦ Pᵀ x from ℝᴰ to ℝᵏ, known by the rows of P: row j is where parameter j goes. */
export interface Projection {
  /** D. */
  readonly inputs: number;
  /** k. */
  readonly dimension: number;
  /** Rows first..first+count−1 of P, shape [count, k]; equal arguments give equal bits. The range is not checked. */
  rows(first: number, count: number): Matrix;
}

/** What the entries of P √k are: standard normal, or ±1 with equal chances. */
export type ProjectionDistribution = 'gaussian' | 'rademacher';

export interface RandomProjectionOptions {
  /** D ≥ 1. */
  readonly inputs: number;
  /** k ≥ 1; may exceed D. */
  readonly dimension: number;
  /** Default 'rademacher', whose variance is never the larger one. */
  readonly distribution?: ProjectionDistribution;
  /** Default 0. */
  readonly seed?: number;
  /** Names one projection of several under the same seed, e.g. the number of the model. Default none. */
  readonly path?: readonly (string | number)[];
}

/**
 * A Johnson–Lindenstrauss projection: independent entries of mean 0 and variance 1/k, so that
 *
 *   E ⟨Pᵀx, Pᵀy⟩ = ⟨x, y⟩,   Var = (‖x‖² ‖y‖² + ⟨x, y⟩²) / k   (Gaussian),   less 2 Σ xᵢ² yᵢ² / k   (Rademacher).
 *
 * Row j comes from the stream (seed, 'projection', ...path, j): P never needs to exist as a whole, and does not depend on how
 * it is cut.
 *
 * @throws {DomainError} sizes, distribution or seed.
 * Cost of `rows`: one normal number per entry, or one random bit.
 * References: Johnson & Lindenstrauss 1984; Achlioptas, Database-friendly random projections (2003), for ±1.
 * @example randomProjection({ inputs: 3114, dimension: 512 }).rows(0, 64); // [64, 512]
 */
export function randomProjection(options: RandomProjectionOptions): Projection {
  const where = 'randomProjection';
  const { inputs, dimension, distribution = 'rademacher', seed = 0, path = [] } = options;
  checkInteger(where, 'inputs', inputs, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'dimension', dimension, 1, Number.MAX_SAFE_INTEGER);
  checkDistribution(where, distribution);
  checkInteger(where, 'seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const scale = 1 / Math.sqrt(dimension);
  const fill = distribution === 'gaussian' ? fillNormal : fillSigns;
  return {
    inputs,
    dimension,
    rows(first, count) {
      const out = new Matrix(count, dimension);
      for (let j = 0; j < count; j++) fill(out.row(j), scale, [seed, 'projection', ...path, first + j]);
      return out;
    },
  };
}

/** @throws {DomainError} unknown distribution. */
export function checkDistribution(where: string, distribution: ProjectionDistribution): void {
  if (distribution !== 'gaussian' && distribution !== 'rademacher')
    throw new DomainError(where, 'distribution', "'gaussian' or 'rademacher'", distribution);
}

/** The name of a stream: its seed, then its path. */
type Name = readonly [number, ...(string | number)[]];

function fillNormal(row: Float64Array, scale: number, [seed, ...path]: Name): void {
  rng(seed, ...path).fillNormal(row, 0, scale);
}

/** Entry i takes bit i mod 32 of word ⌊i/32⌋ of the stream: 0 is +, 1 is −. */
function fillSigns(row: Float64Array, scale: number, [seed, ...path]: Name): void {
  const random = rng(seed, ...path);
  for (let i = 0, word = 0; i < row.length; i++, word >>>= 1) {
    if (i % 32 === 0) word = random.uint32();
    row[i] = (word & 1) === 0 ? scale : -scale;
  }
}
