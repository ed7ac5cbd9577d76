/** @file The softmax of each column, and elements set aside before it. */
import { checkNumber } from '../../linalg/border/arguments.ts';
import { ShapeError } from '../../linalg/errors.ts';
import { NOT_WANTED } from '../../linalg/kernels/arena.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { ABSENT, type Frame, type OpDefinition } from '../op.ts';
import { inputOf, ofOneShape } from './shapes.ts';

/** p = e^x / Σ e^x over the rows of each column; a column of −∞ gives 0. `aux` holds 1, and room for the tangent of p. */
export const softmax: OpDefinition<undefined, AllKernels> = {
  operands: ['reals'],
  result: (operands, _, at) => ({ ...ofOneShape(operands, undefined, at), constants: [1] }),
  kernels: networkKernels,
  keeps: { aux: (_, y) => 1 + y.rows * y.cols },
  uses: {
    value: { reads: ['aux', 'x.value'], writes: ['y.value'] },
    jvp: { reads: ['aux', 'y.value', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.value', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['y.value', 'x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot', 'aux'] },
  },
  rule: {
    // p = e^x / Σ e^x
    value: ({ kernels, x, y, aux }) =>
      kernels.softmax(1, y.rows, y.cols, 0, aux, NOT_WANTED, x.value, y.value),
    // ṗ = p (ẋ − Σ p ẋ)
    jvp: (f) => slope(f, f.x.dot, f.y.dot),
    // x̄ = p (p̄ − Σ p p̄)
    vjp: (f) => slope(f, f.y.bar, f.x.bar),
    // (x̄)˙ = ṗ (p̄ − Σ p p̄) + p ((p̄)˙ − Σ (ṗ p̄ + p (p̄)˙))
    vjpDot: (f) => {
      const { kernels, x, y, aux } = f;
      if (x.dot === ABSENT) return slope(f, y.barDot, x.barDot);
      const dot = aux + 1;
      slope(f, x.dot, dot);
      const { rows, cols, value, bar, barDot } = y;
      kernels.softmaxCurve(1, rows, cols, 0, aux, value, dot, bar, barDot, NOT_WANTED, x.barDot);
    },
  },
};

function slope({ kernels, y, aux }: Frame<AllKernels>, from: number, to: number): void {
  kernels.softmaxSlope(1, y.rows, y.cols, 0, aux, y.value, from, to);
}

/** y = x where the second operand, an input of the same shape, is above 0; elsewhere the given value, which may be −∞. */
export const mask: OpDefinition<number, AllKernels> = {
  operands: ['reals', 'targets'],
  result([x, kept], value, { where }) {
    checkNumber(where, 'value', value);
    inputOf(where, 'mask', kept);
    if (kept.rows !== x.rows || kept.cols !== x.cols)
      throw new ShapeError(where, 'mask', `[${x.rows}, ${x.cols}]`, `[${kept.rows}, ${kept.cols}]`);
    return { rows: x.rows, cols: x.cols, constants: [value, 0] };
  },
  kernels: networkKernels,
  keeps: { aux: () => 2 },
  uses: {
    value: { reads: ['aux', 'z.value', 'x.value'], writes: ['y.value'] },
    jvp: { reads: ['aux', 'z.value', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'z.value', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['aux', 'z.value', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // y = x or the value
    value: ({ kernels, x, z, y, aux }) => kernels.select(y.size, z.value, aux, x.value, y.value),
    // ẏ = ẋ or 0
    jvp: ({ kernels, x, z, y, aux }) => kernels.select(y.size, z.value, aux + 1, x.dot, y.dot),
    // x̄ = ȳ or 0
    vjp: ({ kernels, x, z, y, aux }) => kernels.select(y.size, z.value, aux + 1, y.bar, x.bar),
    // (x̄)˙ = (ȳ)˙ or 0
    vjpDot: ({ kernels, x, z, y, aux }) => kernels.select(y.size, z.value, aux + 1, y.barDot, x.barDot),
  },
  trials: () => [-1.5],
};
