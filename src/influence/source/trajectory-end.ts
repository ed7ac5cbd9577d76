/** @file Whether a run ended in the model that it is said to belong to. */
import type { Trajectory } from '../../autodiff/trajectory.ts';
import { DomainError } from '../../linalg/errors.ts';
import { norm2 } from '../../linalg/sum.ts';
import type { FittedModel } from '../attributor.ts';

/** What single precision may have done to θ. */
const SAME = 2 ** -20;

/** Where the end of the run was kept, it must be the model's θ. @throws {DomainError} it is another's. */
export function checkEnd(where: string, { theta }: FittedModel, { checkpoints, steps }: Trajectory): void {
  const last = checkpoints[checkpoints.length - 1];
  if (last.step !== steps) return;
  const gap = norm2(theta.map((value, i) => value - last.theta[i]));
  if (gap > SAME * norm2(theta))
    throw new DomainError(
      where,
      'theta',
      'where the trajectory ends',
      `parameters ${(gap / norm2(theta)).toExponential(1)} (relative) away from its last checkpoint`,
    );
}
