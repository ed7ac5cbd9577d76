/** @file Attention of a sequence to itself, several heads at once. */
import { checkBoolean, checkObject } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { ShapeError } from '../../linalg/errors.ts';
import { NOT_WANTED, START_PRESENT, START_ZERO } from '../../linalg/kernels/arena.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import { ABSENT, type Frame, type OpDefinition, type Operand, type OpResult, type Recording } from '../op.ts';
import { inputOf } from './shapes.ts';
import { examplesOf } from './windows.ts';

/** What attention is told when it is recorded. */
export interface AttentionGiven {
  readonly heads: number;
  /** T: the length of a sequence. */
  readonly positions: number;
  /** Whether position t sees positions s ≤ t only. Default false. */
  readonly causal?: boolean;
}

type F = Frame<AllKernels>;

/** Which half of a product is triangular, where attention is causal. */
const WEIGHTS_TIMES = 1;
const TO_WEIGHTS = 2;
const TRANSPOSED_WEIGHTS_TIMES = 3;

/** Arrays [T, T, B] behind the probabilities of the heads: room for one head's tangents and cotangents. */
const SCRATCH = 3;

/** The rest of the two definitions. `aux` holds 1/√(d/heads), heads, T and causal; the probabilities [heads, T, T, B]; scratch. */
const ATTENTION: Pick<
  OpDefinition<AttentionGiven, AllKernels>,
  'kernels' | 'keeps' | 'uses' | 'rule' | 'examples' | 'trialShapes' | 'trials'
