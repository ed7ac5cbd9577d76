/** @file Segments of a run: which steps, which checkpoints, how much time. */
import { describe, expect, test } from 'vitest';
import type { Trajectory } from '../../../src/autodiff/trajectory.ts';
import { type Segmentation, trajectorySegments } from '../../../src/influence/source/segment.ts';
import { DomainError, ShapeError } from '../../../src/linalg/errors.ts';

/** A run of `steps` steps in epochs of 5 whose rate falls from epoch to epoch, with checkpoints after the given steps. */
function run(steps: number, at: readonly number[], momentum = 0): Trajectory {
  return {
    checkpoints: at.map((step) => ({ step, theta: new Float64Array(1) })),
    steps,
    learningRates: Float64Array.from({ length: Math.ceil(steps / 5) }, (_, e) => 1 / (e + 2)),
    stepsPerEpoch: 5,
    momentum,
    weightDecay: 0,
    batch: 4,
  };
}
const shape = (trajectory: Trajectory, segmentation?: Segmentation): unknown =>
  trajectorySegments(trajectory, segmentation).map(({ start, end, checkpoints }) => [
    start,
    end,
    checkpoints.map(({ step }) => step),
  ]);

describe('by number', () => {
  test('six checkpoints at equal distances: three equal segments, each seen in its middle and at its end', () => {
    const expected = [
      [0, 20, [10, 20]],
      [20, 40, [30, 40]],
      [40, 60, [50, 60]],
    ];
    expect(shape(run(60, [10, 20, 30, 40, 50, 60]))).toEqual(expected);
    expect(shape(run(60, [10, 20, 30, 40, 50, 60]), 3)).toEqual(expected);
    expect(shape(run(60, [10, 20, 30, 40, 50, 60]), 1)).toEqual([[0, 60, [10, 20, 30, 40, 50, 60]]]);
  });

  test('the start joins the first segment; the last segment reaches the end of the run', () => {
    expect(shape(run(60, [0, 10, 20, 30, 50]), 2)).toEqual([
      [0, 20, [0, 10, 20]],
      [20, 60, [30, 50]],
    ]);
  });

  test('checkpoints that cannot be shared equally', () => {
    const counts = (n: number, segments: number): number[] =>
      trajectorySegments(
        run(
          60,
          Array.from({ length: n }, (_, i) => 2 * i + 2),
        ),
        segments,
      ).map(({ checkpoints }) => checkpoints.length);
    for (let n = 1; n <= 9; n++)
      for (let l = 1; l <= n; l++) {
        const dealt = counts(n, l);
        expect(dealt.reduce((sum, x) => sum + x, 0)).toBe(n);
        expect(Math.max(...dealt) - Math.min(...dealt), `${n} in ${l}`).toBeLessThanOrEqual(1);
      }
  });

  test('fewer than three checkpoints make fewer segments by default', () => {
    expect(shape(run(10, [5, 10]))).toEqual([
      [0, 5, [5]],
      [5, 10, [10]],
    ]);
    expect(shape(run(10, [0, 5]))).toEqual([[0, 10, [0, 5]]]);
  });
});

test('by ends: start < step ≤ end', () => {
  expect(shape(run(12, [0, 3, 4, 9, 12]), [3, 9, 12])).toEqual([
    [0, 3, [0, 3]],
    [3, 9, [4, 9]],
    [9, 12, [12]],
  ]);
});

test('time is the sum of the rates of all its steps over 1 − momentum; the times add up', () => {
  const trajectory = run(23, [2, 4, 9, 11, 16, 22], 0.9);
  for (const segmentation of [1, 2, 3, 6, [2, 9, 23]]) {
    const segments = trajectorySegments(trajectory, segmentation);
    for (const { index, start, end, learningRate, time } of segments) {
      let sum = 0;
      for (let k = start; k < end; k++) sum += 1 / (Math.floor(k / 5) + 2);
      expect(learningRate).toBeCloseTo(sum / (end - start), 14);
      expect(time).toBeCloseTo(sum / 0.1, 12);
      expect(start).toBe(index === 0 ? 0 : segments[index - 1].end);
    }
    expect(segments[segments.length - 1].end).toBe(23);
  }
});

test('refusals', () => {
  const trajectory = run(12, [3, 6, 12]);
  for (const cut of [0, 4, 1.5, [], [6], [6, 6, 12], [8, 4, 12], [0, 12]])
    expect(() => trajectorySegments(trajectory, cut), `${cut}`).toThrow(DomainError);
  expect(() => trajectorySegments(trajectory, [2, 12])).toThrow(ShapeError);
  expect(() => trajectorySegments(trajectory, [2, 12])).toThrow(/segment 0.*steps 0\.\.2/);
  expect(() => trajectorySegments(run(12, [0]))).toThrow(/only the start/);
  expect(() => trajectorySegments(run(0, [0]))).toThrow(DomainError);
});
