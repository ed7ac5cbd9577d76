/** @file Proponents and opponents: order, ties, signs. */
import { expect, test } from 'vitest';
import { topInfluences } from '../../src/influence/ranking.ts';
import { DomainError, NonFiniteError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';

const scores = Matrix.of([
  [1, 1, 1, 1, 1, 1, 1],
  [2, -1, 5, 0, 2, -1, 2],
]);

test('strongest first, ties by the smaller index, zeros are neither', () => {
  const { proponents, opponents } = topInfluences(scores, 1, 3);
  expect(proponents).toEqual([
    { index: 2, score: 5 },
    { index: 0, score: 2 },
    { index: 4, score: 2 },
  ]);
  expect(opponents).toEqual([
    { index: 1, score: -1 },
    { index: 5, score: -1 },
  ]);
});

test('for the margin the sides change places: a proponent is whose removal lowers the margin', () => {
  const loss = topInfluences(scores, 1, 2);
  const margin = topInfluences(scores, 1, 2, 'margin');
  expect(margin).toEqual({ proponents: loss.opponents, opponents: loss.proponents });
});

test('for the absolute error, where lower is better as for the loss, they stay', () => {
  expect(topInfluences(scores, 1, 2, 'absolute-error')).toEqual(topInfluences(scores, 1, 2));
});

test('k beyond the row, k = 0, and refusals', () => {
  expect(topInfluences(scores, 0, 100).proponents.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(topInfluences(scores, 0, 0)).toEqual({ proponents: [], opponents: [] });
  expect(() => topInfluences(scores, 2, 1)).toThrow(DomainError);
  expect(() => topInfluences(scores, 0, 1.5)).toThrow(DomainError);
  expect(() => topInfluences(Matrix.of([[1, Number.NaN]]), 0, 1)).toThrow(NonFiniteError);
});