> = {
  kernels: networkKernels,
  keeps: {
    aux: (x, { constants: [, heads, positions] }) => BEHIND + (heads + SCRATCH) * positions * x.cols,
  },
  uses: {
    value: { reads: ['x.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: ['x.value', 'x.dot'], writes: ['y.dot', 'aux'] },
    vjp: { reads: ['x.value', 'y.bar'], writes: ['x.bar', 'aux'] },
    vjpDot: { reads: ['x.value', 'x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot', 'aux'] },
  },
  rule: {
    // S = QKᵀ/√(d/heads), P = softmax S, O = PV
    value: (f) => {
      const { kernels, x, y, aux, constants } = f;
      const [, heads, positions, causal] = constants;
      const batch = x.cols / positions;
      const mask = f.z.size === 0 ? NOT_WANTED : f.z.value;
      for (let h = 0; h < heads; h++) {
        const p = probabilities(f, h);
        toWeights(f, START_ZERO, slice(f, h, x.value), keys(f, h, x.value), p);
        kernels.softmax(positions, positions, batch, causal, aux, mask, p, p);
        mix(f, p, values(f, h, x.value), START_ZERO, slice(f, h, y.value));
      }
    },
    // Ṗ = softmax′(S) Ṡ with Ṡ = (Q̇Kᵀ + QK̇ᵀ)/√(d/heads), Ȯ = ṖV + PV̇
    jvp: (f) => {
      const { x, y } = f;
      const pDot = scratch(f, 0);
      for (let h = 0; h < f.constants[1]; h++) {
        tangent(f, h, pDot);
        mix(f, pDot, values(f, h, x.value), START_ZERO, slice(f, h, y.dot));
        mix(f, probabilities(f, h), values(f, h, x.dot), START_PRESENT, slice(f, h, y.dot));
      }
    },
    vjp: (f) => adjoint(f, f.y.bar, f.x.bar),
    // the derivatives of what vjp computes, line by line
    vjpDot: (f) => {
      const { kernels, x, y, aux, constants } = f;
      if (x.dot === ABSENT) return adjoint(f, y.barDot, x.barDot);
      const [, heads, positions, causal] = constants;
      const batch = x.cols / positions;
      const pDot = scratch(f, 0);
      const s = scratch(f, 1);
      const sDot = scratch(f, 2);
      for (let h = 0; h < heads; h++) {
        const p = probabilities(f, h);
        const o = slice(f, h, y.bar);
        const oDot = slice(f, h, y.barDot);
        tangent(f, h, pDot);
        toWeights(f, START_ZERO, o, values(f, h, x.value), s);
        toWeights(f, START_ZERO, oDot, values(f, h, x.value), sDot);
        toWeights(f, START_PRESENT, o, values(f, h, x.dot), sDot);
        mix(f, p, oDot, START_ZERO, values(f, h, x.barDot), true);
        mix(f, pDot, o, START_PRESENT, values(f, h, x.barDot), true);
        kernels.softmaxCurve(positions, positions, batch, causal, aux, p, pDot, s, sDot, s, sDot);
        mix(f, sDot, keys(f, h, x.value), START_ZERO, slice(f, h, x.barDot));
        mix(f, s, keys(f, h, x.dot), START_PRESENT, slice(f, h, x.barDot));
        mix(f, sDot, slice(f, h, x.value), START_ZERO, keys(f, h, x.barDot), true);
        mix(f, s, slice(f, h, x.dot), START_PRESENT, keys(f, h, x.barDot), true);
      }
    },
  },
  examples: (x, { positions }) => x.cols / positions,
  trialShapes: [
    { rows: 12, cols: 6 },
    { rows: 6, cols: 20 },
    { rows: 6, cols: 5 },
  ],
  trials: ({ cols }) => {
    const positions = cols === 6 ? 3 : cols === 20 ? 4 : 5;
    return [
      { heads: 1, positions, causal: true },
      { heads: 2, positions },
    ];
  },
};

/** The attention of each head: x = [q; k; v] of [3d, T·B], heads consecutive slices of the d rows of each; y is [d, T·B]. PyTorch's scaled_dot_product_attention. */
export const attention: OpDefinition<AttentionGiven, AllKernels> = {
  ...ATTENTION,
  operands: ['reals'],
  result: ([x], given, at) => resultOf(x, given, at),
};

/**
 * As {@link attention}, of sequences of unequal length: the second operand, an input [1, T·B], says where a position counts as a key: where it is above 0.
 * A position that sees no key has y = 0.
 */
export const maskedAttention: OpDefinition<AttentionGiven, AllKernels> = {
  ...ATTENTION,
  operands: ['reals', 'mask'],
  result([x, mask], given, at) {
    inputOf(at.where, 'mask', mask);
    if (mask.rows !== 1 || mask.cols !== x.cols)
      throw new ShapeError(at.where, 'mask', `[1, ${x.cols}]`, `[${mask.rows}, ${mask.cols}]`);
    return resultOf(x, given, at);
  },
  uses: {
    ...ATTENTION.uses,
    value: { reads: ['x.value', 'z.value'], writes: ['y.value', 'aux'] },
  },
};

function resultOf(x: Operand, given: AttentionGiven, { where }: Recording): OpResult {
  checkObject(where, 'given', given);
  const { heads, positions, causal = false } = given;
  checkInteger(where, 'heads', heads, 1, Number.POSITIVE_INFINITY);
  checkBoolean(where, 'causal', causal);
  examplesOf(where, x, 1, positions);
  if (x.rows % (3 * heads) !== 0)
    throw new ShapeError(
      where,
      'operand',
      `rows for q, k and v of ${heads} equal heads`,
      `[${x.rows}, ${x.cols}]`,
    );
  const constants = [1 / Math.sqrt(x.rows / (3 * heads)), heads, positions, causal ? 1 : 0];
  return { rows: x.rows / 3, cols: x.cols, constants };
}

/** Constants at the beginning of `aux`. */
const BEHIND = 4;

/** Where the rows of head h begin in an array whose heads begin at `start`. */
function slice({ y, constants }: F, h: number, start: number): number {
  return start + (h * y.size) / constants[1];
}

function keys(f: F, h: number, start: number): number {
  return slice(f, h, start + f.y.size);
}

function values(f: F, h: number, start: number): number {
  return slice(f, h, start + 2 * f.y.size);
}

/** The probabilities of head h, [T, T, B]. */
function probabilities({ x, aux, constants }: F, h: number): number {
  return aux + BEHIND + h * constants[2] * x.cols;
}

function scratch(f: F, k: number): number {
  return probabilities(f, f.constants[1] + k);
}

/** w[t, s] ← start + Σ_i a[i, t] b[i, s]. */
function toWeights({ kernels, x, y, constants }: F, start: number, a: number, b: number, w: number): void {
  const [, heads, positions, causal] = constants;
  const line = x.cols;
  const batch = line / positions;
  const triangle = causal * TO_WEIGHTS;
  const features = y.rows / heads;
  kernels.multiplyExamples(
    positions,
    positions,
    features,
    batch,
    triangle,
    start,
    a,
    batch,
    line,
    b,
    line,
    batch,
    w,
    line,
    batch,
  );
}

/** out[i, t] ← start + Σ_s w[t, s] v[i, s], or with wᵀ in place of w. */
function mix(f: F, w: number, v: number, start: number, out: number, transposed = false): void {
  const { kernels, x, y, constants } = f;
  const [, heads, positions, causal] = constants;
  const line = x.cols;
  const batch = line / positions;
  const [row, depth] = transposed ? [batch, line] : [line, batch];
  kernels.multiplyExamples(
    positions,
    y.rows / heads,
    positions,
    batch,
    causal * (transposed ? TRANSPOSED_WEIGHTS_TIMES : WEIGHTS_TIMES),
    start,
    w,
    row,
    depth,
    v,
    batch,
    line,
    out,
    batch,
    line,
  );
}

/** Ṗ of head h. */
function tangent(f: F, h: number, pDot: number): void {
  const { kernels, x, aux, constants } = f;
  const [, , positions, causal] = constants;
  const batch = x.cols / positions;
  toWeights(f, START_ZERO, slice(f, h, x.dot), keys(f, h, x.value), pDot);
  toWeights(f, START_PRESENT, slice(f, h, x.value), keys(f, h, x.dot), pDot);
  kernels.softmaxSlope(positions, positions, batch, causal, aux, probabilities(f, h), pDot, pDot);
}

/** V̄ = Pᵀ Ō, S̄ = softmax′(S) (Ō Vᵀ), Q̄ = S̄ K/√(d/heads), K̄ = S̄ᵀ Q/√(d/heads). */
function adjoint(f: F, yBar: number, xBar: number): void {
  const { kernels, x, aux, constants } = f;
  const [, heads, positions, causal] = constants;
  const batch = x.cols / positions;
  const s = scratch(f, 0);
  for (let h = 0; h < heads; h++) {
    const p = probabilities(f, h);
    const o = slice(f, h, yBar);
    toWeights(f, START_ZERO, o, values(f, h, x.value), s);
    mix(f, p, o, START_ZERO, values(f, h, xBar), true);
    kernels.softmaxSlope(positions, positions, batch, causal, aux, p, s, s);
    mix(f, s, keys(f, h, x.value), START_ZERO, slice(f, h, xBar));
    mix(f, s, slice(f, h, x.value), START_ZERO, keys(f, h, xBar), true);
  }
}
