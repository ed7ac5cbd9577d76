import { expect, test } from 'vitest';
import { Portions } from '../../src/linalg/portions.ts';

test('parts follow each other, and none goes beyond the end', () => {
  const room = Float64Array.from({ length: 10 }, (_, i) => i);
  const portions = new Portions(room, 2);
  expect(Array.from(portions.take(3))).toEqual([2, 3, 4]);
  expect(portions.reserve(4)).toBe(5);
  expect(() => portions.take(2)).toThrow('Portions: 9 + 2 elements, 10 planned');
  expect(Array.from(portions.take(1))).toEqual([9]);
  expect(portions.take(0).length).toBe(0);
  for (const wrong of [1, -1, Number.NaN]) expect(() => portions.reserve(wrong)).toThrow('Portions');
});
