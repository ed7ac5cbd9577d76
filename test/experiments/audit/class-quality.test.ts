/** How often predictions are right, class by class: by counting, at 99 rows to one. */
import { describe, expect, test } from 'vitest';
import {
  classQuality,
  classWarnings,
  guesses,
  rareWarnings,
} from '../../../src/experiments/audit/class-quality.ts';

/** 990 rows of "no", 10 of "yes"; `missed` of the ten are taken for "no", `alarms` of the others for "yes". */
function rare(missed: number, alarms: number) {
  const answers = Float64Array.from({ length: 1000 }, (_, i) => Number(i < 10));
  const said = Array.from(answers, (y, i) => (y === 1 ? Number(i >= missed) : Number(i < 10 + alarms)));
  return { data: { answers, classes: ['no', 'yes'] }, said };
}

describe('two classes at 99:1', () => {
  test('nine of ten recognised and 15 false alarms: less accurate than always "no", and no guess', () => {
    const { data, said } = rare(1, 15);
    const quality = classQuality([said], data);
    expect(quality.accuracy).toEqual({ value: (9 + 975) / 1000, error: null });
    expect(quality.accuracy.value).toBeLessThan(0.99);
    expect(quality.recall).toEqual([975 / 990, 0.9]);
    expect(quality.balancedAccuracy.value).toBeCloseTo((975 / 990 + 0.9) / 2, 15);
    expect(guesses(quality)).toBe(false);
    expect(classWarnings(data, quality)).toEqual([]);
  });

  test('always "no" is a guess, however often it is right', () => {
    const { data, said } = rare(10, 0);
    const quality = classQuality([said], data);
    expect(quality.accuracy.value).toBe(0.99);
    expect(quality.balancedAccuracy.value).toBe(0.5);
    expect(guesses(quality)).toBe(true);
  });

  test('three of ten recognised: the class is named, with its share and its rows', () => {
    const { data, said } = rare(7, 0);
    const [warning, ...more] = classWarnings(data, classQuality([said], data));
    expect(more).toEqual([]);
    expect(warning).toContain('One class is mostly taken for another');
    expect(warning).toContain('"yes": 30 % of 10 rows recognised');
  });
});

describe('rare classes of which many rows are listed', () => {
  const { data } = rare(0, 0);
  const flagged = (yes: number, no: number): number[] => [
    ...Array.from({ length: yes }, (_, i) => i),
    ...Array.from({ length: no }, (_, i) => 10 + i),
  ];

  test('three of ten, where 13 of 1000 are listed: named, with what to do', () => {
    expect(rareWarnings(data, flagged(3, 10))).toEqual([
      expect.stringMatching(/listed more readily than others \(3 of the 10 rows of "yes"\).*Compare/),
    ]);
    expect(classWarnings(data, classQuality([rare(0, 0).said], data), flagged(3, 10))).toHaveLength(1);
  });

  test.each([
    ['none of them', flagged(0, 10), data],
    ['as many of either', flagged(1, 99), data],
    [
      'few rows',
      flagged(3, 0),
      { answers: data.answers.map((y, i) => (i < 5 ? y : 0)), classes: data.classes },
    ],
    [
      'no rare class',
      flagged(3, 0),
      { answers: data.answers.map((_, i) => Number(i < 60)), classes: data.classes },
    ],
  ])('not with %s', (_, listed, table) => {
    expect(rareWarnings(table, listed)).toEqual([]);
  });

  test('a class of which it is said already that it is taken for another is not named again', () => {
    const warnings = classWarnings(data, classQuality([rare(7, 0).said], data), flagged(7, 0));
    expect(warnings).toEqual([expect.stringContaining('mostly taken for another')]);
  });
});

test('repeats are measurements: mean and standard error, and the mean share of each class', () => {
  const data = { answers: Float64Array.of(0, 0, 1, 1), classes: ['a', 'b'] };
  const { accuracy, balancedAccuracy, recall } = classQuality(
    [
      [0, 0, 1, 1],
      [0, 1, 1, 1],
    ],
    data,
  );
  expect(accuracy).toEqual({ value: 0.875, error: 0.125 });
  expect(balancedAccuracy).toEqual({ value: 0.875, error: 0.125 });
  expect(recall).toEqual([0.75, 1]);
});

test('a class without rows has no share and does not weigh; one with few is named', () => {
  const data = { answers: Float64Array.of(0, 0, 1, 1), classes: ['a', 'b', 'c'] };
  const quality = classQuality([[0, 0, 1, 0]], data);
  expect(quality.recall).toEqual([1, 0.5, null]);
  expect(quality.balancedAccuracy.value).toBe(0.75);
  expect(classWarnings(data, quality)).toEqual([
    '3 classes have fewer than 10 rows ("a", "b", "c"): nothing can be said of their labels.',
  ]);
});
