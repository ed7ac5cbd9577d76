/** @file How a network that somebody else trained is trained again here: as is said, or, where nothing is, by the usual training that ends nearest to it. */
import {
  type AnyTrainingConfig,
  adamW,
  exampleValues,
  Trainer,
  type TrainingOptions,
} from '../../../autodiff/index.ts';
import { completeConfig } from '../../../autodiff/training-config.ts';
import { mean, NumericalError } from '../../../linalg/index.ts';
import { CommandError } from '../../files/command-error.ts';
import { examplesOf, type GivenNetwork } from './given-network.ts';

/** A training of so many examples, and what a reader should know of it. */
export interface OwnTraining {
  readonly config: (examples: number) => AnyTrainingConfig;
  /** In words, as part of a sentence: "AdamW with …". */
  readonly text: string;
  /** Why this one. */
  readonly why: string;
  readonly warnings: readonly string[];
}

/** Trainings that are tried where nobody says how the network was trained. No weight decay: none is known. */
const USUAL: readonly TrainingOptions[] = [
  { optimiser: adamW({ weightDecay: 0 }), learningRate: 0.001 },
  { optimiser: adamW({ weightDecay: 0 }), learningRate: 0.01 },
  { learningRate: 0.003 },
  { learningRate: 0.03 },
];

/** How many are tried. */
export const USUAL_TRAININGS = USUAL.length;

/** A mean loss that is further off than this factor is another network's. */
const ALIKE = 2;
/** Of the mean loss: below, two networks fit their rows as well as can be told. */
const LEAST = 1e-3;

/** Passes over so many rows: as long as the longest training of an audit's own networks. */
function passes(examples: number): number {
  return Math.round(Math.min(100, Math.max(16, 100_000 / examples)));
}

/** The mean loss of its rows, of the given network or of one trained here. */
function meanLoss({ fitted: { model, loss, theta }, data }: GivenNetwork, of = theta): number {
  return mean(exampleValues(model, loss, of, examplesOf(data)));
}

/** Trained again as somebody says. @param config - Of so many examples. */
export function trainingAsSaid(
  config: (examples: number) => AnyTrainingConfig,
  examples: number,
): OwnTraining {
  return { config, text: trainingText(config(examples)), why: 'as you say', warnings: [] };
}

/**
 * The usual training that, from a fresh initialisation, ends with the mean loss on all rows that is nearest to that of the network, by ratio.
 *
 * @param tried - Told of each training. @throws {CommandError} all of them diverge.
 */
export function trainingLike(given: GivenNetwork, seed: number, tried: () => void = () => {}): OwnTraining {
  const { fitted, data } = given;
  const n = data.answers.length;
  const own = meanLoss(given);
  const off = (loss: number): number =>
    Math.abs(Math.log(Math.max(loss, LEAST * own, Number.MIN_VALUE) / Math.max(own, Number.MIN_VALUE)));
  let best: { readonly options: TrainingOptions; readonly loss: number } | undefined;
  for (const options of USUAL) {
    const loss = lossAfter({ ...options, epochs: passes(n) });
    if (loss !== undefined && (best === undefined || off(loss) < off(best.loss))) best = { options, loss };
    tried();
  }
  if (best === undefined)
    throw new CommandError(
      'the network could not be trained again: every usual training diverged. Say how it was trained (--lr, --epochs, …), or --halves 0.',
    );
  const { options, loss } = best;
  const config = (examples: number): AnyTrainingConfig =>
    completeConfig('audit', { ...options, epochs: passes(n) }, examples);
  return {
    config,
    text: trainingText(config(n)),
    why: `how it was trained is not known; of ${USUAL.length} usual trainings this one ends nearest to it: mean loss ${loss.toPrecision(3)} on all rows, its own ${own.toPrecision(3)}`,
    warnings:
      off(loss) > Math.log(ALIKE) && Math.max(loss, own) > LEAST
        ? [
            `No usual training ends near this network (mean loss ${loss.toPrecision(3)} where its own is ${own.toPrecision(3)}): trust is that of networks of its shape rather than of it. Say how it was trained: --optimiser, --lr, --epochs, --weight-decay, --batch.`,
          ]
        : [],
  };

  function lossAfter(options: TrainingOptions): number | undefined {
    try {
      const trainer = new Trainer(
        fitted.model,
        fitted.loss,
        examplesOf(data),
        completeConfig('audit', options, n),
      );
      const loss = meanLoss(given, trainer.train({ seed, path: ['audit', 'usual'] }));
      return Number.isFinite(loss) ? loss : undefined;
    } catch (error) {
      if (error instanceof NumericalError) return undefined;
      throw error;
    }
  }
}

function trainingText({
  epochs,
  batch,
  learningRate,
  schedule,
  momentum,
  weightDecay,
  optimiser,
}: AnyTrainingConfig): string {
  const by =
    optimiser === undefined
      ? `SGD with momentum ${momentum}${weightDecay > 0 ? `, weight decay ${weightDecay}` : ''}`
      : `AdamW${'weightDecay' in optimiser && Number(optimiser.weightDecay) > 0 ? ` with weight decay ${optimiser.weightDecay}` : ''}`;
  return `${by}, ${epochs} passes in batches of ${batch} (all rows where there are fewer), learning rate ${learningRate}${schedule === 'cosine' ? ' falling along a cosine' : ''}`;
}
