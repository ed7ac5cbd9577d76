/** @file A linear layer. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { START_BIAS, START_PRESENT, START_ZERO } from '../../linalg/kernels/arena.ts';
import { ABSENT, type Frame, type OpDefinition } from '../op.ts';

/** A block [outputs, width] of θ: columns 0..inputs−1 are W, column `bias`, if given, is b; others are not read. */
export interface AffineBlock {
  readonly offset: number;
  /** ≥ inputs. */
  readonly width: number;
  /** In inputs..width−1; undefined: no bias. */
  readonly bias: number | undefined;
}

/** What a linear layer is told when it is recorded. */
export interface AffineGiven {
  readonly outputs: number;
  /** Where and how wide its block of θ is, or only where. Default: the end of θ so far, with a bias. */
  readonly block?: number | AffineBlock;
}

/**
 * y = W x + b, θ = [W b] of shape [outputs, inputs + 1], or y = W x, θ = W; one example per column. θ may have more columns:
 * they are neither read nor written.
 */
export const affine: OpDefinition<AffineGiven> = {
  operands: ['reals'],
  result([x], given, { where, parameterCount }) {
    checkObject(where, 'given', given);
    const { outputs, block = parameterCount } = given;
    checkInteger(where, 'outputs', outputs, 1, Number.POSITIVE_INFINITY);
    if (typeof block !== 'number') checkObject(where, 'block', block);
    const { offset, width, bias } =
      typeof block === 'number' ? { offset: block, width: x.rows + 1, bias: x.rows } : block;
    checkInteger(where, 'offset', offset, 0, Number.POSITIVE_INFINITY);
    checkInteger(where, 'width', width, x.rows, Number.POSITIVE_INFINITY);
    if (bias !== undefined) checkInteger(where, 'bias', bias, x.rows, width - 1);
    return { rows: outputs, cols: x.cols, block: { offset, rows: outputs, width, bias } };
  },
  uses: {
    value: { reads: ['x.value', 'theta.value'], writes: ['y.value'] },
    jvp: { reads: ['x.value', 'theta.value', 'x.dot', 'theta.dot'], writes: ['y.dot'] },
    vjp: { reads: ['x.value', 'theta.value', 'y.bar'], writes: ['x.bar', 'theta.bar'] },
    vjpDot: {
      reads: ['x.value', 'theta.value', 'x.dot', 'theta.dot', 'y.bar', 'y.barDot'],
      writes: ['x.barDot', 'theta.barDot'],
    },
  },
  rule: {
    // y = W x + b
    value: (f) => forward(f, f.theta.value, f.x.value, f.y.value, true),

    // ẏ = (Ẇ x + ḃ) + W ẋ
    jvp: (f) => {
      const { kernels, x, y, theta } = f;
      if (theta.dot !== ABSENT) forward(f, theta.dot, x.value, y.dot, true);
      if (x.dot === ABSENT) return;
      const { value: w } = theta;
      if (theta.dot === ABSENT) forward(f, w, x.dot, y.dot, false);
      else kernels.affine(y.rows, x.rows, theta.cols, y.cols, START_PRESENT, w, w, x.dot, y.dot);
    },

    // x̄ = Wᵀ ȳ;  W̄ = ȳ xᵀ, b̄ = ȳ 1
    vjp: (f) => {
      const { kernels, x, y, theta } = f;
      if (x.bar !== ABSENT)
        kernels.affineInput(y.rows, x.rows, theta.cols, y.cols, START_ZERO, theta.value, y.bar, x.bar);
      if (theta.bar !== ABSENT) gradient(f, y.bar, theta.bar);
    },

    // (x̄)˙ = Wᵀ (ȳ)˙ + Ẇᵀ ȳ;  (W̄)˙ = (ȳ)˙ xᵀ + ȳ ẋᵀ, (b̄)˙ = (ȳ)˙ 1
    vjpDot: (f) => {
      const { kernels, x, y, theta } = f;
      if (x.barDot !== ABSENT) {
        kernels.affineInput(y.rows, x.rows, theta.cols, y.cols, START_ZERO, theta.value, y.barDot, x.barDot);
        if (theta.dot !== ABSENT)
          kernels.affineInput(y.rows, x.rows, theta.cols, y.cols, START_PRESENT, theta.dot, y.bar, x.barDot);
      }
      if (theta.barDot === ABSENT) return;
      gradient(f, y.barDot, theta.barDot);
      if (x.dot !== ABSENT)
        kernels.affineWeight(y.rows, x.rows, theta.cols, y.cols, START_PRESENT, y.bar, x.dot, theta.barDot);
    },
  },
  trials: ({ rows }) => [{ outputs: 5 }, { outputs: 5, block: { offset: 0, width: rows, bias: undefined } }],
};

/** y ← W x, and + b where it is wanted and there. */
function forward(
  { kernels, x, y, theta, bias }: Frame,
  w: number,
  from: number,
  to: number,
  wanted: boolean,
): void {
  const start = wanted && bias !== ABSENT ? START_BIAS : START_ZERO;
  const b = start === START_BIAS ? w + bias : w;
  kernels.affine(y.rows, x.rows, theta.cols, y.cols, start, w, b, from, to);
}

/** W̄ ← ȳ xᵀ, b̄ ← ȳ 1. */
function gradient({ kernels, x, y, theta, bias }: Frame, yBar: number, thetaBar: number): void {
  kernels.affineWeight(y.rows, x.rows, theta.cols, y.cols, START_ZERO, yBar, x.value, thetaBar);
  if (bias !== ABSENT) kernels.affineBias(y.rows, theta.cols, y.cols, yBar, thetaBar + bias);
}
