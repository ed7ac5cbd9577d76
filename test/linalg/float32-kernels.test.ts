/** @file The float32 kernels: what they compute, in both tiers, to the bit. */
import { describe, expect, test } from 'vitest';
import { float32Arena } from '../../src/linalg/kernels/float32/arena.ts';
import type { Float32Arena, Float32Kernels } from '../../src/linalg/kernels/float32/kernels.ts';
import { CHECK_LENGTH, faultyFloat32Kernel } from '../../src/linalg/kernels/float32/self-check.ts';
import { rng } from '../../src/linalg/random/random.ts';

const LENGTH = 8192;
const UNIT = 2 ** -24;

/** The memory after a call, in both tiers, which must agree to the bit; filled with standard normal numbers times `scale`. */
function run(
  call: (kernels: Float32Kernels, arena: Float32Arena) => void,
  scale = 1,
): { before: Float32Array; after: Float32Array } {
  const [scalar, simd] = (['scalar', 'simd'] as const).map((tier) => {
    const arena = float32Arena(LENGTH, tier);
    const random = rng(1, 'float32');
    for (let i = 0; i < LENGTH; i++) arena.memory[i] = scale * random.normal();
    const before = arena.memory.slice();
    call(arena.kernels, arena);
    return { before, arena };
  });
  expect(simd.arena.kernels).not.toHaveProperty('products', scalar.arena.kernels.products);
  expect(simd.arena.integers).toEqual(scalar.arena.integers);
  return { before: simd.before, after: simd.arena.memory.slice() };
}

describe('products', () => {
  for (const rows of [1, 2, 3, 4, 5, 7])
    for (const lanes of [4, 8, 16, 20, 36])
      for (const [bias, factor] of [
        [-1, -1],
        [100, -1],
        [-1, 2000],
      ])
        test(`${rows} rows, ${lanes} lanes, bias ${bias}, factor ${factor}`, () => {
          const depth = 11;
          for (const [down, along] of [
            [13, 1],
            [1, 9],
          ]) {
            const { before, after } = run((k) =>
              k.products(rows, depth, lanes, 200, down, along, bias, 1000, factor, 4000),
            );
            for (let r = 0; r < rows; r++)
              for (let j = 0; j < lanes; j++) {
                let sum = bias < 0 ? 0 : before[bias + r];
                let size = Math.abs(sum);
                for (let d = 0; d < depth; d++) {
                  const term = before[200 + r * down + d * along] * before[1000 + d * lanes + j];
                  sum += term;
                  size += Math.abs(term);
                }
                const times = factor < 0 ? 1 : before[factor + r * lanes + j];
                const error = Math.abs(after[4000 + r * lanes + j] - sum * times);
                expect(error).toBeLessThan((depth + 2) * UNIT * size * Math.abs(times));
              }
            expect(after.subarray(4000 + rows * lanes)).toEqual(before.subarray(4000 + rows * lanes));
          }
        });
});

test('transposition, rows, sums of rows', () => {
  const transposed = run((k) => k.transpose(8, 12, 100, 3000));
  for (let r = 0; r < 8; r++)
    for (let c = 0; c < 12; c++)
      expect(transposed.after[3000 + c * 8 + r]).toBe(transposed.before[100 + r * 12 + c]);
  const gathered = run((k, { integers }) => {
    integers.set([5, 0, 5, 3], 50);
    k.gatherRows(8, 4, 50, 100, 3000);
  });
  for (const [b, row] of [5, 0, 5, 3].entries())
    expect(gathered.after.subarray(3000 + 8 * b, 3008 + 8 * b)).toEqual(
      gathered.before.subarray(100 + 8 * row, 108 + 8 * row),
    );
  const { before, after } = run((k) => k.rowSums(5, 20, 100, 3000));
  for (let r = 0; r < 5; r++) {
    const row = before.subarray(100 + 20 * r, 120 + 20 * r);
    const size = row.reduce((sum, x) => sum + Math.abs(x), 0);
    expect(Math.abs(after[3000 + r] - row.reduce((sum, x) => sum + x, 0))).toBeLessThan(20 * UNIT * size);
  }
});

