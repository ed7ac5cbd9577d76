/** @file `train` with --model or --architecture: a network of that shape from new random starts, on arrays. */
import { functionName } from '../../autodiff/functions.ts';
import {
  type AnyTrainingConfig,
  exampleValues,
  GraphNetwork,
  type Loss,
  Trainer,
} from '../../autodiff/index.ts';
import { sum } from '../../linalg/index.ts';
import { CommandError } from '../files/command-error.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { type NetworkOptions, readNetworks, toldLines } from '../user-files/any-network.ts';
import { type ExampleFiles, readAnyExamples } from '../user-files/examples.ts';
import { chosenLoss, TRAIN_ANSWERS } from '../user-files/loss-option.ts';
import { NO_PREPROCESSING } from '../user-files/network.ts';
import { checkDestinations, type Destinations, trainModels, writtenTo } from './trained-models.ts';

/** What is to be trained, and where to. */
export interface NetworkTraining extends Destinations {
  readonly network: NetworkOptions;
  readonly examples: ExampleFiles;
  /** Default: that of the answers. */
  readonly loss: Loss | undefined;
  /** @param examples - How many there are. */
  readonly config: (examples: number) => AnyTrainingConfig;
  readonly seeds: readonly number[];
  readonly json: boolean;
}

/** Trains a network for each seed; its files say architecture and loss. @throws {CommandError} what does not fit, or diverges. */
export function trainNetwork(training: NetworkTraining): Output {
  const { network, examples, config, loss: _asked, ...rest } = training;
  checkDestinations(training);
  const watch = new Stopwatch();
  const loss = chosenLoss(training.loss, examples.targets !== undefined, TRAIN_ANSWERS);
  const { model, told, data } = watch.time('read', () => {
    const [read] = readNetworks(network, loss);
    if (!(read.network.model instanceof GraphNetwork))
      throw new CommandError('linear layers are trained by --depth and --width.');
    return { model: read.network.model, told: read.told, data: readAnyExamples(read, examples) };
  });
  const n = data.inputs.rows;
  const settings = config(n);
  const trainer = watch.time('record', () => new Trainer(model, loss, data, settings));
  const trained = trainModels({
    ...rest,
    trainer,
    model,
    preprocessing: NO_PREPROCESSING,
    watch,
    measure: (theta) => ({ meanLoss: sum(exampleValues(model, loss, theta, data)) / n }),
  });
  const seconds = watch.seconds();
  return {
    figures: {
      parameters: model.parameterCount,
      loss: functionName(loss),
      train: n,
      network: { ...told },
      models: trained,
      seconds,
    },
    lines: [
      ...toldLines(told).slice(0, 1),
      `${n} training examples, new random starts, ${seconds['train']} s`,
      ...trained.map((one) => `seed ${one.seed}: mean loss ${one.meanLoss.toPrecision(4)}${writtenTo(one)}`),
    ],
  };
}
