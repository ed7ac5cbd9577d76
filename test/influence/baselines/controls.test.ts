/** @file The controls: what their scores are, and that they know nothing else. */
import { expect, test } from 'vitest';
import { selectExamples } from '../../../src/autodiff/dataset.ts';
import { labelControl, randomControl } from '../../../src/influence/baselines/controls.ts';
import { DomainError, UnsupportedError } from '../../../src/linalg/errors.ts';
import { randomData, randomProblem, randomTheta } from '../../helpers/problems.ts';

const problem = randomProblem({ sizes: [3, 4, 3], examples: 40, seed: 2 });
const { data: train, ...fitted } = problem;
const queries = randomData(problem.model, 'cross-entropy', 200, 3);
if (!('labels' in train) || !('labels' in queries)) throw new Error('labels');

test('random scores are standard normal, by the query and not by its place or the model', () => {
  const control = randomControl({ seed: 7 });
  const scores = control.fit(fitted, train).score(queries);
  const n = scores.data.length;
  const mean = scores.data.reduce((total, s) => total + s, 0) / n;
  const square = scores.data.reduce((total, s) => total + s * s, 0) / n;
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(square - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  const order = Int32Array.of(17, 3, 199);
  const other = { ...fitted, theta: randomTheta(problem.model, 1, 9) };
  const few = control.fit(other, train).score(selectExamples(queries, order));
  for (const [k, q] of order.entries()) expect(Array.from(few.row(k))).toEqual(Array.from(scores.row(q)));
  const again = randomControl({ seed: 8 }).fit(fitted, train).score(queries);
  expect(again.data[0]).not.toBe(scores.data[0]);
  const own = control.fit(fitted, train);
  const square0 = own.score(train);
  expect(Array.from(own.selfInfluence())).toEqual(Array.from({ length: 40 }, (_, i) => square0.at(i, i)));
});

for (const [measurement, sign] of [
  ['loss', 1],
  ['margin', -1],
] as const)
  test(`${measurement}: the same class counts, all classes alike in total`, () => {
    const plain = labelControl({ measurement, balanced: false }).fit(fitted, train).score(queries);
    const balanced = labelControl({ measurement }).fit(fitted, train);
    const scores = balanced.score(queries);
    for (let q = 0; q < 20; q++) {
      let total = 0;
      for (let i = 0; i < 40; i++) {
        const same = train.labels[i] === queries.labels[q];
        expect(plain.at(q, i)).toBe(same ? sign : 0);
        expect(scores.at(q, i) !== 0).toBe(same);
        total += scores.at(q, i);
      }
      expect(Math.abs((sign * total) / 40 - 1 / 3)).toBeLessThan(1e-15 * 40);
    }
    for (const own of balanced.selfInfluence()) expect(sign * own).toBeGreaterThan(0);
  });

test('regression has no classes; options are checked', () => {
  const { data, ...model } = randomProblem({ sizes: [3, 2], loss: 'squared-error' });
  expect(() => labelControl().fit(model, data)).toThrow(UnsupportedError);
  expect(randomControl().fit(model, data).score(data).data.every(Number.isFinite)).toBe(true);
  expect(() => randomControl({ seed: 0.5 })).toThrow(DomainError);
  expect(() => labelControl({ measurement: 'colour' as 'loss' })).toThrow(DomainError);
});
