/** @file The basis that changes nothing: for matrices that are diagonal as they stand. */
import { Matrix, type OrthogonalBasis } from '../../linalg/index.ts';

/** I, [size, size]. */
export function identityBasis(size: number): OrthogonalBasis {
  return {
    size,
    width: size,
    rotate: (x) => x.clone(),
    unrotate: (z) => z.clone(),
    toDense: () => Matrix.identity(size),
  };
}
