/** @file How well a factored curvature matches the block-GGN: its eigenvalues, and the space of its top eigenvectors. */

import { checkInstance } from '../linalg/border/instances.ts';
import { DomainError, ShapeError, UnsupportedError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { BlockBasis, type OrthogonalBasis } from '../linalg/operators/basis.ts';
import { norm2 } from '../linalg/sum.ts';
import { EigenOperator } from './eigen-operator.ts';

/** The share of a block's eigenvectors that {@link basisOverlap} compares, as published. */
export const TOP_FRACTION = 0.2;

/**
 * Per block 1 − ‖sort λ(Ĝ) − sort λ(BG)‖₂ / ‖sort λ(BG)‖₂, averaged with the blocks' parameter counts as weights.
 *
 * @param approximate - Ĝ, usually K-FAC or EK-FAC. @param exact - BG, the block-GGN with the same partition.
 * @returns at most 1, which means equal spectra; negative when the spectra differ by more than BG's norm. A block whose
 *   two spectra are zero counts as 1; −∞ when only BG's is.
 * @throws {ShapeError} the blocks differ. @throws {UnsupportedError} an operator with a partial basis.
 * Reference: Hong et al. 2025, Better Hessians matter, Eq. 16 and 17.
 * @example eigenvalueOverlap(ekfac(problem), blockGgn(problem));
 */
export function eigenvalueOverlap(approximate: EigenOperator, exact: EigenOperator): number {
  return overBlocks('eigenvalueOverlap', approximate, exact, (a, b) => {
    const x = a.values.slice().sort();
    const y = b.values.slice().sort();
    const gap = norm2(x.map((value, k) => value - y[k]));
    return gap === 0 ? 1 : 1 - gap / norm2(y);
  });
}

/**
 * Per block (1/k)‖V_kᵀ U_k‖_F², the mean squared cosine of the principal angles between the spaces of the top k
 * eigenvectors, averaged with the blocks' parameter counts as weights. Each operator orders by its own eigenvalues,
 * so K-FAC and EK-FAC, which share a basis, may still select different vectors of it.
 *
 * @param approximate - Ĝ, usually K-FAC or EK-FAC. @param exact - BG, the block-GGN with the same partition.
 * @param fraction - Share of a block's d eigenvectors, in (0, 1]; k = max(1, ⌊fraction·d⌋).
 * @returns in [0, 1]; 1 for equal spaces, about k/d for unrelated ones.
 * @throws {ShapeError} the blocks differ. @throws {DomainError} fraction outside (0, 1].
 * @throws {UnsupportedError} an operator with a partial basis.
 * Cost: O(k d²) per block of size d.
 * Reference: Hong et al. 2025, Better Hessians matter, Eq. 18.
 * @example basisOverlap(kfac(problem), blockGgn(problem)); // top 20 % of every block
 */
export function basisOverlap(
  approximate: EigenOperator,
  exact: EigenOperator,
  fraction: number = TOP_FRACTION,
): number {
  if (!(typeof fraction === 'number' && fraction > 0 && fraction <= 1))
    throw new DomainError('basisOverlap', 'fraction', 'in (0, 1]', fraction);
  return overBlocks('basisOverlap', approximate, exact, (a, b) => {
    const d = a.values.length;
    const k = Math.max(1, Math.floor(fraction * d));
    const select = new Matrix(k, d);
    for (const [row, index] of topIndices(b.values, k).entries()) select.set(row, index, 1);
    const cosines = a.basis.rotate(b.basis.unrotate(select)); // V_kᵀ in the coordinates of Ĝ's basis
    let mass = 0;
    for (const index of topIndices(a.values, k))
      for (let row = 0; row < k; row++) mass += cosines.data[row * d + index] ** 2;
    return mass / k;
  });
}

/** A block's own eigenvalues and basis. */
interface SpectralBlock {
  readonly indices: Int32Array;
  readonly values: Vec;
  readonly basis: OrthogonalBasis;
}

/** The blocks of an operator; one block when its basis is not a direct sum. */
function spectralBlocks({ basis, values }: EigenOperator): readonly SpectralBlock[] {
  if (basis instanceof BlockBasis)
    return basis.blocks.map((block) => ({
      indices: block.indices,
      values: Float64Array.from(block.indices, (index) => values[index]),
      basis: block.basis,
    }));
  return [{ indices: Int32Array.from(values, (_, index) => index), values, basis }];
}

/** Σ d_b metric_b / Σ d_b (Eq. 17). */
function overBlocks(
  where: string,
  approximate: EigenOperator,
  exact: EigenOperator,
  metric: (approximate: SpectralBlock, exact: SpectralBlock) => number,
): number {
  checkInstance(where, 'approximate', approximate, EigenOperator, 'an EigenOperator');
  checkInstance(where, 'exact', exact, EigenOperator, 'an EigenOperator');
  if (!approximate.complete || !exact.complete)
    throw new UnsupportedError(`${where}: needs all eigenvectors. Build the curvature without keepAbove.`);
  const left = spectralBlocks(approximate);
  const right = spectralBlocks(exact);
  const same =
    left.length === right.length && left.every((block, b) => sameIndices(block.indices, right[b].indices));
  if (!same) throw new ShapeError(where, 'approximate', 'of the same blocks as exact', 'other blocks');
  let total = 0;
  for (const [b, block] of left.entries()) total += block.indices.length * metric(block, right[b]);
  return total / exact.rows;
}

function sameIndices(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((index, k) => index === b[k]);
}

/** Positions of the k largest values, largest first; ties in order of position. */
function topIndices(values: Vec, k: number): Int32Array {
  return Int32Array.from(values, (_, index) => index)
    .sort((i, j) => values[j] - values[i] || i - j)
    .slice(0, k);
}
