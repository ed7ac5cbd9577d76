/** @file Which arrays each kernel reads and writes, and how far: for the checker of rules. */
import { type ArenaKernels, NOT_WANTED, START_BIAS } from '../linalg/kernels/arena.ts';
import { type NetworkKernels, WINDOW_NUMBERS } from '../linalg/kernels/network/kernels.ts';

/** `length` elements from an offset that a kernel reads, or writes; what it writes it may read, too. */
export interface Access {
  readonly offset: number;
  readonly length: number;
  readonly writes: boolean;
}

type Accesses<T extends object> = {
  readonly [K in keyof T]: T[K] extends (...given: infer G) => void
    ? (...given: G) => readonly Access[]
    : never;
};

const read = (offset: number, length: number): Access => ({ offset, length, writes: false });
const write = (offset: number, length: number): Access => ({ offset, length, writes: true });
/** Rows of `used` elements, each in a row of `width`. */
const strided = (rows: number, width: number, used: number): number => (rows - 1) * width + used;
/** An array [rows, cols, batch] with strides of rows and columns. */
const spanned = (rows: number, row: number, cols: number, col: number, batch: number): number =>
  (rows - 1) * row + (cols - 1) * col + batch;
const activation = (n: number, x: number, y: number, slope: number, curvature: number): readonly Access[] => [
  read(x, n),
  write(y, n),
  write(slope, n),
  ...(curvature === NOT_WANTED ? [] : [write(curvature, n)]),
];

