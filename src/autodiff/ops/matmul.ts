/** @file Matrices of each example: their product, and their transpose. */
import { checkBoolean, checkObject } from '../../linalg/border/arguments.ts';
import { ShapeError } from '../../linalg/errors.ts';
import { START_PRESENT, START_ZERO } from '../../linalg/kernels/arena.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { ABSENT, type Frame, type OpDefinition } from '../op.ts';
import { linear } from './linear.ts';
import { positionsOf } from './windows.ts';

/** How many examples B there are; the columns of a matrix [R, P] of each are [R, P·B]. */
export interface ExamplesGiven {
  readonly examples: number;
}

/** What a product is told when it is recorded. */
export interface MatmulGiven extends ExamplesGiven {
  /** Whether the first factor is transposed. Default false. */
  readonly transpose?: boolean;
}

type F = Frame<AllKernels>;

/** Y = X Z of each example, or Xᵀ Z. Constants: B, and 1 if transposed. */
export const matmul: OpDefinition<MatmulGiven, AllKernels> = {
  operands: ['reals', 'reals'],
  result([x, z], given, { where }) {
    checkObject(where, 'given', given);
    const { examples, transpose = false } = given;
    checkBoolean(where, 'transpose', transpose);
    const positions = positionsOf(where, x, examples);
    positionsOf(where, z, examples);
    const [rows, depth] = transpose ? [positions, x.rows] : [x.rows, positions];
    if (z.rows !== depth)
      throw new ShapeError(where, 'second operand', `${depth} rows`, `[${z.rows}, ${z.cols}]`);
    return { rows, cols: z.cols, constants: [examples, transpose ? 1 : 0] };
  },
  kernels: networkKernels,
  keeps: { aux: () => 2 },
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value'] },
    jvp: { reads: ['x.value', 'z.value', 'x.dot', 'z.dot'], writes: ['y.dot'] },
    vjp: { reads: ['x.value', 'z.value', 'y.bar'], writes: ['x.bar', 'z.bar'] },
    vjpDot: {
      reads: ['x.value', 'z.value', 'x.dot', 'z.dot', 'y.bar', 'y.barDot'],
      writes: ['x.barDot', 'z.barDot'],
    },
  },
  rule: {
    // Y = X Z
    value: (f) => forward(f, f.x.value, f.z.value, START_ZERO, f.y.value),
    // Ẏ = Ẋ Z + X Ż
    jvp: (f) => {
      const { x, z, y } = f;
      if (x.dot !== ABSENT) forward(f, x.dot, z.value, START_ZERO, y.dot);
      if (z.dot !== ABSENT) forward(f, x.value, z.dot, x.dot === ABSENT ? START_ZERO : START_PRESENT, y.dot);
    },
    // X̄ = Ȳ Zᵀ, Z̄ = Xᵀ Ȳ
    vjp: (f) => {
      const { x, z, y } = f;
      if (x.bar !== ABSENT) left(f, y.bar, z.value, START_ZERO, x.bar);
      if (z.bar !== ABSENT) right(f, x.value, y.bar, START_ZERO, z.bar);
    },
    // (X̄)˙ = (Ȳ)˙ Zᵀ + Ȳ Żᵀ, (Z̄)˙ = Xᵀ (Ȳ)˙ + Ẋᵀ Ȳ
    vjpDot: (f) => {
      const { x, z, y } = f;
      if (x.barDot !== ABSENT) {
        left(f, y.barDot, z.value, START_ZERO, x.barDot);
        if (z.dot !== ABSENT) left(f, y.bar, z.dot, START_PRESENT, x.barDot);
      }
      if (z.barDot !== ABSENT) {
        right(f, x.value, y.barDot, START_ZERO, z.barDot);
        if (x.dot !== ABSENT) right(f, x.dot, y.bar, START_PRESENT, z.barDot);
      }
    },
  },
  examples: (_, { examples }) => examples,
  trialShapes: [
    { rows: 2, cols: 6 },
    { rows: 3, cols: 15 },
  ],
  trials: ({ rows, cols }) => [{ examples: cols / rows }, { examples: cols / rows, transpose: true }],
};

/** Y ← start + X Z. */
function forward(
  { kernels, x, z, y, constants }: F,
  left: number,
  right: number,
  start: number,
  out: number,
): void {
  const [batch, transposed] = constants;
  const [row, col] = transposed === 1 ? [batch, x.cols] : [x.cols, batch];
  const width = y.cols / batch;
  kernels.multiplyExamples(
    y.rows,
    width,
    z.rows,
    batch,
    0,
    start,
    left,
    row,
    col,
    right,
    z.cols,
    batch,
    out,
    y.cols,
    batch,
  );
}

/** X̄ ← start + Ȳ Zᵀ; its transpose where X is transposed. */
function left(
  { kernels, x, z, y, constants }: F,
  bar: number,
  right: number,
  start: number,
  out: number,
): void {
  const [batch, transposed] = constants;
  const [row, col] = transposed === 1 ? [batch, x.cols] : [x.cols, batch];
  const width = y.cols / batch;
  kernels.multiplyExamples(
    y.rows,
    z.rows,
    width,
    batch,
    0,
    start,
    bar,
    y.cols,
    batch,
    right,
    batch,
    z.cols,
    out,
    row,
    col,
  );
}

/** Z̄ ← start + Xᵀ Ȳ. */
function right(
  { kernels, x, z, y, constants }: F,
  left: number,
  bar: number,
  start: number,
  out: number,
): void {
  const [batch, transposed] = constants;
  const [row, col] = transposed === 1 ? [batch, x.cols] : [x.cols, batch];
  const width = y.cols / batch;
  kernels.multiplyExamples(
    z.rows,
    width,
    y.rows,
    batch,
    0,
    start,
    left,
    col,
    row,
    bar,
    y.cols,
    batch,
    out,
    z.cols,
    batch,
  );
}

/** y is the matrix of each example transposed: [R, P·B] → [P, R·B]. */
export const transpose: OpDefinition<ExamplesGiven, AllKernels> = {
  operands: ['reals'],
  result([x], given, { where }) {
    checkObject(where, 'given', given);
    const { examples } = given;
    return { rows: positionsOf(where, x, examples), cols: x.rows * examples, constants: [examples] };
  },
  kernels: networkKernels,
  keeps: { aux: () => 1 },
  ...linear<AllKernels>(
    ({ kernels, x, y, constants: [examples] }, from, to) =>
      kernels.transposeExamples(x.rows, y.rows, examples, from, to),
    ({ kernels, x, y, constants: [examples] }, from, to) =>
      kernels.transposeExamples(y.rows, x.rows, examples, from, to),
  ),
  examples: (_, { examples }) => examples,
  trialShapes: [
    { rows: 2, cols: 6 },
    { rows: 3, cols: 15 },
  ],
  trials: () => [{ examples: 3 }, { examples: 1 }],
};