describe('activations, to a few units in the last place', () => {
  const cases = {
    tanh: [Math.tanh, (x: number) => 1 / Math.cosh(x) ** 2],
    sigmoid: [(x: number) => 1 / (1 + Math.exp(-x)), (x: number) => 0.25 / Math.cosh(x / 2) ** 2],
    relu: [(x: number) => Math.max(x, 0), (x: number) => Number(x > 0)],
  } as const;
  for (const [name, [value, slope]] of Object.entries(cases))
    for (const scale of [1e-6, 0.1, 1, 4, 30])
      test(`${name}, numbers about ${scale}`, () => {
        const n = 1012;
        const { before, after } = run((k) => k[name as keyof typeof cases](n, 0, 2000, 4000), scale);
        for (let i = 0; i < n; i++) {
          const x = before[i];
          const y = value(x);
          // sigmoid is ½ + ½ tanh: absolute where it is small; so are the slopes, whose 1 − y is cancelled
          expect(Math.abs(after[2000 + i] - y)).toBeLessThanOrEqual(
            8 * UNIT * (name === 'tanh' ? Math.abs(y) : 1),
          );
          expect(Math.abs(after[4000 + i] - slope(x))).toBeLessThan(16 * UNIT);
        }
      });

  test('ends and what is no number', () => {
    const given = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0, 9.5, -9.5, 1e30];
    const { after } = run((k, { memory }) => {
      memory.set(given);
      k.tanh(8, 0, 100, 200);
      k.sigmoid(8, 0, 300, 400);
      k.relu(8, 0, 500, 600);
    });
    expect([...after.subarray(100, 108)]).toEqual([1, -1, Number.NaN, 0, -0, 1, -1, 1]);
    expect([...after.subarray(200, 208)]).toEqual([0, 0, Number.NaN, 1, 1, 0, 0, 0]);
    expect(after[300]).toBe(1);
    expect(after[301]).toBe(0);
    expect(after[302]).toBeNaN();
    expect([...after.subarray(500, 503)]).toEqual([Number.POSITIVE_INFINITY, 0, Number.NaN]);
  });
});

describe('losses', () => {
  const [classes, lanes] = [7, 12];
  const [labels, weights, out, loss] = [2000, 2100, 3000, 3500];
  for (const scale of [0.01, 1, 10, 60])
    test(`cross-entropy, outputs about ${scale}`, () => {
      const { before, after } = run((k, { memory }) => {
        for (let b = 0; b < lanes; b++) memory[labels + b] = (3 * b) % classes;
        memory.fill(0.25, weights, weights + lanes);
        k.crossEntropy(classes, lanes, 0, labels, weights, out, loss);
      }, scale);
      let total = 0;
      for (let b = 0; b < lanes; b++) {
        const y = (3 * b) % classes;
        const u = Array.from({ length: classes }, (_, c) => before[c * lanes + b]);
        const top = Math.max(...u);
        const e = u.map((v) => Math.exp(v - top));
        const sum = e.reduce((a, v) => a + v, 0);
        total += 0.25 * (Math.log(sum) - (u[y] - top));
        const others = e.reduce((a, v, c) => (c === y ? a : a + v), 0);
        for (let c = 0; c < classes; c++) {
          const expected = (0.25 * (c === y ? -others : e[c])) / sum;
          // an exponent about 60 is known to 60 units; what is below e^−87 is that
          const tolerance = (16 + 2 * (top - u[c])) * UNIT * Math.abs(expected) + 1e-37;
          const bound = c === y ? (16 + 8 * scale) * UNIT * Math.abs(expected) + 1e-37 : tolerance;
          expect(Math.abs(after[out + c * lanes + b] - expected)).toBeLessThan(bound);
        }
      }
      expect(Math.abs(after[loss] / total - 1)).toBeLessThan(16 * UNIT);
    });

  test('the loss of a confident right answer keeps its digits', () => {
    const { after } = run((k, { memory }) => {
      memory.fill(0, 0, classes * lanes);
      for (let b = 0; b < lanes; b++) memory[b] = 30;
      memory.fill(0, labels, labels + lanes);
      memory.fill(1, weights, weights + lanes);
      k.crossEntropy(classes, lanes, 0, labels, weights, out, loss);
    });
    expect(after[loss] / (lanes * Math.log1p((classes - 1) * Math.exp(-30)))).toBeCloseTo(1, 6);
    expect(after[out] / (-(classes - 1) * Math.exp(-30))).toBeCloseTo(1, 6);
  });

  test('squared error', () => {
    const { before, after } = run((k) => k.squaredError(3, lanes, 0, 500, weights, out, loss));
    let total = 0;
    let size = 0;
    for (let b = 0; b < lanes; b++)
      for (let c = 0; c < 3; c++) {
        const d = before[c * lanes + b] - before[500 + c * lanes + b];
        const term = 0.5 * before[weights + b] * d * d;
        total += term;
        size += Math.abs(term);
        expect(Math.abs(after[out + c * lanes + b] - before[weights + b] * d)).toBeLessThan(
          2 * UNIT * Math.abs(before[weights + b] * d) + 2 * UNIT * UNIT,
        );
      }
    expect(Math.abs(after[loss] - total)).toBeLessThan(16 * UNIT * size);
  });
});

test('a kernel with a wrong last bit is found by its name', () => {
  const arena = float32Arena(CHECK_LENGTH, 'simd');
  expect(faultyFloat32Kernel(arena)).toBeUndefined();
  for (const name of Object.keys(float32Arena(4, 'scalar').kernels) as (keyof Float32Kernels)[]) {
    const right = arena.kernels[name] as (...args: number[]) => void;
    const wrong = (...args: number[]): void => {
      right(...args);
      const written = name === 'crossEntropy' || name === 'squaredError' ? args.length - 2 : args.length - 1;
      arena.integers[args[written] + 1] ^= 1;
    };
    expect(faultyFloat32Kernel({ ...arena, kernels: { ...arena.kernels, [name]: wrong } })).toBe(name);
  }
});
