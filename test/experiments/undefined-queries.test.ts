/** @file Nothing is dropped without a word: sentences about queries without a rank correlation, diverged retrainings, few subsets. */
import { expect, test } from 'vitest';
import { agreement } from '../../src/experiments/bayesian/judge-bif.ts';
import { resultTable } from '../../src/experiments/better-hessians/results/setting-table.ts';
import {
  divergedSentence,
  fewSubsetsSentence,
  undefinedCounts,
  undefinedSentences,
} from '../../src/experiments/judging/undefined-queries.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { sampleResults } from './sample-results.ts';

test('which queries, how many of how many, and whose fault; nothing where all are defined', () => {
  expect(undefinedSentences({ predictions: [], outcomes: [] }, 12)).toEqual([]);
  const [scores, outcomes] = undefinedSentences({ predictions: [0, 7], outcomes: [3] }, 12, 'S.npy');
  expect(scores).toMatch(/^S\.npy: 2 of 12 queries .*count as 0: 0, 7\.$/);
  expect(outcomes).toMatch(/same outcome .* 1 of 12 queries.*every method and in the noise ceiling: 3\.$/);
  const many = Array.from({ length: 20 }, (_, q) => q);
  expect(undefinedSentences({ predictions: many, outcomes: [] }, 20)[0]).toMatch(
    /: 0, 1, .*, 11 and 8 more\.$/,
  );
});

test('diverged retrainings and too few subsets', () => {
  expect(divergedSentence(Float64Array.of(1, 2))).toEqual([]);
  expect(divergedSentence(Float64Array.of(1, Number.POSITIVE_INFINITY))[0]).toMatch(
    /^1 of 2 outcomes are infinite/,
  );
  expect([4, 5].map((k) => fewSubsetsSentence(k).length)).toEqual([1, 0]);
});

test('a table of results tells how many queries of a method count as 0', () => {
  const results = sampleResults({});
  expect(resultTable('d1-w16-e100', results).join('\n')).not.toContain('rank correlation');
  const kfac = { ...results.lds['kfac'], undefinedQueries: 3 };
  const told = resultTable('d1-w16-e100', { ...results, lds: { ...results.lds, kfac } });
  expect(told.at(-1)).toMatch(/^K-FAC: 3 of \d+ queries have constant predictions or outcomes/);
  expect(undefinedCounts([{ label: 'TRAK', undefinedQueries: 0 }])).toEqual([]);
});

test('the agreement of two score matrices counts a constant row as 0', () => {
  const a = Matrix.of([
    [1, 2, 3],
    [0, 0, 0],
  ]);
  expect(agreement(a, a)).toBeCloseTo(0.5, 15);
});
