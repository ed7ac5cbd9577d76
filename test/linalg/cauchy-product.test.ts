/** @file Products with the eigenvectors of a rank-one coupling by low-rank blocks, against the plain double loop. */
import { describe, expect, test } from 'vitest';
import { type Coupling, cauchyFactors } from '../../src/linalg/eigen/cauchy-factors.ts';
import { cauchyProduct, type Half, productRoom } from '../../src/linalg/eigen/cauchy-product.ts';
import { loewnerWeights, secularRoot } from '../../src/linalg/eigen/secular-equation.ts';
import { kernels } from '../../src/linalg/kernels/select.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectSameBits } from '../helpers/eigen-laws.ts';

const EPS = Number.EPSILON;
const random = (length: number, name: string): Float64Array =>
  rng(3, 'cauchy', name).fillNormal(new Float64Array(length));

/** What describes the eigenvectors of diag(d) + z zᵀ, and the eigenvectors themselves, in rows. */
function coupled(d: Float64Array, z: Float64Array): { coupling: Coupling; vectors: Float64Array } {
  const k = d.length;
  const [origins, offsets, scales] = [new Float64Array(k), new Float64Array(k), new Float64Array(k)];
  for (let j = 0; j < k; j++) secularRoot(k, j, d, z, origins, offsets);
  const weights = loewnerWeights(k, d, z, origins, offsets);
  const vectors = new Float64Array(k * k);
  for (let j = 0; j < k; j++) {
    let squares = 0;
    for (let i = 0; i < k; i++) squares += (weights[i] / (d[i] - origins[j] - offsets[j])) ** 2;
    scales[j] = 1 / Math.sqrt(squares);
    for (let i = 0; i < k; i++)
      vectors[j * k + i] = (scales[j] * weights[i]) / (d[i] - origins[j] - offsets[j]);
  }
  return { coupling: { poles: d, weights, origins, offsets, scales }, vectors };
}

const SPECTRA: readonly (readonly [string, (k: number) => [Float64Array, Float64Array]])[] = [
  ['random poles and weights', (k) => [random(k, 'd').sort(), random(k, 'z').map((x) => x / Math.sqrt(k))]],
  [
    'equal distances',
    (k) => [Float64Array.from({ length: k }, (_, i) => i / k), new Float64Array(k).fill(0.1)],
  ],
  [
    'poles and weights over twelve decades',
    (k) => [
      Float64Array.from({ length: k }, (_, i) => 10 ** ((12 * (i - k)) / k)),
      random(k, 'graded').map((x, i) => (x + Math.sign(x)) * 10 ** ((-12 * ((i * 7) % k)) / k)),
    ],
  ],
  [
    'clusters that straddle every cut',
    (k) => [
      Float64Array.from(
        { length: k },
        (_, i) => Math.round((8 * i) / k) + 1e-13 * (i % Math.round(k / 8)) + 1e-15 * i,
      ),
      random(k, 'clusters').map((x) => (x + Math.sign(x)) / Math.sqrt(k)),
    ],
  ],
];

