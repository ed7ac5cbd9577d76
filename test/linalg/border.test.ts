/** @file The primitives of the public border: what they let in, unchanged or converted, and what they refuse by name. */
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { allocate } from '../../src/linalg/border/allocate.ts';
import { checkOneOf, checkOptions } from '../../src/linalg/border/arguments.ts';
import { describe as inWords } from '../../src/linalg/border/describe.ts';
import { asBytes, asIntegers } from '../../src/linalg/border/integers.ts';
import { asMatrix, asOutputMatrix, asVectorOrMatrix } from '../../src/linalg/border/matrix.ts';
import { asElements, asOutput, asVector } from '../../src/linalg/border/vector.ts';
import { AllocationError, DomainError, EigenfluenceError, Matrix } from '../../src/linalg/index.ts';
import { detached } from '../helpers/detached.ts';

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
};

/** What stands for nothing numeric at all. */
const NOTHING: readonly unknown[] = [
  undefined, null, true, 1, Number.NaN, '', '12', 1n, Symbol('x'), () => 0, new Date(0), new Map(), new Set([1]), {},
  Object.create(null), /x/, ['1'], [null], [undefined], [true], [new Date(0)], [1n], [[1]], new Array(2), { length: 2 },
  { length: -1 }, { length: Number.POSITIVE_INFINITY }, { 0: 1, 1: 2 }, new DataView(new ArrayBuffer(8)), new ArrayBuffer(8),
  detached(new Float64Array(2)), detached(new Float32Array(2)), new Proxy(new Float64Array(2), {}), revoked(),
  Object.create(Float64Array.prototype), BigInt64Array.of(2n ** 60n), { shape: [2], stride: [1], offset: 1, data: [1, 2] },
  { shape: [2], stride: [1], offset: 0, data: [1, '2'] }, { shape: [-1], stride: [1], offset: 0, data: [1] },
]; // biome-ignore format: a list

describe('asVector', () => {
  test('a Float64Array is itself', () => {
    const x = Float64Array.of(1, 2);
    expect(asVector('f', 'x', x)).toBe(x);
    const empty = new Float64Array(0);
    expect(asVector('f', 'x', empty)).toBe(empty);
  });

  test('whatever else holds numbers is copied', () => {
    const right = Float64Array.of(1, 2);
    for (const x of [
      [1, 2],
      Float32Array.of(1, 2),
      Uint8Array.of(1, 2),
      BigInt64Array.of(1n, 2n),
      { length: 2, 0: 1, 1: 2 },
      new Proxy([1, 2], {}),
      ndarray(Float64Array.of(2, 0, 1), [2], [-2], 2),
      { data: [9, 1, 2], shape: [2], stride: [1], offset: 1 },
    ])
      expect(asVector('f', 'x', x)).toEqual(right);
    expect(asVector('f', 'x', [Number.NaN])).toEqual(Float64Array.of(Number.NaN));
    expect(asVector('f', 'x', [])).toEqual(new Float64Array(0));
  });

  test('everything else is refused, by function and argument', () => {
    for (const [i, x] of NOTHING.entries())
      expect(() => asVector('f', 'x', x), `value ${i}`).toThrow(/^f: x/);
    for (const [i, x] of NOTHING.entries())
      expect(() => asVector('f', 'x', x), `value ${i}`).toThrow(EigenfluenceError);
    expect(() => asVector('f', 'x', [1, '2'])).toThrow("f: x[1] must be a number, got '2'.");
    expect(() => asVector('f', 'x', Object.assign(new Array(2), { 1: 1 }))).toThrow(
      'f: x[0] must be a number, got a hole.',
    );
    expect(() => asVector('f', 'x', Matrix.identity(2))).toThrow(DomainError);
    expect(() => asVector('f', 'x', { length: 2 ** 52, 0: 1, [2 ** 52 - 1]: 1 })).toThrow(AllocationError);
  });
});

describe('asMatrix', () => {
  test('a Matrix is itself, a structured clone shares its data', () => {
    const a = Matrix.of([[1, 2]]);
    expect(asMatrix('f', 'a', a)).toBe(a);
    const clone = structuredClone(a) as unknown as Matrix;
    expect(clone).not.toBeInstanceOf(Matrix);
    expect(asMatrix('f', 'a', clone)).toBeInstanceOf(Matrix);
    expect(asMatrix('f', 'a', clone).data).toBe(clone.data);
  });

  test('rows and strided arrays are copied', () => {
    const right = [
      [1, 2],
      [3, 4],
    ];
    for (const a of [
      right,
      right.map((row) => Float32Array.from(row)),
      [Float64Array.of(1, 2), [3, 4]],
      ndarray(Float64Array.of(1, 3, 2, 4), [2, 2], [1, 2]),
      { rows: 2, cols: 2, data: [1, 2, 3, 4] },
    ])
      expect(asMatrix('f', 'a', a).toArray()).toEqual(right);
    expect(asMatrix('f', 'a', []).shape).toEqual([0, 0]);
    expect(asMatrix('f', 'a', [[]]).shape).toEqual([1, 0]);
  });

  test('everything else is refused, by function and argument', () => {
    const lost = new Matrix(1, 2);
    detached(lost.data);
    const wrong = [
      ...NOTHING.filter(
        (x) => !(inWords(x) === 'an array of length 1' && Array.isArray((x as unknown[])[0])),
      ),
      [1, 2],
      [[1], [1, 2]],
      [[1, 'a']],
      Float64Array.of(1),
      lost,
      { rows: 2, cols: 2, data: [1] },
      { rows: 1.5, cols: 2, data: [1, 2, 3] },
      { rows: -1, cols: -1, data: [1] },
      ndarray(Float64Array.of(1), [1]),
      ndarray(Float64Array.of(1), [1, 1, 1]),
    ];
    for (const [i, a] of wrong.entries()) expect(() => asMatrix('f', 'a', a), `value ${i}`).toThrow(/^f: a/);
    for (const [i, a] of wrong.entries())
      expect(() => asMatrix('f', 'a', a), `value ${i}`).toThrow(EigenfluenceError);
  });

  test('a vector or a matrix is told apart by what came', () => {
    expect(asVectorOrMatrix('f', 'b', [1, 2])).toEqual(Float64Array.of(1, 2));
    expect(asVectorOrMatrix('f', 'b', [[1], [2]])).toEqual(Matrix.of([[1], [2]]));
    expect(asVectorOrMatrix('f', 'b', structuredClone(Matrix.of([[1]])))).toEqual(Matrix.of([[1]]));
    expect(asVectorOrMatrix('f', 'b', [])).toEqual(new Float64Array(0));
  });
});

