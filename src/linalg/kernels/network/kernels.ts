/** @file Kernels of networks other than an Mlp, in an arena: windows over images and sequences. */

/**
 * Further kernels of an arena, with the conventions of ArenaKernels. Columns are positions × examples, position-major: column s·B + n is position s of
 * example n, so that the B numbers of a position lie side by side. The elements of a sum are added in the order that is stated.
 */
export interface NetworkKernels {
  /**
   * y[(c, i, j), (p, q), n] ← x[c, (p, q)·stride − padding + (i, j)·dilation, n], 0 outside the image. x is [xRows, xCols], rows c; y is
   * [yRows, yCols]; sizes of image, kernel and steps at `windows` as {@link WINDOW_NUMBERS} says.
   */
  unfold(
    xRows: number,
    xCols: number,
    yRows: number,
    yCols: number,
    windows: number,
    x: number,
    y: number,
  ): void;
  /** The adjoint: x ← 0, then x += y where unfold reads; rows and columns of y ascending. */
  fold(
    xRows: number,
    xCols: number,
    yRows: number,
    yCols: number,
    windows: number,
    y: number,
    x: number,
  ): void;
}

/**
 * What lies at `windows`: height and width of the image, of the kernel, of the stride, of the padding, of the dilation and of the result; then 1 if
 * an average counts the padding.
 */
export const WINDOW_NUMBERS = 13;
