/** @file Losses by the names that files and command lines use: those of the table, and those that are values. */
import { checkString } from '../../linalg/border/arguments.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { Loss } from '../functions.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { huber } from './huber.ts';
import { huberDelta, isStoredLoss, STORED_LOSSES } from './loss-name.ts';
import { softCrossEntropy } from './soft-cross-entropy.ts';
import { LOSS_TABLE } from './table.ts';

/**
 * The loss of a name: 'cross-entropy', 'squared-error', 'binary-cross-entropy', 'soft-cross-entropy', or 'huber(δ)' with a number for δ.
 *
 * @throws {DomainError} another text. @example lossNamed('huber(0.5)'); // as huber(0.5)
 */
export function lossNamed(name: string): Loss {
  checkString('lossNamed', 'name', name);
  if (!isStoredLoss(name))
    throw new DomainError('lossNamed', 'name', `one of ${STORED_LOSSES.join(', ')}`, name);
  if (name in LOSS_TABLE) return name as keyof typeof LOSS_TABLE;
  const delta = huberDelta(name);
  if (delta !== undefined) return huber(delta);
  return name === 'binary-cross-entropy' ? binaryCrossEntropy : softCrossEntropy;
}
