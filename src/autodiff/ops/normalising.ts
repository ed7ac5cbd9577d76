/** @file Normalisation without scale and shift: of a column, of groups of channels, by the root of the mean square. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger, checkNonNegative } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { ABSENT, type OpDefinition } from '../op.ts';
import { examplesOf } from './windows.ts';

/** Added to the variance, inside the root. */
export interface EpsilonGiven {
  readonly epsilon: number;
}

/** Groups of channels of examples that have so many positions. */
export interface GroupNormGiven extends EpsilonGiven {
  readonly groups: number;
  readonly positions: number;
}

/** The rest of a definition: `aux` holds ε, and 1/√(v + ε) for every block and column; constants are ε, blocks and columns of a block. */
function normalising(
  centred: 0 | 1,
): Pick<OpDefinition<unknown, AllKernels>, 'operands' | 'kernels' | 'keeps' | 'uses' | 'rule'> {
  return {
    operands: ['reals'],
    kernels: networkKernels,
    keeps: { aux: (_, { constants: [, blocks, batch] }) => BEHIND + blocks * batch },
    uses: {
      value: { reads: ['x.value'], writes: ['y.value', 'aux'] },
      jvp: { reads: ['aux', 'y.value', 'x.dot'], writes: ['y.dot'] },
      vjp: { reads: ['aux', 'y.value', 'y.bar'], writes: ['x.bar'] },
      vjpDot: { reads: ['aux', 'y.value', 'x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot'] },
    },
    rule: {
      // y = (x − m) r, r = 1/√(v + ε)
      value: ({ kernels, x, y, aux, constants: [, blocks, batch] }) =>
        kernels.normalise(
          blocks,
          y.size / (blocks * batch),
          batch,
          centred,
          aux,
          x.value,
          y.value,
          aux + BEHIND,
        ),
      // ẏ = r (ẋ − mean ẋ − y mean(y ẋ))
      jvp: ({ kernels, x, y, aux, constants: [, blocks, batch] }) =>
        kernels.normaliseSlope(
          blocks,
          y.size / (blocks * batch),
          batch,
          centred,
          y.value,
          aux + BEHIND,
          x.dot,
          y.dot,
        ),
      // x̄ = r (ȳ − mean ȳ − y mean(y ȳ))
      vjp: ({ kernels, x, y, aux, constants: [, blocks, batch] }) =>
        kernels.normaliseSlope(
          blocks,
          y.size / (blocks * batch),
          batch,
          centred,
          y.value,
          aux + BEHIND,
          y.bar,
          x.bar,
        ),
      // (x̄)˙ = r ((ȳ)˙ − mean (ȳ)˙ − y mean(y (ȳ)˙)), and the derivatives of y and r along ẋ
      vjpDot: ({ kernels, x, y, aux, constants: [, blocks, batch] }) => {
        const rows = y.size / (blocks * batch);
        const scale = aux + BEHIND;
        kernels.normaliseSlope(blocks, rows, batch, centred, y.value, scale, y.barDot, x.barDot);
        if (x.dot !== ABSENT)
          kernels.normaliseCurve(blocks, rows, batch, centred, y.value, scale, x.dot, y.bar, x.barDot);
      },
    },
  };
}

/** Constants at the beginning of `aux`. */
const BEHIND = 3;

/** y = (x − m)/√(v + ε), mean and biased variance over the rows of each column: PyTorch's layer_norm over the features, without weight and bias. */
export const layerNorm: OpDefinition<EpsilonGiven, AllKernels> = {
  ...normalising(1),
  result: ([{ rows, cols }], given, { where }) => ({
    rows,
    cols,
    constants: [epsilonOf(where, given), 1, cols],
  }),
  trials: () => [{ epsilon: 1e-5 }, { epsilon: 0.3 }],
};

/** y = x/√(mean x² + ε) over the rows of each column: PyTorch's rms_norm over the features, without weight. */
export const rmsNorm: OpDefinition<EpsilonGiven, AllKernels> = {
  ...normalising(0),
  result: layerNorm.result,
  trials: () => [{ epsilon: 1e-5 }, { epsilon: 0.3 }],
};

/**
 * y = (x − m)/√(v + ε), mean and biased variance over the channels of a group and all positions of an example: PyTorch's group_norm without weight and
 * bias; one group is a layer norm over channels and positions.
 */
export const groupNorm: OpDefinition<GroupNormGiven, AllKernels> = {
  ...normalising(1),
  result([x], given, { where }) {
    const epsilon = epsilonOf(where, given);
    const { groups, positions } = given;
    checkInteger(where, 'groups', groups, 1, x.rows);
    if (x.rows % groups !== 0)
      throw new ShapeError(where, 'operand', `rows in ${groups} equal groups`, `[${x.rows}, ${x.cols}]`);
    return { rows: x.rows, cols: x.cols, constants: [epsilon, groups, examplesOf(where, x, 1, positions)] };
  },
  examples: (x, { positions }) => x.cols / positions,
  trialShapes: [
    { rows: 4, cols: 6 },
    { rows: 2, cols: 10 },
  ],
  trials: () => [
    { groups: 2, positions: 2, epsilon: 1e-5 },
    { groups: 1, positions: 2, epsilon: 0.3 },
  ],
};

function epsilonOf(where: string, given: EpsilonGiven): number {
  checkObject(where, 'given', given);
  checkNonNegative(where, 'epsilon', given.epsilon);
  return given.epsilon;
}
