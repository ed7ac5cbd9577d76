/** @file Random projections that keep inner products on average, drawn row by row from named streams. */
import { type Check, checkFields, checkPath, checkSeed, integer, oneOf } from '../../linalg/border/fields.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { rng } from '../../linalg/random/random.ts';

/** x ↦ Pᵀ x from ℝᴰ to ℝᵏ, known by the rows of P: row j is where parameter j goes. */
export interface Projection {
  /** D. */
  readonly inputs: number;
  /** k. */
  readonly dimension: number;
  /** Rows first..first+count−1 of P, shape [count, k]; equal arguments give equal bits. */
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
  checkFields(where, options, OPTIONS, 'options', ['inputs', 'dimension']);
  const { inputs, dimension, distribution = 'rademacher', seed = 0, path = [] } = options;
  const scale = 1 / Math.sqrt(dimension);
  const fill = distribution === 'gaussian' ? fillNormal : fillSigns;
  return {
    inputs,
    dimension,
    rows(first, count) {
      checkInteger('Projection.rows', 'first', first, 0, inputs);
      checkInteger('Projection.rows', 'count', count, 0, inputs - first);
      const out = new Matrix(count, dimension);
      for (let j = 0; j < count; j++) fill(out.row(j), scale, [seed, 'projection', ...path, first + j]);
      return out;
    },
  };
}

/** What a distribution may be. */
export const checkDistribution: Check = oneOf('gaussian', 'rademacher');

const OPTIONS = {
  inputs: integer(1, Number.MAX_SAFE_INTEGER),
  dimension: integer(1, Number.MAX_SAFE_INTEGER),
  distribution: checkDistribution,
  seed: checkSeed,
  path: checkPath,
};

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
