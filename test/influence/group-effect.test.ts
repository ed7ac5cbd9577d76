/** @file Group effects: sums with the stated sign and scale. */
import { expect, test } from 'vitest';
import { complement, groupEffect, keptEffect } from '../../src/influence/judging/group-effect.ts';
import { DomainError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';

const scores = Matrix.of([
  [2, -1, 5, 0],
  [1, 1, 1, 1],
]);

test('removing a set is the mean-scaled sum of its scores: positive raises the measurement', () => {
  expect(Array.from(groupEffect(scores, Int32Array.of(0, 1)))).toEqual([0.25, 0.5]);
  expect(Array.from(groupEffect(scores, new Int32Array(0)))).toEqual([0, 0]);
});

test('keeping a set is removing the rest', () => {
  expect(Array.from(complement(Int32Array.of(1, 3), 5))).toEqual([0, 2, 4]);
  expect(Array.from(keptEffect(scores, Int32Array.of(0, 1)))).toEqual([1.25, 0.5]);
  expect(Array.from(keptEffect(scores, Int32Array.of(0, 1, 2, 3)))).toEqual([0, 0]);
});

test('effects of disjoint sets add; removed and kept sum to the whole', () => {
  const random = new Matrix(3, 20, rng(0, 'scores').fillNormal(new Float64Array(60)));
  const a = rng(0, 'a').subset(20, 7);
  const rest = complement(a, 20);
  const whole = groupEffect(random, complement(new Int32Array(0), 20));
  const parts = groupEffect(random, a).map((v, q) => v + groupEffect(random, rest)[q]);
  expectClose(parts, whole, { atol: 20 * Number.EPSILON });
  expectClose(keptEffect(random, rest), groupEffect(random, a), {});
});

test('refuses sets that are not strictly ascending within range', () => {
  for (const bad of [[1, 0], [1, 1], [-1], [4]])
    for (const call of [groupEffect, keptEffect])
      expect(() => call(scores, Int32Array.from(bad))).toThrow(DomainError);
});
