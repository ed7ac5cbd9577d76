/** @file Digests of plain values. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, digest } from '../../src/experiments/files/digest.ts';

describe('canonicalJson', () => {
  test('sorts keys at every depth, and keeps the order of lists', () => {
    expect(canonicalJson({ b: [2, { d: 1, c: null }], a: 'x' })).toBe('{"a":"x","b":[2,{"c":null,"d":1}]}');
  });

  test('the digest is SHA-256 of that text', () => {
    const text = '{"a":0.1,"b":true}';
    expect(digest({ b: true, a: 0.1 })).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test('does not depend on the order of insertion', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true })),
        (value) => {
          const reversed = Object.fromEntries(Object.entries(value).reverse());
          expect(digest(reversed)).toBe(digest(value));
          expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });

  test('a changed value changes the digest', () => {
    expect(digest({ a: 0.1 })).not.toBe(digest({ a: 0.1 + Number.EPSILON }));
    expect(digest({ a: 1 })).not.toBe(digest({ a: '1' }));
    expect(digest([1, 2])).not.toBe(digest([[1], 2]));
  });

  class Point {
    x = 1;
  }
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const refused: [string, unknown][] = [
    ['undefined', { a: undefined }],
    ['NaN', { a: Number.NaN }],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['Float64Array', { a: new Float64Array(2) }],
    ['Point', new Point()],
    ['function', { a: () => 1 }],
    ['bigint', 1n],
    ['undefined', new Array<number>(3)],
    ['a cycle', cycle],
    ['Map', new Map()],
  ];
  for (const [what, value] of refused)
    test(`refuses ${what}`, () =>
      expect(() => canonicalJson(value)).toThrow(new RegExp(`\\$.* is ${what};`)));

  test('the same object twice is no cycle', () => {
    const shared = { x: 1 };
    expect(canonicalJson([shared, shared])).toBe('[{"x":1},{"x":1}]');
  });
});
