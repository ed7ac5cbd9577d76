/** @file Progress as lines, and the time that is left. */
import { expect, test } from 'vitest';
import { duration, lineProgress, Pace } from '../../src/experiments/run/progress.ts';

test('lines are throttled; the last unit always shows', () => {
  let now = 0;
  const lines: string[] = [];
  const track = lineProgress(
    (line) => lines.push(line),
    () => now,
  ).track('work', 20, 4);
  for (let k = 5; k <= 20; k++) {
    now += 1000;
    track.advance();
  }
  expect(lines).toEqual([
    'work: 4 of 20 stored',
    'work: 9 of 20, about 11 s left',
    'work: 14 of 20, about 6 s left',
    'work: 19 of 20, about 1 s left',
    'work: 20 of 20',
  ]);
});

test('stored units and pauses do not count towards the pace', () => {
  let now = 0;
  const pace = new Pace(1000, 900, () => now);
  expect(pace.left()).toBe('time left not yet known');
  pace.advance();
  now += 3_600_000;
  for (let k = 0; k < 70; k++) {
    now += 2000;
    pace.advance();
  }
  expect(pace.done).toBe(971);
  expect(pace.left()).toBe('about 58 s left'); // 29 units of 2 s
});

test('durations are read at a glance', () => {
  expect([0.2, 89.9, 90, 5399, 5400].map(duration)).toEqual(['1 s', '90 s', '1.5 min', '90.0 min', '1.5 h']);
});
