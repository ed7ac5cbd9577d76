/** @file Ops of networks other than an Mlp against PyTorch: values, gradients, Hessian-vector products, in both tiers. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Op, Tape, type TapeNode } from '../../src/autodiff/index.ts';
import { relativeError } from '../helpers/close.ts';

interface Case {
  readonly op: Op;
  readonly given: Readonly<Record<string, unknown>> | null;
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