/** Exhaustive by type: a kernel that is not here does not compile. */
const ACCESSES: Accesses<ArenaKernels & NetworkKernels> = {
  fill: (n, _value, out) => [write(out, n)],
  copy: (n, x, out) => [read(x, n), write(out, n)],
  add: (n, x, out) => [read(x, n), write(out, n)],
  subtract: (n, x, z, out) => [read(x, n), read(z, n), write(out, n)],
  scale: (n, _c, x, out) => [read(x, n), write(out, n)],
  scaleBy: (n, factor, x, out) => [read(factor, 1), read(x, n), write(out, n)],
  multiply: (n, x, z, out) => [read(x, n), read(z, n), write(out, n)],
  multiplyAdd: (n, x, z, out) => [read(x, n), read(z, n), write(out, n)],
  multiplyAdd3: (n, a, b, c, out) => [read(a, n), read(b, n), read(c, n), write(out, n)],
  tanh: activation,
  relu: activation,
  gelu: activation,
  sigmoid: activation,
  logSigmoid: activation,
  map: (n, _phi, x, y, slope, curvature) => activation(n, x, y, slope, curvature),
  columnDot: (rows, batch, x, z, out) => [read(x, rows * batch), read(z, rows * batch), write(out, batch)],
  scaleColumns: (rows, batch, x, g, out) => [read(x, rows * batch), read(g, batch), write(out, rows * batch)],
  scaleColumnsAdd: (rows, batch, x, g, out) => [
    read(x, rows * batch),
    read(g, batch),
    write(out, rows * batch),
  ],
  sumColumns: (rows, batch, x, out) => [read(x, rows * batch), write(out, rows)],
  gatherColumns: (cols, batch, rows, x, out) => [read(rows, batch), read(x, cols), write(out, cols * batch)],
  spreadColumns: (rows, batch, x, out) => [read(x, rows), write(out, rows * batch)],
  margin: (classes, batch, u, labels, y, out) => [
    read(u, classes * batch),
    read(labels, batch),
    write(y, batch),
    write(out, classes * batch),
  ],
  marginCurve: (classes, batch, n, labels, v, g, out) => [
    read(n, classes * batch),
    read(labels, batch),
    read(v, classes * batch),
    read(g, batch),
    write(out, classes * batch),
  ],
  affine: (outputs, inputs, width, batch, start, w, bias, x, y) => [
    read(w, strided(outputs, width, inputs)),
    ...(start === START_BIAS ? [read(bias, strided(outputs, width, 1))] : []),
    read(x, inputs * batch),
    write(y, outputs * batch),
  ],
  affineInput: (outputs, inputs, width, batch, _start, w, yBar, xBar) => [
    read(w, strided(outputs, width, inputs)),
    read(yBar, outputs * batch),
    write(xBar, inputs * batch),
  ],
  affineWeight: (outputs, inputs, width, batch, _start, yBar, x, wBar) => [
    read(yBar, outputs * batch),
    read(x, inputs * batch),
    write(wBar, strided(outputs, width, inputs)),
  ],
  affineBias: (outputs, width, batch, yBar, biasBar) => [
    read(yBar, outputs * batch),
    write(biasBar, strided(outputs, width, 1)),
  ],
  sgd: (n, settings, gradient, velocity, theta) => [
    read(settings, 3),
    read(gradient, n),
    write(velocity, n),
    write(theta, n),
  ],
  silu: activation,
  softplus: activation,
  leakyRelu: (n, alpha, x, y, slope) => [read(alpha, 1), read(x, n), write(y, n), write(slope, n)],
  geluInner: (n, x, out) => [read(x, n), write(out, n)],
  geluOuter: activation,
  select: (n, mask, otherwise, x, out) => [read(mask, n), read(otherwise, 1), read(x, n), write(out, n)],
  transposeExamples: (rows, cols, batch, x, out) => [
    read(x, rows * cols * batch),
    write(out, rows * cols * batch),
  ],
  unfold: (xRows, xCols, yRows, yCols, windows, x, y) => [
    read(windows, WINDOW_NUMBERS),
    read(x, xRows * xCols),
    write(y, yRows * yCols),
  ],
  lookUp: (tableRows, rows, cols, width, tokens, table, out) => [
    read(tokens, cols),
    read(table, strided(tableRows, width, rows)),
    write(out, rows * cols),
  ],
  lookUpAdjoint: (tableRows, rows, cols, width, tokens, y, table) => [
    read(tokens, cols),
    read(y, rows * cols),
    write(table, strided(tableRows, width, rows)),
  ],
  fold: (xRows, xCols, yRows, yCols, windows, y, x) => [
    read(windows, WINDOW_NUMBERS),
    read(y, yRows * yCols),
    write(x, xRows * xCols),
  ],
  maxPool: (xRows, xCols, yRows, yCols, windows, x, y, index) => [
    read(windows, WINDOW_NUMBERS),
    read(x, xRows * xCols),
    write(y, yRows * yCols),
    write(index, yRows * yCols),
  ],
  gather: (xSize, n, index, x, out) => [read(index, n), read(x, xSize), write(out, n)],
  scatter: (xSize, n, index, y, x) => [read(index, n), read(y, n), write(x, xSize)],
  averagePool: (xRows, xCols, yRows, yCols, windows, x, y) => [
    read(windows, WINDOW_NUMBERS),
    read(x, xRows * xCols),
    write(y, yRows * yCols),
  ],
  spreadPool: (xRows, xCols, yRows, yCols, windows, y, x) => [
    read(windows, WINDOW_NUMBERS),
    read(y, yRows * yCols),
    write(x, xRows * xCols),
  ],
  normalise: (blocks, rows, batch, _centred, epsilon, x, y, scale) => [
    read(epsilon, 1),
    read(x, blocks * rows * batch),
    write(y, blocks * rows * batch),
    write(scale, blocks * batch),
  ],
  normaliseSlope: (blocks, rows, batch, _centred, y, scale, v, out) => [
    read(y, blocks * rows * batch),
    read(scale, blocks * batch),
    read(v, blocks * rows * batch),
    write(out, blocks * rows * batch),
  ],
  normaliseCurve: (blocks, rows, batch, _centred, y, scale, v, g, out) => [
    read(y, blocks * rows * batch),
    read(scale, blocks * batch),
    read(v, blocks * rows * batch),
    read(g, blocks * rows * batch),
    write(out, blocks * rows * batch),
  ],
  softmax: (blocks, rows, batch, _causal, factor, mask, x, y) => [
    read(factor, 1),
    ...(mask === NOT_WANTED ? [] : [read(mask, rows * batch)]),
    read(x, blocks * rows * batch),
    write(y, blocks * rows * batch),
  ],
  softmaxSlope: (blocks, rows, batch, _causal, factor, p, v, out) => [
    read(factor, 1),
    read(p, blocks * rows * batch),
    read(v, blocks * rows * batch),
    write(out, blocks * rows * batch),
  ],
  softmaxCurve: (blocks, rows, batch, _causal, factor, p, pDot, g, gDot, out, outDot) => [
    read(factor, 1),
    ...[p, pDot, g, gDot].map((array) => read(array, blocks * rows * batch)),
    ...(out === NOT_WANTED ? [] : [write(out, blocks * rows * batch)]),
    write(outDot, blocks * rows * batch),
  ],
  affineTangent: (outputs, inputs, width, batch, start, u, bias, x, w, z, y) => [
    ...[u, w].map((matrix) => read(matrix, strided(outputs, width, inputs))),
    ...(start === START_BIAS ? [read(bias, strided(outputs, width, 1))] : []),
    ...[x, z].map((array) => read(array, inputs * batch)),
    write(y, outputs * batch),
  ],
  affineInputTangent: (outputs, inputs, width, batch, w, y, u, z, xBar) => [
    ...[w, u].map((matrix) => read(matrix, strided(outputs, width, inputs))),
    ...[y, z].map((array) => read(array, outputs * batch)),
    write(xBar, inputs * batch),
  ],
  affineWeightTangent: (outputs, inputs, width, batch, yDot, x, y, xDot, biasBar, wBar) => [
    read(yDot, outputs * batch),
    read(x, inputs * batch),
    ...(y === NOT_WANTED ? [] : [read(y, outputs * batch), read(xDot, inputs * batch)]),
    ...(biasBar === NOT_WANTED ? [] : [write(biasBar, strided(outputs, width, 1))]),
    write(wBar, strided(outputs, width, inputs)),
  ],
  adjointStep: (n, settings, p, u, squares) => [
    read(settings, 2),
    read(p, n),
    write(u, n),
    write(squares, 8),
  ],
  adamw: (n, settings, gradient, first, second, theta) => [
    read(settings, 7),
    read(gradient, n),
    write(first, n),
    write(second, n),
    write(theta, n),
  ],
  softCrossEntropy: (classes, batch, u, q, y, kept) => [
    read(u, classes * batch),
    read(q, classes * batch),
    write(y, batch),
    write(kept, 2 * classes * batch + batch),
  ],
  multiplyExamples: (
    rows,
    cols,
    depth,
    batch,
    _triangle,
    _start,
    a,
    aRow,
    aDepth,
    b,
    bDepth,
    bCol,
    out,
    outRow,
    outCol,
  ) => [
    read(a, spanned(rows, aRow, depth, aDepth, batch)),
    read(b, spanned(depth, bDepth, cols, bCol, batch)),
    write(out, spanned(rows, outRow, cols, outCol, batch)),
  ],
};

/** The kernels, with `onAccess` called for every array that one of them is about to touch. */
export function watchedKernels(
  kernels: ArenaKernels,
  onAccess: (kernel: string, access: Access) => void,
): ArenaKernels {
  const watched = Object.entries(kernels).map(([name, kernel]) => [
    name,
    (...given: never[]) => {
      const accesses = ACCESSES[name as keyof typeof ACCESSES] as (...given: never[]) => readonly Access[];
      for (const access of accesses(...given)) onAccess(name, access);
      (kernel as (...given: never[]) => void)(...given);
    },
  ]);
  return Object.fromEntries(watched) as ArenaKernels;
}