test('asElements takes all elements, whatever their arrangement', () => {
  const right = Float64Array.of(1, 2, 3, 4);
  for (const x of [
    right,
    new Matrix(2, 2, right),
    structuredClone(new Matrix(2, 2, right)),
    [
      [1, 2],
      [3, 4],
    ],
    [
      [[1], [2]],
      [Float32Array.of(3), [4]],
    ],
    ndarray(Float64Array.of(1, 3, 2, 4), [2, 2], [1, 2]),
    ndarray(Float64Array.of(1, 2, 3, 4), [1, 2, 2]),
  ])
    expect(asElements('f', 'x', x)).toEqual(right);
  for (const x of NOTHING.filter(
    (value) => !(inWords(value) === 'an array of length 1' && Array.isArray((value as unknown[])[0])),
  ))
    expect(() => asElements('f', 'x', x)).toThrow(/^f: x/);
  expect(() => asElements('f', 'x', [[1], [1, 2]])).toThrow(EigenfluenceError);
});

test('outputs are written to, hence never copied', () => {
  expect(() => asOutput('f', 'out', [0, 0], 2)).toThrow(/^f: out must be a Float64Array/);
  expect(() => asOutput('f', 'out', new Float64Array(3), 2)).toThrow(/^f: out must be of length 2/);
  expect(() => asOutput('f', 'out', detached(new Float64Array(2)), 2)).toThrow(/^f: out/);
  expect(() => asOutputMatrix('f', 'out', [[0]], 1, 1)).toThrow(/^f: out must be a Matrix/);
  expect(() => asOutputMatrix('f', 'out', new Matrix(2, 1), 1, 1)).toThrow(/^f: out must be \[1, 1\]/);
});

test('integers and bytes', () => {
  const labels = Int32Array.of(0, 1);
  expect(asIntegers('f', 'labels', labels, 0, 1)).toBe(labels);
  expect(asIntegers('f', 'labels', BigInt64Array.of(0n, 1n))).toEqual(labels);
  for (const x of [
    [0.5],
    [-1],
    [2],
    Int32Array.of(2),
    Float64Array.of(Number.NaN),
    ['1'],
    'x',
    detached(new Int32Array(1)),
  ])
    expect(() => asIntegers('f', 'labels', x, 0, 1)).toThrow(/^f: labels/);
  const bytes = Uint8Array.of(1);
  expect(asBytes('f', 'bytes', bytes)).toBe(bytes);
  expect(asBytes('f', 'bytes', bytes.buffer)).toEqual(bytes);
  for (const x of [
    'x',
    [1],
    null,
    Float64Array.of(1),
    detached(new Uint8Array(1)),
    detached(new Uint8Array(1)).buffer,
  ])
    expect(() => asBytes('f', 'bytes', x)).toThrow(/^f: bytes/);
});

test('options and choices: the message tells what there is, and what was probably meant', () => {
  expect(() => checkOptions('f', { tranpose: true }, ['transpose', 'out'])).toThrow(
    "f: options.tranpose must be an option of f: transpose, out, got 'tranpose'; did you mean 'transpose'?.",
  );
  checkOptions('f', Object.create(null), []);
  for (const x of [null, 1, 'x', [], () => 0])
    expect(() => checkOptions('f', x, [])).toThrow(/^f: options must be an object/);
  expect(() => checkOneOf('f', 'size', 'ful', ['economy', 'full'])).toThrow(
    "f: size must be one of economy, full, got 'ful'.",
  );
});

test('what cannot be allocated is refused with its shape and bytes', () => {
  for (const shape of [
    [1e5, 1e6],
    [1e9, 1e9],
    [2 ** 53, 2 ** 53],
    [1e308, 10],
  ]) {
    const error = (() => {
      try {
        return allocate('f', ...shape);
      } catch (e) {
        return e;
      }
    })();
    expect(error).toBeInstanceOf(AllocationError);
    expect((error as AllocationError).shape).toEqual(shape);
    expect((error as AllocationError).bytes).toBe(8 * shape[0] * shape[1]);
  }
});

test('any value can be put in words', () => {
  expect(NOTHING.map(inWords).filter((text) => text === '')).toEqual([]);
  expect([undefined, -0, 1n, 'x', [1], new Matrix(1, 2), new Date(0), Object.create(null)].map(inWords)).toEqual([
    'undefined', '-0', '1n', "'x'", 'an array of length 1', 'a Matrix [1, 2]', 'a Date', 'an object',
  ]); // biome-ignore format: a list
});
