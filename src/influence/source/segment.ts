/** @file Segments of a training run, within which curvature and gradients count as constant. */
import { asRun, type Checkpoint, sumOfRates, type Trajectory } from '../../autodiff/trajectory.ts';
import { isArray } from '../../linalg/border/describe.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError, ShapeError } from '../../linalg/errors.ts';

/** How a run is cut: a number of segments, or the steps at which they end, ascending, the last one `trajectory.steps`. */
export type Segmentation = number | readonly number[];

/** Number of segments of Bae et al. 2024, when there are that many checkpoints. */
export const SOURCE_SEGMENTS = 3;

/** SGD steps start..end−1. */
export interface Segment {
  /** 0 is the first in training. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** At least one; those with start < step ≤ end, and the one at step 0 in the first segment. */
  readonly checkpoints: readonly Checkpoint[];
  /** η̄: the mean of the step sizes. */
  readonly learningRate: number;
  /** t = Σ η / (1 − momentum) = η̄ K / (1 − momentum), K = end − start: for how long gradient flow would run. */
  readonly time: number;
}

/**
 * Cuts a training run into segments.
 *
 * By number L: the checkpoints after step 0 are dealt out in order, to each segment as many as to any other, or one fewer. A segment
 * ends where its last checkpoint is, the last segment at the end of the run. Checkpoints at equal distances, the last one at
 * the end (`checkpointSteps`), thus give segments of equal length, each seen in its middle and at its end when there are 2 L.
 * By ends: a checkpoint belongs to the segment with start < step ≤ end. A checkpoint at step 0 belongs to the first segment.
 *
 * Heavy-ball momentum m lengthens every step to η/(1 − m) once the velocity has settled (after about 1/(1 − m) steps).
 *
 * @param given - The run. Its checkpoints may be of any model.
 * @param segmentation - Default: 3, or as many as there are checkpoints after step 0 when those are fewer.
 * @throws {DomainError} more segments than checkpoints after step 0, ends that do not ascend to `trajectory.steps`, no steps.
 * @throws {ShapeError} a segment without a checkpoint.
 * Reference: Bae, Lin, Lorraine & Grosse 2024, Training data attribution via approximate unrolled differentiation, §3 and
 * App. D (momentum).
 * @example trajectorySegments(trajectory, 3).map(({ start, end }) => [start, end]);
 */
export function trajectorySegments(given: Trajectory, segmentation?: Segmentation): Segment[] {
  const where = 'trajectorySegments';
  const trajectory = asRun(where, given);
  const { checkpoints, steps, momentum } = trajectory;
  checkInteger(where, 'trajectory.steps', steps, 1, Number.MAX_SAFE_INTEGER);
  const ends = isArray(segmentation) ? (segmentation as number[]) : endsByNumber(trajectory, segmentation);
  if (ends.length === 0 || ends[ends.length - 1] !== steps)
    throw new DomainError(where, 'the last end of segments', `${steps}, the steps of the run`, ends.at(-1));
  return ends.map((end, index) => {
    const start = index === 0 ? 0 : ends[index - 1];
    checkInteger(where, `end of segment ${index} (ascending)`, end, start + 1, steps);
    const own = checkpoints.filter(
      ({ step }) => (start < step && step <= end) || (index === 0 && step === 0),
    );
    if (own.length === 0)
      throw new ShapeError(where, `segment ${index}`, `a checkpoint after steps ${start}..${end}`, 'none');
    const sum = sumOfRates(trajectory, start, end);
    const learningRate = sum / (end - start);
    return { index, start, end, checkpoints: own, learningRate, time: sum / (1 - momentum) };
  });
}

function endsByNumber({ checkpoints, steps }: Trajectory, segmentation: Segmentation | undefined): number[] {
  const after = checkpoints.filter(({ step }) => step > 0);
  if (after.length === 0)
    throw new DomainError('trajectorySegments', 'checkpoints', 'after step 0', 'only the start');
  const count = (segmentation as number | undefined) ?? Math.min(SOURCE_SEGMENTS, after.length);
  checkInteger('trajectorySegments', 'segments', count, 1, after.length);
  return Array.from({ length: count }, (_, l) =>
    l === count - 1 ? steps : after[Math.floor(((l + 1) * after.length) / count) - 1].step,
  );
}
