/** @file The rearrangement of a block written out from its definition, element by element: the witness of these tests. */
import type { CurvatureBlock } from '../../src/curvature/block-ggn.ts';
import { Matrix } from '../../src/linalg/matrix.ts';

/** R[(r,s),(c,d)] = B[(r,c),(s,d)], shape [rows², cols²]. */
export function rearrange({ block: { rows, cols }, matrix }: CurvatureBlock): Matrix {
  const out = new Matrix(rows * rows, cols * cols);
  for (let r = 0; r < rows; r++)
    for (let s = 0; s < rows; s++)
      for (let c = 0; c < cols; c++)
        for (let d = 0; d < cols; d++)
          out.set(r * rows + s, c * cols + d, matrix.at(r * cols + c, s * cols + d));
  return out;
}

/** ‖a − b‖_F. */
export function distance(a: Matrix, b: Matrix): number {
  return Math.sqrt(a.data.reduce((sum, x, k) => sum + (x - b.data[k]) ** 2, 0));
}
