/** @file `train` with --model or --architecture: a network of that shape from new random starts, on arrays. */
import {
  exampleValues,
  GraphNetwork,
  type Loss,
  Trainer,
  type TrainingConfig,
} from '../../autodiff/index.ts';
import { sum } from '../../linalg/index.ts';
import { CommandError } from '../files/command-error.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { type NetworkOptions, readNetworks, toldLines } from '../user-files/any-network.ts';
import { type ExampleFiles, readAnyExamples } from '../user-files/examples.ts';
import { NO_PREPROCESSING } from '../user-files/network.ts';
import { checkDestinations, type Destinations, trainModels, writtenTo } from './trained-models.ts';

/** What is to be trained, and where to. */
export interface NetworkTraining extends Destinations {
  readonly network: NetworkOptions;
  readonly examples: ExampleFiles;
  /** @param examples - How many there are. */
  readonly config: (examples: number) => TrainingConfig;
  readonly seeds: readonly number[];
  readonly json: boolean;
}

/** Trains a network for each seed; its files say architecture and loss. @throws {CommandError} what does not fit, or diverges. */
export function trainNetwork(training: NetworkTraining): Output {
  const { network, examples, config, ...rest } = training;
  checkDestinations(training);
  const watch = new Stopwatch();
  const loss: Loss = examples.targets === undefined ? 'cross-entropy' : 'squared-error';
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
      loss,
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
