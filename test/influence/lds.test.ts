/** @file LDS: hand values with ties and undefined queries, sign, exactness of its bootstrap, steps of the ladder. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootstrapDifference } from '../../src/influence/judging/bootstrap.ts';
import { complement, groupEffect, keptEffect } from '../../src/influence/judging/group-effect.ts';
import { linearDatamodellingScore, subsetPredictions } from '../../src/influence/judging/lds.ts';
import { ldsChange } from '../../src/influence/judging/lds-change.ts';
import { drawSubsets } from '../../src/influence/judging/leave-some-out.ts';
import { spearman } from '../../src/influence/judging/rank-correlation.ts';
import { DomainError, NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';

const normal = (rows: number, cols: number, name: string): Matrix =>
  new Matrix(rows, cols, rng(1, name).fillNormal(new Float64Array(rows * cols)));
const negated = (a: Matrix): Matrix =>
  new Matrix(
    a.rows,
    a.cols,
    a.data.map((v) => -v),
  );

describe('linearDatamodellingScore', () => {
  test('by hand: ties, a constant outcome, constant predictions', () => {
    const scores = Matrix.of([
      [1, 0, 2, 0], // predictions −Σ kept: −1, −3, −2, −2
      [1, 0, 2, 0],
      [3, 3, 3, 3], // predictions all −6
    ]);
    const subsets = [
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 3],
    ].map((s) => Int32Array.from(s));
    const outcomes = Matrix.of([
      [0.9, 7, 1],
      [0.1, 7, 2],
      [0.4, 7, 3],
      [0.3, 7, 4],
    ]);
    const lds = linearDatamodellingScore({ scores, subsets, outcomes, resamples: 50 });
    // Query 0: ranks of predictions 4, 1, 2.5, 2.5 and of outcomes 4, 1, 3, 2: 4.5 / √(4.5 · 5).
    expect(lds.perQuery[0]).toBeCloseTo(4.5 / Math.sqrt(22.5), 15);
    expect(lds.perQuery[1]).toBeNaN();
    expect(lds.perQuery[2]).toBeNaN();
    expect(lds.undefinedQueries).toBe(2);
    expect(lds.constant).toEqual({ predictions: [2], outcomes: [1] });
    expect(lds.mean).toBe(lds.perQuery[0] / 3); // undefined queries count as no correlation
  });

  const scores = normal(5, 40, 'scores');
  const subsets = drawSubsets(40, 0.5, 30, 0);
  const noise = normal(30, 5, 'noise');
  const outcomes = new Matrix(30, 5);
  for (let j = 0; j < 30; j++)
    outcomes.row(j).set(keptEffect(scores, subsets[j]).map((v, q) => v + 0.1 * noise.at(j, q)));

  test('the true effects as scores give 1, with intervals [1, 1]; negated −1', () => {
    const exact = new Matrix(30, 5);
    for (let j = 0; j < 30; j++) exact.row(j).set(keptEffect(scores, subsets[j]).map((v) => Math.expm1(v)));
    const right = linearDatamodellingScore({ scores, subsets, outcomes: exact, resamples: 50 });
    expect(right.mean).toBe(1);
    expect(right.bca).toEqual([1, 1]);
    expect(right.percentile).toEqual([1, 1]);
    expect(
      linearDatamodellingScore({ scores: negated(scores), subsets, outcomes: exact, resamples: 50 }).mean,
    ).toBe(-1);
  });

  test('outcomes that follow the kept sums have a negative LDS: the sign is not absorbed', () => {
    const wrong = negated(subsetPredictions(scores, subsets));
    expect(linearDatamodellingScore({ scores, subsets, outcomes: wrong, resamples: 2 }).mean).toBe(-1);
  });

  test('kept sums, removed sums and group effects rank subsets alike; sums over kept differ only in sign', () => {
    const predictions = subsetPredictions(scores, subsets);
    const { perQuery } = linearDatamodellingScore({ scores, subsets, outcomes, resamples: 2 });
    for (let q = 0; q < 5; q++) {
      const removed = subsets.map((kept) => groupEffect(scores, complement(kept, 40))[q]);
      expect(spearman(removed, outcomes.column(q))).toBe(perQuery[q]);
      expect(spearman(predictions.column(q), outcomes.column(q))).toBe(perQuery[q]);
      expect(
        spearman(
          predictions.column(q).map((v) => -v),
          outcomes.column(q),
        ),
      ).toBe(-perQuery[q]);
    }
  });

  test('increasing maps of the outcomes and positive scales of a query change nothing', () => {
    const input = { scores, subsets, outcomes, resamples: 20 };
    const mapped = new Matrix(
      30,
      5,
      outcomes.data.map((v) => Math.exp(3 * v) - 100),
    );
    const scaled = new Matrix(
      5,
      40,
      scores.data.map((v, i) => v * 2 ** Math.floor(i / 40)),
    );
    expect(linearDatamodellingScore({ ...input, outcomes: mapped, scores: scaled })).toEqual(
      linearDatamodellingScore(input),
    );
  });

  test('bootstrap over subsets equals naive resampling of whole subsets, bit for bit', () => {
    const rounded = new Matrix(
      30,
      5,
      outcomes.data.map((v) => Math.round(4 * v)),
    ); // ties
    const lds = linearDatamodellingScore({ scores, subsets, outcomes: rounded, resamples: 40, seed: 9 });
    const predictions = subsetPredictions(scores, subsets);
    const statistic = (items: readonly number[]): number =>
      Array.from({ length: 5 }, (_, q) =>
        spearman(
          items.map((j) => rounded.at(j, q)),
          items.map((j) => predictions.at(j, q)),
        ),
      ).reduce((sum, rho) => sum + (Number.isNaN(rho) ? 0 : rho), 0) / 5;
    const all = subsets.map((_, j) => j);
    const naive = Array.from({ length: 40 }, (_, b) => {
      const stream = rng(9, 'bootstrap', b);
      return statistic(all.map(() => stream.integer(30)));
    });
    expect(Array.from(lds.bootstrap.replicates)).toEqual(naive);
    expect(Array.from(lds.bootstrap.jackknife)).toEqual(
      all.map((j) => statistic(all.filter((k) => k !== j))),
    );
    expect(lds.mean).toBe(statistic(all));
  });

  test('a better method is told from a worse one by the paired difference, within overlapping intervals', () => {
    const worse = new Matrix(
      5,
      40,
      scores.data.map((v, i) => v + 0.7 * normal(5, 40, 'worse').data[i]),
    );
    const a = linearDatamodellingScore({ scores, subsets, outcomes, resamples: 400 });
    const b = linearDatamodellingScore({ scores: worse, subsets, outcomes, resamples: 400 });
    const difference = bootstrapDifference(a.bootstrap, b.bootstrap);
    expect(difference.estimate).toBe(a.mean - b.mean);
    expect(a.mean).toBeGreaterThan(b.mean);
    expect(a.bca[0]).toBeLessThanOrEqual(a.mean);
    expect(a.bca[1]).toBeGreaterThanOrEqual(a.mean);
  });

  test('the order of the queries does not matter beyond rounding of the mean', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (order) => {
        const shuffled = linearDatamodellingScore({
          scores: Matrix.of(order.map((q) => scores.row(q))),
          outcomes: Matrix.of(outcomes.toArray().map((row) => order.map((q) => row[q]))),
          subsets,
          resamples: 2,
        });
        const { perQuery, mean } = linearDatamodellingScore({ scores, subsets, outcomes, resamples: 2 });
        expect(Array.from(shuffled.perQuery)).toEqual(order.map((q) => perQuery[q]));
        expect(Math.abs(shuffled.mean - mean)).toBeLessThanOrEqual(5 * Number.EPSILON);
      }),
      { numRuns: 10 },
    );
  });

  test('refusals name the fault', () => {
    const call =
      (change: object): (() => unknown) =>
      () =>
        linearDatamodellingScore({ scores, subsets, outcomes, ...change });
    expect(call({ outcomes: new Matrix(5, 30) })).toThrow(ShapeError);
    expect(call({ subsets: subsets.slice(1) })).toThrow(ShapeError);
    expect(call({ subsets: [...subsets.slice(1), Int32Array.of(3, 3)] })).toThrow(
      /subset 29 .*strictly ascending/,
    );
    expect(call({ subsets: [...subsets.slice(1), Int32Array.of(39, 40)] })).toThrow(DomainError);
    expect(call({ subsets: [subsets[0]], outcomes: new Matrix(1, 5) })).toThrow(DomainError);
    const missing = outcomes.clone();
    missing.set(2, 1, Number.NaN);
    expect(call({ outcomes: missing })).toThrow(NonFiniteError);
    expect(call({ outcomes: missing })).toThrow(/outcomes .*index 11/);
    const infinite = scores.clone();
    infinite.set(0, 0, Infinity);
    expect(call({ scores: infinite })).toThrow(NonFiniteError);
    const huge = new Matrix(5, 40, new Float64Array(200).fill(1e308));
    expect(call({ scores: huge })).toThrow(/sums of scores .*-Infinity/);
    expect(call({ scores: new Matrix(0, 40), outcomes: new Matrix(30, 0) })).toThrow(DomainError);
  });
});

describe('ldsChange', () => {
  const steps = ldsChange([
    { id: 'hessian', lds: 0.5 },
    { id: 'ggn', lds: 0.4 },
    { id: 'ekfac', lds: 0.45 },
    { id: 'kfac', lds: 0.3 },
  ]);

  test('every reading by hand', () => {
    expect(steps.map(({ from, to }) => `${from}→${to}`)).toEqual(['hessian→ggn', 'ggn→ekfac', 'ekfac→kfac']);
    const tolerance = { rtol: 16 * Number.EPSILON };
    expectClose(
      steps.map((s) => s.change),
      [-0.1, 0.05, -0.15],
      tolerance,
    );
    expectClose(
      steps.map((s) => s.shareOfTotal),
      [0.5, -0.25, 0.75],
      tolerance,
    );
    expectClose(
      steps.map((s) => s.relative),
      [-0.2, 0.125, -1 / 3],
      tolerance,
    );
    expectClose(
      steps.map((s) => s.relativeToFirst),
      [-0.2, 0.1, -0.3],
      tolerance,
    );
  });

  test('no total change leaves the share undefined; one rung is refused', () => {
    const [flat] = ldsChange([
      { id: 'a', lds: 0 },
      { id: 'b', lds: 0 },
    ]);
    expect(flat).toEqual({
      from: 'a',
      to: 'b',
      change: 0,
      shareOfTotal: NaN,
      relative: NaN,
      relativeToFirst: NaN,
    });
    expect(() => ldsChange([{ id: 'a', lds: 1 }])).toThrow(DomainError);
  });
});
