import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { labelScores } from '../../../src/influence/index.ts';
import { expectClose } from '../../helpers/close.ts';

interface Golden {
  readonly probabilities: number[][];
  readonly labels: number[];
  readonly selfConfidence: number[];
  readonly normalisedMargin: number[];
  readonly balancedSelfConfidence: number[];
  readonly balancedNormalisedMargin: number[];
}

describe('scores of cleanlab', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../reference/label-scores.json', import.meta.url), 'utf8'),
  ) as { cases: Golden[] };

  test.each(cases.map((one, i) => [i, one] as const))('case %i', (_, golden) => {
    const scores = (options: Parameters<typeof labelScores>[2]) =>
      labelScores(golden.probabilities, golden.labels, options).scores;
    const tolerance = { atol: 8 * Number.EPSILON };
    expectClose(scores({ score: 'self-confidence' }), golden.selfConfidence, tolerance);
    expectClose(scores({}), golden.selfConfidence, tolerance);
    expectClose(scores({ score: 'normalised-margin' }), golden.normalisedMargin, tolerance);
    expectClose(
      scores({ score: 'self-confidence', balanced: true }),
      golden.balancedSelfConfidence,
      tolerance,
    );
    expectClose(
      scores({ score: 'normalised-margin', balanced: true }),
      golden.balancedNormalisedMargin,
      tolerance,
    );
  });
});

describe('by hand', () => {
  const probabilities = [
    [0.75, 0.25, 0],
    [0.25, 0.5, 0.25],
    [0.125, 0.125, 0.75],
    [0.5, 0.5, 0],
  ];

  test('margins, suggestions and order', () => {
    const { scores, suggested, ranked } = labelScores(probabilities, [0, 0, 1, 1], {
      score: 'normalised-margin',
    });
    expect([...scores]).toEqual([0.75, 0.375, 0.1875, 0.5]);
    expect([...suggested]).toEqual([0, 1, 2, 1]); // a tie goes to the label
    expect([...ranked]).toEqual([2, 1, 3, 0]);
  });

  test('a tie between two other classes goes to the smaller', () => {
    expect([...labelScores([[0.25, 0.375, 0.375]], [0]).suggested]).toEqual([1]);
  });

  test('a score is below one half exactly where another class is suggested', () => {
    const { scores, suggested } = labelScores(probabilities, [1, 2, 0, 2], { score: 'normalised-margin' });
    for (const [i, label] of [1, 2, 0, 2].entries()) expect(scores[i] < 0.5).toBe(suggested[i] !== label);
  });

  test('a class that nobody has is no trouble when balanced', () => {
    const { scores } = labelScores(probabilities, [0, 0, 1, 1], { balanced: true });
    for (const score of scores) expect(score >= 0 && score <= 1).toBe(true);
  });

  test.each([
    [
      'rows that do not add up',
      [[0.5, 0.4]],
      [0],
      'labelScores: probabilities[0] must be of sum 1, got a sum of 0.9.',
    ],
    ['logits', [[2, -1]], [0], 'labelScores: probabilities[0][0] must be in [0, 1], got 2.'],
    [
      'a label without a class',
      [[0.5, 0.5]],
      [2],
      'labelScores: labels[0] must be an integer in 0..1, got 2.',
    ],
    ['one class', [[1]], [0], 'labelScores: probabilities must be [n ≥ 1, C ≥ 2], got [1, 1].'],
    [
      'labels of another number',
      [[0.5, 0.5]],
      [0, 1],
      'labelScores: labels must be of length 1, got length 2.',
    ],
  ])('refuses %s', (_, p, labels, message) => {
    expect(() => labelScores(p, labels)).toThrow(message);
  });
});
