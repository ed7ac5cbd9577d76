import { expect, test } from 'vitest';
import { foldJobs, gatherOutOfFold, outOfFold } from '../../../src/influence/index.ts';

const labels = Int32Array.from({ length: 103 }, (_, i) => (i % 25 === 0 ? 2 : i % 2));

test('every example is held out once a repeat, and kept by all other jobs', () => {
  const jobs = foldJobs(103, { folds: 4, repeats: 3, seed: 5 });
  expect(jobs.length).toBe(12);
  for (const { repeat, fold, kept, heldOut } of jobs) {
    expect([...kept, ...heldOut].sort((a, b) => a - b)).toEqual([...Array(103).keys()]);
    expect([...kept]).toEqual([...kept].sort((a, b) => a - b));
    expect(Math.abs(heldOut.length - 103 / 4)).toBeLessThan(1);
    expect([repeat, fold]).toEqual([repeat, fold].map(Math.floor));
  }
  for (let r = 0; r < 3; r++) {
    const held = jobs.filter(({ repeat }) => repeat === r).flatMap(({ heldOut }) => [...heldOut]);
    expect(held.sort((a, b) => a - b)).toEqual([...Array(103).keys()]);
  }
});

test('with labels every fold has its share of every class', () => {
  for (const { heldOut } of foldJobs(103, { folds: 4, labels })) {
    const counts = [0, 0, 0];
    for (const i of heldOut) counts[labels[i]]++;
    for (const [k, count] of counts.entries()) {
      const all = labels.filter((label) => label === k).length;
      expect(count).toBeGreaterThanOrEqual(Math.floor(all / 4));
      expect(count).toBeLessThanOrEqual(Math.ceil(all / 4));
    }
  }
});

test('more repeats change none of the earlier ones; seeds do', () => {
  expect(foldJobs(20, { repeats: 3 }).slice(0, 10)).toEqual(foldJobs(20, { repeats: 2 }));
  expect(foldJobs(20, { seed: 1 })).not.toEqual(foldJobs(20, { seed: 2 }));
});

test('answers land in the rows that they speak of, and the mean is over the repeats', () => {
  const predict = ({ repeat, heldOut }: { repeat: number; heldOut: Int32Array }) =>
    [...heldOut].map((i) => [i, i + 10 * repeat]);
  const { mean, repeats } = outOfFold({ examples: 11, folds: 3, repeats: 2, predict });
  expect(repeats.length).toBe(2);
  for (let i = 0; i < 11; i++) {
    expect([...repeats[1].row(i)]).toEqual([i, i + 10]);
    expect([...mean.row(i)]).toEqual([i, i + 5]);
  }
});

test('answers of workers, in any order of the jobs, give the same', () => {
  const jobs = foldJobs(9, { folds: 3, repeats: 2 });
  const answer = ({ repeat, heldOut }: (typeof jobs)[number]) => [...heldOut].map((i) => [i * 3 + repeat]);
  const shuffled = [...jobs].reverse();
  expect([...gatherOutOfFold(shuffled, shuffled.map(answer)).mean.data]).toEqual([
    ...gatherOutOfFold(jobs, jobs.map(answer)).mean.data,
  ]);
});

test('refuses what does not fit', () => {
  const jobs = foldJobs(4, { folds: 2, repeats: 1 });
  const rows = [[[1], [2]], [[3], [4]]]; // biome-ignore format: two answers
  expect(() => foldJobs(3, { folds: 4 })).toThrow('foldJobs: folds must be at most the 3 examples, got 4.');
  expect(() => foldJobs(3, { folds: 1 })).toThrow('foldJobs: folds must be an integer ≥ 2, got 1.');
  expect(() => foldJobs(3, { folds: 2, labels: [0] })).toThrow('foldJobs: labels must be of length 3');
  expect(() => gatherOutOfFold([], [])).toThrow('jobs must be at least one');
  expect(() => gatherOutOfFold(jobs, rows.slice(1))).toThrow(
    'predictions must be one for each of 2 jobs, got 1',
  );
  expect(() => gatherOutOfFold(jobs, [rows[0], [[1]]])).toThrow('predictions[1] must be [2, 1], got [1, 1]');
  expect(() => gatherOutOfFold([jobs[0], jobs[0]], rows)).toThrow('must be held out once a repeat');
  expect(() => gatherOutOfFold(jobs, [rows[0], [[1], [Number.NaN]]])).toThrow(
    'predictions[1] must be finite',
  );
});
