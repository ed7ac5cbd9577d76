/** @file Ops of networks other than an Mlp against PyTorch: values, gradients, Hessian-vector products, in both tiers. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Op, Tape, type TapeNode } from '../../src/autodiff/index.ts';
import { drawDropout } from '../../src/autodiff/ops/dropout.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { relativeError } from '../helpers/close.ts';

interface Case {
  readonly op: Op;
  readonly given: unknown;
  readonly shapes: readonly (readonly [number, number])[];
  readonly x: readonly (readonly number[])[];
  readonly constant: readonly number[] | null;
  readonly c: readonly number[];
  readonly v: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly result: readonly [number, number];
  readonly gradients: readonly (readonly number[])[];
  readonly products: readonly (readonly number[])[];
}

const file = new URL('../reference/network-ops.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly Case[] };
/** Sums of some hundred terms, and differences of sums of squares. */
const TOLERANCE = 512 * Number.EPSILON;

/** Any op, whatever its types. */
function applied(tape: Tape, op: Op, operands: readonly TapeNode[], given: unknown): TapeNode {
  const apply = tape.apply.bind(tape) as (
    op: Op,
    nodes: readonly TapeNode[],
    ...given: unknown[]
  ) => TapeNode;
  return given === null || given === undefined ? apply(op, operands) : apply(op, operands, given);
}

describe.each(['scalar', 'simd'] as const)('%s', (tier) => {
  test.each(cases.map((one, i) => [`${one.op} ${i}`, one] as const))('%s', (_, one) => {
    const tape = new Tape();
    const leaves = one.shapes.map(([rows, cols]) => tape.variable(rows, cols));
    const constant = one.constant === null ? [] : [tape.input(1, one.constant.length)];
    const y = applied(tape, one.op, [...leaves, ...constant], one.given);
    expect([y.rows, y.cols]).toEqual(one.result);
    const c = tape.input(y.rows, y.cols);
    const ones = tape.input(y.rows, y.cols);
    const f = tape.sum(tape.apply('weighted-sum', [tape.multiply(y, tape.add(y, c)), ones]));
    const program = tape.compile(f, { wrt: 'activations', directions: 1, tier });
    for (const [i, leaf] of leaves.entries()) program.set(leaf, one.x[i]);
    for (const mask of constant) program.set(mask, one.constant ?? []);
    program.set(c, one.c);
    program.set(ones, new Float64Array(y.rows * y.cols).fill(1));
    program.forward();
    program.backward();
    const schedule = program.tangentsFrom(leaves);
    for (const [i, leaf] of leaves.entries()) program.tangent(leaf, 0).data.set(one.v[i]);
    program.forwardTangent(schedule);
    program.backwardTangent(schedule);
    expect(relativeError(program.value(y).data, one.y)).toBeLessThan(TOLERANCE);
    for (const [i, leaf] of leaves.entries()) {
      expect(relativeError(program.cotangent(leaf).data, one.gradients[i])).toBeLessThan(TOLERANCE);
      expect(relativeError(program.cotangentTangent(leaf, 0).data, one.products[i])).toBeLessThan(TOLERANCE);
    }
  });
});

/** Numbers that a name determines. */
const drawn = (name: string, n: number): Float64Array =>
  rng(3, 'network-ops', name).fillNormal(new Float64Array(n));

/** f = Σ y (y + c) of an output, its gradient in x and H v. */
function secondOrder(
  tape: Tape,
  x: TapeNode,
  y: TapeNode,
  inputs: readonly (readonly [TapeNode, Float64Array])[],
): Float64Array {
  const [c, ones] = [tape.input(y.rows, y.cols), tape.input(y.rows, y.cols)];
  const f = tape.sum(tape.apply('weighted-sum', [tape.multiply(y, tape.add(y, c)), ones]));
  const program = tape.compile(f, { wrt: 'activations', directions: 1 });
  const size = y.rows * y.cols;
  for (const [leaf, values] of [
    [c, drawn('c', size)],
    [ones, new Float64Array(size).fill(1)],
    ...inputs,
  ] as const)
    program.set(leaf, values);
  program.set(x, drawn('x', x.rows * x.cols));
  program.forward();
  program.backward();
  const schedule = program.tangentsFrom([x]);
  program.tangent(x, 0).data.set(drawn('v', x.rows * x.cols));
  program.forwardTangent(schedule);
  program.backwardTangent(schedule);
  const parts = [program.value(y), program.cotangent(x), program.cotangentTangent(x, 0)].flatMap(({ data }) =>
    Array.from(data),
  );
  return Float64Array.from(parts);
}

