/** @file Networks trained on a part of the data, as predictors of the rest. */
import { selectExamples } from '../../autodiff/dataset.ts';
import { usesLabels } from '../../autodiff/functions.ts';
import { softmaxColumns } from '../../autodiff/losses/cross-entropy.ts';
import { checkOneOutput } from '../../autodiff/network-checks.ts';
import { logits } from '../../autodiff/per-example.ts';
import { Trainer } from '../../autodiff/train.ts';
import { type Check, checkFields, checkPath, checkSeed } from '../../linalg/border/fields.ts';
import { checkInstance } from '../../linalg/border/instances.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import { transpose } from '../../linalg/products.ts';
import type { FoldJob } from './folds.ts';

export interface NetworkPredictorOptions {
  /** With `path`, and the job's repeat and fold, names the random streams of a training. Default 0. */
  readonly seed?: number;
  readonly path?: readonly (string | number)[];
}

const OPTIONS: Record<keyof NetworkPredictorOptions, Check> = { seed: checkSeed, path: checkPath };

/**
 * The `predict` of {@link outOfFold} by networks: trains one on the examples that a job keeps, from the start rng(seed, ...path, repeat, fold, 'init'),
 * and predicts those that it holds out. With a loss of class labels these are probabilities, softmax(u); with any other the outputs u themselves.
 *
 * @param trainer - Has the network, the loss, the settings, and the data with all examples.
 * @returns job ↦ [held-out examples, outputs]. It throws what `Trainer.train` does.
 * @throws {DomainError} not a trainer, or bad options. @throws {UnsupportedError} a network with several output positions.
 * Cost: one training per job.
 * @example networkPredictor(trainer, { seed: 1 })(foldJobs(n)[0]).rows; // as many as examples are held out
 */
export function networkPredictor(
  trainer: Trainer,
  options: NetworkPredictorOptions = {},
): (job: FoldJob) => Matrix {
  const where = 'networkPredictor';
  checkInstance(where, 'trainer', trainer, Trainer, 'a Trainer');
  checkFields(where, options, OPTIONS);
  const { seed = 0, path = [] } = options;
  const { model, loss, data } = trainer;
  checkOneOutput(where, model);
  return ({ repeat, fold, kept, heldOut }) => {
    const theta = trainer.train({ seed, path: [...path, repeat, fold], subset: kept });
    const outputs = logits(model, theta, selectExamples(data, heldOut).inputs);
    return usesLabels(loss) ? transpose(softmaxColumns(transpose(outputs))) : outputs;
  };
}
