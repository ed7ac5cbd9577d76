/** @file The weighted sum over the positions of an example. */
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';
import { ABSENT, type Frame, type OpDefinition } from '../op.ts';

/**
 * y[r, n] = Σ_s w[r, s·B + n] x[r, s·B + n] over P positions of B examples; the weights w are an input of the shape of x. Given P, which
 * divides the columns. Weights have no derivative.
 */
export const positionSum: OpDefinition<number> = {
  operands: ['reals', 'targets'],
  result([x, weights], positions, { where }) {
    checkInteger(where, 'positions', positions, 1, Number.MAX_SAFE_INTEGER);
    if (x.cols % positions !== 0)
      throw new ShapeError(where, 'operand', `of a multiple of ${positions} columns`, `${x.cols}`);
    if (weights.kind !== 'input')
      throw new DomainError(where, 'weights', 'an input: they have no derivative', weights.kind);
    if (weights.rows !== x.rows || weights.cols !== x.cols)
      throw new ShapeError(where, 'weights', `[${x.rows}, ${x.cols}]`, `[${weights.rows}, ${weights.cols}]`);
    return { rows: x.rows, cols: x.cols / positions };
  },
  uses: {
    value: { reads: ['x.value', 'z.value'], writes: ['y.value'] },
    jvp: { reads: ['x.dot', 'z.value'], writes: ['y.dot'] },
    vjp: { reads: ['z.value', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['z.value', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // y = Σ_s w_s x_s
    value: (f) => sum(f, f.x.value, f.y.value),
    // ẏ = Σ_s w_s ẋ_s
    jvp: (f) => sum(f, f.x.dot, f.y.dot),
    // x̄_s = w_s ȳ
    vjp: (f) => spread(f, f.y.bar, f.x.bar),
    // (x̄_s)˙ = w_s (ȳ)˙
    vjpDot: (f) => {
      if (f.x.barDot !== ABSENT) spread(f, f.y.barDot, f.x.barDot);
    },
  },
  examples: ({ cols }, positions) => cols / positions,
  trials: ({ cols }) => [cols, ...(cols % 2 === 0 ? [cols / 2] : [1])],
};

/** A row of x at P positions of B examples is itself a matrix [P, B]. */
function sum({ kernels, x, y, z }: Frame, from: number, to: number): void {
  for (let r = 0; r < y.rows; r++)
    kernels.columnDot(x.cols / y.cols, y.cols, from + r * x.cols, z.value + r * x.cols, to + r * y.cols);
}

function spread({ kernels, x, y, z }: Frame, from: number, to: number): void {
  for (let r = 0; r < y.rows; r++)
    kernels.scaleColumns(x.cols / y.cols, y.cols, z.value + r * x.cols, from + r * y.cols, to + r * x.cols);
}
