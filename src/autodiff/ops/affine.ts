/** @file A linear layer. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import { START_BIAS, START_PRESENT, START_ZERO } from '../../linalg/kernels/arena.ts';
import { ABSENT, type Frame, type OpDefinition } from '../op.ts';

/** A block [outputs, width] of θ: columns 0..inputs/groups−1 are W, column `bias`, if given, is b; others are not read. */
export interface AffineBlock {
  readonly offset: number;
  /** ≥ inputs/groups. */
  readonly width: number;
  /** In inputs/groups..width−1; undefined: no bias. */
  readonly bias: number | undefined;
  /** Inputs and outputs fall into so many equal groups, and an output sees the inputs of its group. Default 1. */
  readonly groups?: number;
}

/** What a linear layer is told when it is recorded. */
export interface AffineGiven {
  readonly outputs: number;
  /** Where and how wide its block of θ is, or only where. Default: the end of θ so far, with a bias. */
  readonly block?: number | AffineBlock;
}

/**
 * y = W x + b, θ = [W b] of shape [outputs, inputs + 1], or y = W x, θ = W; one example per column. θ may have more columns:
 * they are neither read nor written. With groups, row r of the block is multiplied by the inputs of its group.
 */
export const affine: OpDefinition<AffineGiven> = {
  operands: ['reals'],
  result([x], given, { where, parameterCount }) {
    checkObject(where, 'given', given);
    const { outputs, block = parameterCount } = given;
    checkInteger(where, 'outputs', outputs, 1, Number.POSITIVE_INFINITY);
    if (typeof block !== 'number') checkObject(where, 'block', block);
    const {
      offset,
      width,
      bias,
      groups = 1,
    }: AffineBlock = typeof block === 'number' ? { offset: block, width: x.rows + 1, bias: x.rows } : block;
    checkInteger(where, 'groups', groups, 1, x.rows);
    if (x.rows % groups !== 0 || outputs % groups !== 0)
      throw new ShapeError(
        where,
        'groups',
        `a divisor of inputs ${x.rows} and outputs ${outputs}`,
        `${groups}`,
      );
    const inputs = x.rows / groups;
    checkInteger(where, 'offset', offset, 0, Number.POSITIVE_INFINITY);
    checkInteger(where, 'width', width, inputs, Number.POSITIVE_INFINITY);
    if (bias !== undefined) checkInteger(where, 'bias', bias, inputs, width - 1);
    return { rows: outputs, cols: x.cols, block: { offset, rows: outputs, width, bias, groups } };
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
    value: (f) => product(f, startOf(f), f.theta.value, f.x.value, f.y.value),

    // ẏ = (Ẇ x + ḃ) + W ẋ
    jvp: (f) => {
      const { x, y, theta } = f;
      if (theta.dot !== ABSENT) product(f, startOf(f), theta.dot, x.value, y.dot);
      if (x.dot !== ABSENT)
        product(f, theta.dot === ABSENT ? START_ZERO : START_PRESENT, theta.value, x.dot, y.dot);
    },

    // x̄ = Wᵀ ȳ;  W̄ = ȳ xᵀ, b̄ = ȳ 1
    vjp: (f) => {
      const { x, y, theta } = f;
      if (x.bar !== ABSENT) transposed(f, START_ZERO, theta.value, y.bar, x.bar);
      if (theta.bar !== ABSENT) gradient(f, y.bar, theta.bar);
    },

    // (x̄)˙ = Wᵀ (ȳ)˙ + Ẇᵀ ȳ;  (W̄)˙ = (ȳ)˙ xᵀ + ȳ ẋᵀ, (b̄)˙ = (ȳ)˙ 1
    vjpDot: (f) => {
      const { x, y, theta } = f;
      if (x.barDot !== ABSENT) {
        transposed(f, START_ZERO, theta.value, y.barDot, x.barDot);
        if (theta.dot !== ABSENT) transposed(f, START_PRESENT, theta.dot, y.bar, x.barDot);
      }
      if (theta.barDot === ABSENT) return;
      gradient(f, y.barDot, theta.barDot);
      if (x.dot !== ABSENT) outer(f, START_PRESENT, y.bar, x.dot, theta.barDot);
    },
  },
  trials: ({ rows }) => [
    { outputs: 5 },
    { outputs: 5, block: { offset: 0, width: rows, bias: undefined } },
    // every input a group of its own, with two outputs
    { outputs: 2 * rows, block: { offset: 0, width: 2, bias: 1, groups: rows } },
  ],
};

/** Where sums of y = W x + b begin. */
function startOf({ bias }: Frame): number {
  return bias === ABSENT ? START_ZERO : START_BIAS;
}

/** to ← start + W from, group by group. */
function product(
  { kernels, x, y, theta, bias, groups }: Frame,
  start: number,
  w: number,
  from: number,
  to: number,
): void {
  const { cols: width } = theta;
  const outputs = y.rows / groups;
  const inputs = x.rows / groups;
  const b = start === START_BIAS ? w + bias : w;
  for (let g = 0; g < groups; g++) {
    const row = g * outputs;
    const at = from + g * inputs * x.cols;
    kernels.affine(
      outputs,
      inputs,
      width,
      y.cols,
      start,
      w + row * width,
      b + row * width,
      at,
      to + row * y.cols,
    );
  }
}

/** to ← start + Wᵀ from, group by group. */
function transposed(
  { kernels, x, y, theta, groups }: Frame,
  start: number,
  w: number,
  from: number,
  to: number,
): void {
  const { cols: width } = theta;
  const outputs = y.rows / groups;
  const inputs = x.rows / groups;
  for (let g = 0; g < groups; g++) {
    const row = g * outputs;
    const at = to + g * inputs * x.cols;
    kernels.affineInput(outputs, inputs, width, y.cols, start, w + row * width, from + row * y.cols, at);
  }
}

/** W̄ ← start + ȳ xᵀ, group by group. */
function outer(
  { kernels, x, y, theta, groups }: Frame,
  start: number,
  yBar: number,
  from: number,
  to: number,
): void {
  const { cols: width } = theta;
  const outputs = y.rows / groups;
  const inputs = x.rows / groups;
  for (let g = 0; g < groups; g++) {
    const row = g * outputs;
    const at = from + g * inputs * x.cols;
    kernels.affineWeight(outputs, inputs, width, y.cols, start, yBar + row * y.cols, at, to + row * width);
  }
}

/** W̄ ← ȳ xᵀ, b̄ ← ȳ 1. */
function gradient(f: Frame, yBar: number, thetaBar: number): void {
  const { kernels, x, y, theta, bias } = f;
  outer(f, START_ZERO, yBar, x.value, thetaBar);
  if (bias !== ABSENT) kernels.affineBias(y.rows, theta.cols, y.cols, yBar, thetaBar + bias);
}