test.each([
  [2, 'causal'],
  [1, 'all'],
] as const)('attention of %s heads is products, a mask and softmax by hand: %s', (heads, sees) => {
  const [T, B, d] = [4, 3, 4];
  const causal = sees === 'causal';
  const width = d / heads;
  const one = new Tape();
  const x = one.variable(3 * d, T * B);
  const fused = secondOrder(one, x, one.apply('attention', [x], { heads, positions: T, causal }), []);

  const tape = new Tape();
  const a = tape.variable(3 * d, T * B);
  const mask = tape.input(T, T * B);
  const slice = (start: number): TapeNode => tape.apply('split', [a], { start, stop: start + width });
  const outputs = Array.from({ length: heads }, (_, h) => {
    const [q, k, v] = [0, d, 2 * d].map((start) => slice(start + h * width));
    const scores = tape.scale(
      tape.apply('matmul', [k, q], { examples: B, transpose: true }),
      1 / Math.sqrt(width),
    );
    const p = tape.apply('softmax', [tape.apply('mask', [scores, mask], Number.NEGATIVE_INFINITY)]);
    return tape.apply('matmul', [v, p], { examples: B });
  });
  const y = outputs.slice(1).reduce((all, next) => tape.apply('concat', [all, next]), outputs[0]);
  // keys are rows, queries are columns
  const seen = Float64Array.from({ length: T * T * B }, (_, k) => {
    const query = Math.floor((k % (T * B)) / B);
    return !causal || Math.floor(k / (T * B)) <= query ? 1 : 0;
  });
  expect(relativeError(fused, secondOrder(tape, a, y, [[mask, seen]]))).toBeLessThan(64 * Number.EPSILON);
});

test('one position needs no attention: y = v', () => {
  const tape = new Tape();
  const x = tape.variable(6, 5);
  const y = tape.apply('attention', [x], { heads: 2, positions: 1, causal: true });
  const program = tape.compile(y, { wrt: 'nothing' });
  program.set(x, drawn('x', 30));
  program.forward();
  expect(Array.from(program.value(y).data)).toEqual(Array.from(program.value(x).data.subarray(20)));
});

test('a convolution whose kernel covers the image is a linear layer, to the bit', () => {
  const tape = new Tape();
  const image = tape.input(2, 12 * 3);
  const flat = tape.apply('reshape', [image], { rows: 24, cols: 3 });
  const windows = tape.apply('unfold', [image], { height: 3, width: 4, kernel: [3, 4] });
  const [u, v] = [tape.affine(flat, 2, 0), tape.affine(windows, 2, 0)];
  const program = tape.compile(tape.add(u, v), {});
  program.set(image, drawn('image', 72));
  program.parameters.set(drawn('theta', 50));
  program.forward();
  expect(program.value(v).data).toEqual(program.value(u).data);
});

describe('dropout', () => {
  test('draws 0 at its rate and 1/(1 − rate) elsewhere, the same from the same stream', () => {
    const draw = (): Float64Array => {
      const out = new Float64Array(20_000);
      drawDropout(out, 0.25, rng(1, 'dropout', 0, 7));
      return out;
    };
    const out = draw();
    expect(new Set(out)).toEqual(new Set([0, 1 / 0.75]));
    const zeros = out.filter((value) => value === 0).length / out.length;
    expect(Math.abs(zeros - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / out.length));
    expect(draw()).toEqual(out);
    expect(() => drawDropout(out, 1, rng(0))).toThrow('rate');
  });
});

test.each([
  ['unfold', [2, 24], { height: 5, width: 4, kernel: 3 }, 'columns for 5 × 4 positions'],
  ['unfold', [2, 24], { height: 3, width: 4, kernel: 4 }, 'windows within 3'],
  [
    'unfold',
    [2, 24],
    { height: 3, width: 4, kernel: [1, 2, 3] },
    'an integer, or one for rows and one for columns',
  ],
  ['unfold', [2, 24], { height: 3, width: 4, kernel: 2, stride: 0 }, 'stride'],
  ['max-pool', [2, 24], { height: 3, width: 4, kernel: 2, padding: 2 }, 'at most half the kernel'],
  ['reshape', [2, 24], { rows: 7, cols: 7 }, '48 elements'],
  ['group-norm', [3, 24], { groups: 2, positions: 2, epsilon: 0 }, 'rows in 2 equal groups'],
  ['layer-norm', [3, 24], { epsilon: -1 }, 'epsilon'],
  ['attention', [8, 24], { heads: 2, positions: 2 }, 'rows for q, k and v of 2 equal heads'],
  ['attention', [12, 24], { heads: 2, positions: 5 }, 'positions'],
  ['split', [3, 4], { start: 2, stop: 2 }, 'stop'],
  ['channel-affine', [3, 4], { scale: [1, 2], shift: [1, 2, 3] }, 'scale'],
  ['transpose', [3, 4], { examples: 3 }, 'columns of 3 examples'],
  ['mask', [3, 4], 0, 'mask must be [3, 4]'],
] as const)('%s of %s with %s is refused', (op, [rows, cols], given, message) => {
  const tape = new Tape();
  const operands = [tape.variable(rows, cols), ...(op === 'mask' ? [tape.input(rows + 1, cols)] : [])];
  expect(() => applied(tape, op, operands, given)).toThrow(message);
});
