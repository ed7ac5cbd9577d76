/** @file `train` with --model or --architecture: a network of that shape from new random starts, on arrays. */
import {
  type Dataset,
  exampleValues,
  GraphNetwork,
  type Loss,
  Trainer,
  type TrainingConfig,
  writeGraphNetwork,
} from '../../autodiff/index.ts';
import { sum } from '../../linalg/index.ts';
import { writeSafetensors } from '../../linalg/io/index.ts';
import { createProgress, whileShown } from '../engine/progress.ts';
import { CommandError } from '../files/command-error.ts';
import { Publication } from '../files/publication.ts';
import { packageVersion } from '../judging/versions.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { type NetworkOptions, readNetworks, toldLines } from '../user-files/any-network.ts';
import { type ExampleFiles, readAnyExamples } from '../user-files/examples.ts';
import { NO_PREPROCESSING } from '../user-files/network.ts';

/** What is to be trained, and where to. */
export interface NetworkTraining {
  readonly network: NetworkOptions;
  readonly examples: ExampleFiles;
  /** @param examples - How many there are. */
  readonly config: (examples: number) => TrainingConfig;
  readonly seeds: readonly number[];
  /** A file for each seed, or none. */
  readonly targets: readonly string[];
  readonly json: boolean;
}

/** Trains a network for each seed; its files say architecture and loss. @throws {CommandError} what does not fit, or diverges. */
export function trainNetwork({ network, examples, config, seeds, targets, json }: NetworkTraining): Output {
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
  const progress = createProgress(json);
  const publication = new Publication();
  const trainOne = (seed: number, i: number) => {
    const track = progress.track(seeds.length === 1 ? 'epochs' : `model ${i}, epochs`, settings.epochs, 0);
    const theta = watch.time('train', () =>
      trainer.train({ seed, path: ['base', 0], onEpoch: () => track.advance() }),
    );
    if (targets.length > 0) {
      const facts = { loss, preprocessing: NO_PREPROCESSING, version: packageVersion() };
      const { tensors, metadata } = writeGraphNetwork(model, theta, facts);
      publication.replace(targets[i], writeSafetensors(tensors, metadata));
    }
    return watch.time('evaluate', () => ({
      seed,
      meanLoss: meanLoss(model, theta, loss, data),
      ...(targets.length > 0 ? { out: targets[i] } : {}),
    }));
  };
  try {
    const trained = whileShown(progress, () => seeds.map(trainOne));
    watch.time('write', () => publication.commit());
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
        ...trained.map(
          ({ seed, meanLoss, out }) =>
            `seed ${seed}: mean loss ${meanLoss.toPrecision(4)}${out === undefined ? '' : `, written to ${out}`}`,
        ),
      ],
    };
  } catch (error) {
    publication.discard();
    throw error;
  }
}

function meanLoss(model: GraphNetwork, theta: Float64Array, loss: Loss, data: Dataset): number {
  return sum(exampleValues(model, loss, theta, data)) / data.inputs.rows;
}
