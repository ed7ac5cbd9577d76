/** @file Blocks of parameters whose weights are used at several positions: their parts with Kronecker factors of their own, and EK-FAC's moments. */
import { Matrix } from '../../linalg/matrix.ts';
import { matmul } from '../../linalg/products.ts';
import type { Network } from '../network.ts';

interface Block {
  readonly layer: number;
  readonly rows: number;
  readonly cols: number;
  readonly indices: Int32Array;
}

/** Groups of a layer apart, as independent layers; scale and shift of a normalisation, which have no factors, together, all parameters as rows. */
export function splitBlocks<B extends Block>(
  { sites }: Network,
  blocks: readonly B[],
): readonly (B & { readonly group?: number; readonly exact?: true })[] {
  return blocks.flatMap((block): (B & { readonly group?: number; readonly exact?: true })[] => {
    const { groups, kronecker } = sites[block.layer];
    const { indices, cols } = block;
    if (!kronecker) return [{ ...block, rows: indices.length, cols: 1, exact: true }];
    if (groups === 1) return [block];
    const rows = block.rows / groups;
    return Array.from({ length: groups }, (_, group) => ({
      ...block,
      rows,
      group,
      indices: indices.slice(group * rows * cols, (group + 1) * rows * cols),
    }));
  });
}

/**
 * moments += α Σ (Uᵀ g V)² over gradients g, with U = left and V = right.
 *
 * @param gradients - With respect to the block of a site, whose first parameter is θ[offset]; one per row.
 */
export function addRotatedSquares(
  { rows, cols, indices }: Pick<Block, 'rows' | 'cols' | 'indices'>,
  left: Matrix,
  right: Matrix,
  gradients: Matrix,
  offset: number,
  alpha: number,
  moments: Matrix,
): void {
  const within = indices.map((index) => index - offset);
  const own = new Matrix(gradients.rows * rows, cols);
  for (let g = 0, k = 0; g < gradients.rows; g++)
    for (const at of within) own.data[k++] = gradients.data[g * gradients.cols + at];
  const half = matmul(own, right);
  for (let g = 0; g < gradients.rows; g++) {
    const rotated = matmul(left, half.rowRange(g * rows, (g + 1) * rows), { transposeA: true });
    for (let k = 0; k < rotated.data.length; k++) moments.data[k] += alpha * rotated.data[k] ** 2;
  }
}