describe.each(SPECTRA)('%s', (_name, make) => {
  test('every off-diagonal block is the product of its factors, to the last digits of a row of norm 1', () => {
    const k = 240;
    const { coupling, vectors } = coupled(...make(k));
    for (const [j0, j1, i0, i1] of [
      [0, 120, 120, 240],
      [120, 240, 0, 120],
      [60, 120, 120, 180],
      [200, 240, 3, 200],
    ]) {
      const [rows, cols] = [j1 - j0, i1 - i0];
      const x = new Float64Array(100 * rows);
      const y = new Float64Array(100 * cols);
      const rank = cauchyFactors(coupling, j0, j1, i0, i1, 100, x, y);
      expect(rank).toBeGreaterThanOrEqual(0);
      let worst = 0;
      for (let j = 0; j < rows; j++)
        for (let i = 0; i < cols; i++) {
          let sum = 0;
          for (let s = 0; s < rank; s++) sum += x[s * rows + j] * y[s * cols + i];
          worst = Math.max(worst, Math.abs(sum - vectors[(j0 + j) * k + i0 + i]));
        }
      expect(worst).toBeLessThan(4 * EPS);
      const short = cauchyFactors(coupling, j0, j1, i0, i1, rank - 1, x, y);
      expect(short).toBe(-1);
    }
  });

  test('products of order 700 agree with the double loop, and a selection of rows has the same bits', () => {
    const k = 700;
    const [n1, n2] = [5, 6];
    const n = n1 + n2;
    const { coupling, vectors } = coupled(...make(k));
    const half = (residues: readonly number[], column: number, width: number): Half => {
      const members = Int32Array.from(
        Array.from({ length: k }, (_, i) => i).filter((i) => residues.includes(i % 5)),
      );
      return {
        members,
        poles: Float64Array.from(members, (i) => coupling.poles[i]),
        weights: Float64Array.from(members, (i) => coupling.weights[i]),
        vectors: random(members.length * width + 3, 'F'),
        at: 3,
        width,
        column,
      };
    };
    const halves = [half([0, 1, 3], 0, n1), half([1, 2, 4], n1, n2)];
    const multiply = (kept: Int32Array): Float64Array => {
      const out = new Float64Array(kept.length * n);
      cauchyProduct(coupling, k, halves, kept, out, 0, n, new Float64Array(productRoom(Math.max(n, k))));
      return out;
    };
    const all = multiply(Int32Array.from({ length: k }, (_, j) => j));
    for (let j = 0; j < k; j += 7)
      for (const { members, vectors: f, at, width, column } of halves)
        for (let c = 0; c < width; c++) {
          let sum = 0;
          let size = 0;
          for (const [r, i] of members.entries()) {
            const entry = f[at + r * width + c];
            sum += vectors[j * k + i] * entry;
            size += entry * entry;
          }
          expect(Math.abs(all[j * n + column + c] - sum)).toBeLessThan(16 * EPS * Math.sqrt(size));
        }
    const kept = Int32Array.from(
      Array.from({ length: k }, (_, j) => j).filter((j) => j % 3 === 1 || (j > 400 && j < 420)),
    );
    const some = multiply(kept);
    for (const [r, j] of kept.entries())
      expectSameBits(some.subarray(r * n, (r + 1) * n), all.subarray(j * n, (j + 1) * n), `row ${j}`);
  });
});

test('the same bits in the memory of the kernels as on the heap', () => {
  const [k, n] = [600, 40];
  const { coupling } = coupled(...SPECTRA[0][1](k));
  const members = Int32Array.from({ length: k }, (_, i) => i);
  const f = random(k * n, 'all');
  const multiply = (memory: Float64Array): Float64Array => {
    let used = 0;
    const put = (x: Float64Array): Float64Array => {
      const copy = memory.subarray(used, used + x.length);
      used += x.length;
      copy.set(x);
      return copy;
    };
    const { poles, weights, origins, offsets, scales } = coupling;
    const moved: Coupling = {
      poles: put(poles),
      weights: put(weights),
      origins: put(origins),
      offsets: put(offsets),
      scales: put(scales),
    };
    const half: Half = {
      members,
      poles: moved.poles,
      weights: moved.weights,
      vectors: put(f),
      at: 0,
      width: n,
      column: 0,
    };
    const out = put(new Float64Array(k * n));
    cauchyProduct(moved, k, [half], members, out, 0, n, memory.subarray(used));
    return out.slice();
  };
  const length = 5 * k + 2 * k * n + productRoom(k);
  expectSameBits(multiply(kernels().workspace(length)), multiply(new Float64Array(length)));
});

test('the rank of a block grows with the logarithm of its order', () => {
  const ranks = [256, 1024].map((k) => {
    const { coupling } = coupled(...SPECTRA[0][1](k));
    const h = k / 2;
    return cauchyFactors(coupling, 0, h, h, k, h, new Float64Array(h * h), new Float64Array(h * h));
  });
  expect(ranks[0]).toBeLessThan(40);
  expect(ranks[1] - ranks[0]).toBeLessThan(15);
});
