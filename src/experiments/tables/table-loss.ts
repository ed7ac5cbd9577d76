/** @file The loss that a network on a table is trained by, on the command line and in the page alike. */
import { huber, type Loss } from '../../autodiff/index.ts';

/** Numbers are trained by a loss that wrong ones cannot pull far: quadratic up to one standard deviation, linear beyond. */
const REGRESSION_LOSS = huber(1);

/** Of classes cross-entropy; of numbers, standardised, Huber's loss. */
export function tableLoss(kind: 'classes' | 'numbers'): Loss {
  return kind === 'classes' ? 'cross-entropy' : REGRESSION_LOSS;
}
