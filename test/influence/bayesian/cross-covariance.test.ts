/** @file Streaming moments against two passes over stored draws, however they are cut, merged or continued. */
import { expect, test } from 'vitest';
import { CrossCovariance } from '../../../src/influence/bayesian/cross-covariance.ts';
import {
  correlationOf,
  covarianceOf,
  emptyMoments,
  type Moments,
  mergeMoments,
} from '../../../src/influence/bayesian/moments.ts';
import { DomainError, ShapeError } from '../../../src/linalg/errors.ts';
import { Matrix, type Vec } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';

interface Draws {
  readonly x: Matrix;
  readonly y: Matrix;
}

/** Correlated draws whose means lie `offset` away from 0. */
function draws(count: number, n: number, q: number, offset: number, seed = 1): Draws {
  const random = rng(seed, 'draws');
  const x = new Matrix(count, n);
  const y = new Matrix(count, q);
  for (let t = 0; t < count; t++) {
    const shared = random.normal();
    for (let i = 0; i < n; i++) x.set(t, i, offset * (i + 1) + shared * (i - 1) + random.normal());
    for (let j = 0; j < q; j++) y.set(t, j, -offset * (j + 2) + shared * (j + 1) + random.normal());
  }
  return { x, y };
}

function stream(
  { x, y }: Draws,
  from = 0,
  to = x.rows,
  sums = new CrossCovariance(x.cols, y.cols),
): CrossCovariance {
  for (let t = from; t < to; t++) {
    sums.x.set(x.row(t));
    sums.y.set(y.row(t));
    sums.push();
  }
  return sums;
}

function mean(column: Vec): number {
  const base = column[0];
  return base + column.reduce((sum, v) => sum + (v - base), 0) / column.length;
}

/** Two passes: means, then products. */
function covariance(a: Vec, b: Vec): number {
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((sum, v, t) => sum + (v - ma) * (b[t] - mb), 0) / (a.length - 1);
}

function expectTwoPass(moments: Moments, { x, y }: Draws, offset: number): void {
  const found = covarianceOf(moments);
  const correlation = correlationOf(moments);
  const largest = x.cols + y.cols;
  // a centred number is off by the rounding of the data, ε·offset; T of them are summed
  const tolerance = 8 * Number.EPSILON * (x.rows + offset * largest) * largest ** 2;
  expect(moments.count).toBe(x.rows);
  for (let j = 0; j < y.cols; j++)
    for (let i = 0; i < x.cols; i++) {
      const exact = covariance(y.column(j), x.column(i));
      expect(Math.abs(found.at(j, i) - exact)).toBeLessThan(tolerance);
      const deviations = Math.sqrt(
        covariance(x.column(i), x.column(i)) * covariance(y.column(j), y.column(j)),
      );
      expect(Math.abs(correlation.at(j, i) - exact / deviations)).toBeLessThan(tolerance);
    }
  for (let i = 0; i < x.cols; i++)
    expect(Math.abs(moments.squaresX[i] / (x.rows - 1) - covariance(x.column(i), x.column(i)))).toBeLessThan(
      tolerance,
    );
  for (let j = 0; j < y.cols; j++)
    expect(Math.abs(moments.squaresY[j] / (x.rows - 1) - covariance(y.column(j), y.column(j)))).toBeLessThan(
      tolerance,
    );
}

for (const count of [2, 31, 32, 33, 64, 301])
  for (const offset of [0, 1e7])
    test(`${count} draws about ${offset}: as two passes`, () => {
      const data = draws(count, 5, 3, offset);
      expectTwoPass(stream(data).moments(), data, offset);
    });

test('parts merged, in any grouping, are the whole', () => {
  const data = draws(257, 4, 6, 1e6);
  const parts = [0, 1, 40, 72, 200, 257].map((end, k, all) => stream(data, all[k - 1] ?? 0, end).moments());
  expectTwoPass(parts.reduce(mergeMoments), data, 1e6);
  expectTwoPass(
    mergeMoments(mergeMoments(parts[1], parts[2]), mergeMoments(parts[3], mergeMoments(parts[4], parts[5]))),
    data,
    1e6,
  );
  expect(mergeMoments(emptyMoments(4, 6), parts[3])).toBe(parts[3]);
});

test('continued from a stored state: the same bits', () => {
  const data = draws(150, 3, 2, 5);
  const whole = stream(data);
  for (const cut of [0, 1, 32, 45, 149]) {
    const state = structuredClone(stream(data, 0, cut).state());
    const later = stream(data, cut, 150, new CrossCovariance(3, 2, state));
    expect(later.state()).toEqual(whole.state());
    expect(later.moments()).toEqual(whole.moments());
  }
});

test('looking at the moments changes nothing', () => {
  const data = draws(70, 3, 2, 5);
  const sums = stream(data, 0, 40);
  sums.moments();
  sums.state();
  expect(stream(data, 40, 70, sums).state()).toEqual(stream(data).state());
});

test('constants have no correlation; the correlation with itself is 1', () => {
  const { x } = draws(50, 2, 1, 0);
  const y = new Matrix(50, 3);
  for (let t = 0; t < 50; t++) y.row(t).set([x.at(t, 0), 4, -x.at(t, 1)]);
  const r = correlationOf(stream({ x, y }).moments());
  expect(Math.abs(r.at(0, 0) - 1)).toBeLessThan(1e-15 * 8);
  expect(Math.abs(r.at(2, 1) + 1)).toBeLessThan(1e-15 * 8);
  expect([r.at(1, 0), r.at(1, 1)]).toEqual([0, 0]);
});

test('refusals', () => {
  expect(() => mergeMoments(emptyMoments(2, 3), emptyMoments(3, 2))).toThrow(ShapeError);
  expect(() => covarianceOf(emptyMoments(1, 1))).toThrow(DomainError);
  expect(() => correlationOf(emptyMoments(1, 1))).toThrow(DomainError);
  const state = new CrossCovariance(2, 2).state();
  expect(() => new CrossCovariance(3, 2, state)).toThrow(ShapeError);
});
