/** @file `--loss` and `--example-weights`: what examples are trained on, and how much each counts. */
import { InvalidArgumentError } from 'commander';
import { functionName } from '../../autodiff/functions.ts';
import { type Loss, lossNamed, usesLabels } from '../../autodiff/index.ts';
import { isStoredLoss, STORED_LOSSES } from '../../autodiff/losses/loss-name.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { nonNegative, parsed, text } from '../terminal/options.ts';

/** Of every command that reads examples. */
export const LOSS_OPTIONS = {
  loss: parsed(
    '<name>',
    `${STORED_LOSSES.join(', ')} (huber: δ = 1); targets of soft-cross-entropy are rows of probabilities, of binary-cross-entropy numbers in [0, 1] (default: cross-entropy of labels, squared-error of targets)`,
    parseLoss,
  ),
  exampleWeights: text(
    '<w.npy>',
    '[n], numbers ≥ 0: what each example counts in the mean loss (1/n) Σ w ℓ (default: 1)',
  ),
  classWeights: parsed(
    '<c0,c1,…>',
    'numbers ≥ 0: what the training examples of each class count, beside their own weights; 1,p of binary-cross-entropy is pos_weight p (default: 1)',
    parseWeights,
  ),
};

/** The options of labels and targets of train and curvature, for messages. */
export const TRAIN_ANSWERS = { labels: '--labels', targets: '--targets' };

function parseWeights(list: string): readonly number[] {
  const numbers = list.split(',').map(nonNegative);
  if (numbers.length < 2 || numbers.every((c) => c === 0))
    throw new InvalidArgumentError('Expected a number for each class, with commas, not all 0.');
  return numbers;
}

function parseLoss(name: string): Loss {
  const full = name === 'huber' ? 'huber(1)' : name;
  if (!isStoredLoss(full)) throw new InvalidArgumentError(`Expected one of ${STORED_LOSSES.join(', ')}.`);
  return lossNamed(full);
}

/**
 * The loss that is asked for, or that of the answers.
 *
 * @param options - Names of the options that give labels and targets, for messages. @throws {CommandError} answers of the other kind.
 */
export function chosenLoss(
  given: Loss | undefined,
  hasTargets: boolean,
  options: { readonly labels: string; readonly targets: string },
): Loss {
  if (given === undefined) return hasTargets ? 'squared-error' : 'cross-entropy';
  if (usesLabels(given) !== hasTargets) return given;
  const [reads, gives] = hasTargets ? [options.labels, options.targets] : [options.targets, options.labels];
  throw new CommandError(`--loss ${functionName(given)} reads ${reads}, not ${gives}.`, USAGE);
}
