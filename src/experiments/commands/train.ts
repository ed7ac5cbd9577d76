/** @file `train`: multilayer perceptrons on Digits or on arrays, as safetensors. */
import path from 'node:path';
import {
  ACTIVATIONS,
  type AnyTrainingConfig,
  adamW,
  type ClassificationData,
  type Dataset,
  Mlp,
  Trainer,
} from '../../autodiff/index.ts';
import { checkMemory, checkTime, leastTrainingSeconds, MOST_EPOCHS } from '../engine/bounds.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { checkOutputs, namedPaths } from '../files/targets.ts';
import { accuracy } from '../protocol/base-network.ts';
import { CLASSES } from '../protocol/data/digits.ts';
import { digitsPreprocessing, prepareDigits } from '../protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../protocol/profile.ts';
import { layerSizes } from '../protocol/setting.ts';
import { type Asked, command, type FlagsOf, HEADINGS, under } from '../terminal/command.ts';
import { nonNegative, numberWhere, oneOf, parsed, positive, text, whole } from '../terminal/options.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { type Given, refuseGiven } from '../terminal/strict-options.ts';
import { ARCHITECTURE_FILE, checkNetworkOptions, PADDING_TOKEN } from '../user-files/any-network.ts';
import { readExamples, readRegression } from '../user-files/arrays.ts';
import { withWeights } from '../user-files/examples.ts';
import { chosenLoss, LOSS_OPTIONS, TRAIN_ANSWERS } from '../user-files/loss-option.ts';
import { NO_PREPROCESSING } from '../user-files/network.ts';
import { STREAM_SEED } from './shared-options.ts';
import { trainNetwork } from './train-network.ts';
import {
  CHECKPOINTS,
  checkDestinations,
  type Destinations,
  trainModels,
  writtenTo,
} from './trained-models.ts';

const FRACTION = numberWhere((x) => x >= 0 && x < 1, 'a number ≥ 0 and < 1');

/** How a network is trained. */
export const TRAINING = {
  epochs: whole('<n>', 'passes over the training set', 1, MOST_EPOCHS).or(100),
  optimiser: oneOf('<name>', 'sgd with momentum, or adamw', ['sgd', 'adamw']).or('sgd'),
  lr: parsed('<number>', 'learning rate (default: 0.03; of adamw 0.001)', positive),
  momentum: parsed('<number>', 'of SGD', FRACTION).or(0.9),
  weightDecay: parsed(
    '<number>',
    'on every parameter: of SGD added to the gradient, of adamw decoupled (default: 0; of adamw 0.01)',
    nonNegative,
  ),
  beta1: parsed('<number>', 'of adamw: of the mean of gradients', FRACTION).or(0.9),
  beta2: parsed('<number>', 'of adamw: of the mean of their squares', FRACTION).or(0.999),
  epsilon: parsed('<number>', 'of adamw: added to the root', positive).or(1e-8),
  batch: whole(
    '<n>',
    'examples per step; an incomplete last batch is dropped (default: 32, or all when fewer)',
    1,
  ),
  schedule: oneOf('<name>', 'of the learning rate, by epoch', ['constant', 'cosine']).or('cosine'),
  init: oneOf('<name>', 'initialisation', ['torch', 'xavier']).or('torch'),
};

/** Their names. */
export const TRAINING_FLAGS = Object.keys(TRAINING) as readonly (keyof typeof TRAINING)[];

const OPTIONS = {
  depth: whole('<n>', 'hidden layers', 0, 1000).or(1),
  width: whole('<n>', 'units in each hidden layer', 1, 100_000).or(16),
  activation: oneOf('<name>', 'between the layers', ACTIVATIONS).or('tanh'),
  seed: STREAM_SEED,
  models: whole(
    '<n>',
    'train with seeds seed, seed + 1, …: F-0.safetensors, F-1.safetensors, …, DIR-0, DIR-1, …',
    1,
    10_000,
  ).or(1),
  out: text(
    '<F.safetensors>',
    'written: parameters of a PyTorch nn.Sequential, with architecture, loss and preprocessing in the metadata',
  ),
  checkpoints: text(
    '<DIR>',
    'written: parameters from along the way, and of adamw its states, for influence by source, astra-source and tracin',
  ),
  checkpointCount: whole(
    '<n>',
    `how many, at equal distances, the end of training among them (default: ${CHECKPOINTS})`,
    1,
    100_000,
  ),
  ...under(HEADINGS.training, TRAINING),
  ...under('A network of another shape', {
    architecture: ARCHITECTURE_FILE,
    params: text(
      '<P.safetensors>',
      'with --architecture: shapes of the parameters, and statistics of frozen norms; training starts anew',
    ),
    model: text('<M.pt2>', 'a network of this shape, exported by PyTorch; training starts anew'),
    paddingToken: PADDING_TOKEN,
  }),
  ...under('Examples in place of Digits', {
    inputs: text('<X.npy>', '[n, features]; not scaled. Images and tokens as the network reads them'),
    labels: text('<y.npy>', '[n], integers; [n, T] where each token has an output'),
    targets: text('<T.npy>', 'in place of labels, [n, outputs], or [n]: of regression, or as --loss says'),
    ...LOSS_OPTIONS,
    tokenWeights: text('<w.npy>', '[n, T] of 0 and 1: the tokens that count (default: all)'),
  }),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const addTrain = command({
  name: 'train',
  description:
    'train networks on the training part of Digits, or on --inputs with --labels or --targets as they are',
  options: OPTIONS,
  run(flags, given) {
    refuseOtherOptimiser(flags, given);
    if (isDescribed(flags)) return described(flags, given);
    for (const [option, value] of Object.entries({
      '--params': flags.params,
      '--token-weights': flags.tokenWeights,
      '--padding-token': flags.paddingToken,
    }))
      if (value !== undefined)
        throw new CommandError(`${option} goes with --architecture or --model.`, USAGE);
    if (flags.depth === 0)
      refuseGiven(given, ['width'], 'has no effect with --depth 0, which has no hidden layers');
    return train(flags);
  },
});

/** Refuses what another optimiser reads. */
export function refuseOtherOptimiser<F extends FlagsOf<typeof TRAINING>>(flags: F, given: Given<F>): void {
  refuseGiven<FlagsOf<typeof TRAINING>>(
    given as Given<FlagsOf<typeof TRAINING>>,
    flags.optimiser === 'adamw' ? ['momentum'] : ['beta1', 'beta2', 'epsilon'],
    `does not apply to --optimiser ${flags.optimiser}`,
  );
}

/** Whether the network is another than linear layers. */
function isDescribed({ architecture, model }: Flags): boolean {
  return architecture !== undefined || model !== undefined;
}

/** Trains a network that a file describes, on arrays. */
function described(flags: Flags & Asked, given: Given<Flags>): Output {
  refuseGiven(
    given,
    ['depth', 'width', 'activation'],
    'does not go with --architecture or --model, which say the network',
  );
  const { params, architecture, model, inputs, labels, targets, tokenWeights: weights } = flags;
  const { exampleWeights, classWeights, seed, models, paddingToken } = flags;
  const list = (file: string | undefined): string[] | undefined => (file === undefined ? undefined : [file]);
  const network = { params: list(params), architecture, model: list(model), paddingToken };
  checkNetworkOptions(network, OPTIONS.params.named('params').flags);
  if (inputs === undefined || (labels === undefined) === (targets === undefined))
    throw new CommandError('--architecture and --model need --inputs, and --labels or --targets.', USAGE);
  checkOutputs(
    namedPaths({ out: outputNames(flags) }),
    namedPaths({
      params,
      architecture,
      model,
      inputs,
      labels,
      targets,
      tokenWeights: weights,
      exampleWeights,
    }),
  );
  return trainNetwork({
    network,
    examples: { inputs, labels, targets, weights, exampleWeights, classWeights },
    loss: flags.loss,
    config(examples) {
      if (flags.batch !== undefined && flags.batch > examples)
        throw new CommandError(`--batch ${flags.batch} is larger than the ${examples} training examples.`);
      return trainingConfig(flags, examples);
    },
    seeds: Array.from({ length: models }, (_, i) => seed + i),
    ...destinations(flags),
    json: flags.json === true,
  });
}

/** What to train on; Digits also has queries to test on. */
interface Source {
  readonly train: Dataset;
  readonly query?: ClassificationData;
  readonly outputs: number;
  /** What was done to the inputs. */
  readonly preprocessing: string;
}

function train(flags: Flags & Asked): Output {
  const { seed, models, activation, depth, width } = flags;
  const into = destinations(flags);
  const { inputs, labels, targets, exampleWeights } = flags;
  checkOutputs(namedPaths({ out: into.targets }), namedPaths({ inputs, labels, targets, exampleWeights }));
  const loss = chosenLoss(flags.loss, targets !== undefined, TRAIN_ANSWERS);
  checkDestinations(into);
  const watch = new Stopwatch();
  const { train: examples, query, outputs, preprocessing } = watch.time('read', () => source(flags));
  const n = examples.inputs.rows;
  if (flags.batch !== undefined && flags.batch > n)
    throw new CommandError(`--batch ${flags.batch} is larger than the ${n} training examples.`);
  const sizes = layerSizes({ depth, width, activation }, examples.inputs.cols, outputs);
  const config = trainingConfig(flags, n);
  checkExtent(sizes, config, n, models);
  const model = new Mlp(sizes, activation);
  const trainer = watch.time('record', () => new Trainer(model, loss, examples, config));
  const trained = trainModels({
    ...into,
    trainer,
    model,
    seeds: Array.from({ length: models }, (_, i) => seed + i),
    preprocessing,
    json: flags.json === true,
    watch,
    measure: (theta, lastEpochLoss) => ({
      lastEpochLoss,
      ...('labels' in examples ? { trainAccuracy: accuracy(model, theta, examples) } : {}),
      ...(query === undefined ? {} : { queryAccuracy: accuracy(model, theta, query) }),
    }),
  });
  const seconds = watch.seconds();
  return {
    figures: { parameters: model.parameterCount, sizes: model.sizes, train: n, models: trained, seconds },
    lines: [
      `${model.sizes.join('-')} ${activation}, ${model.parameterCount} parameters, ${n} training examples, ${seconds['train']} s`,
      ...trained.map(
        (t) =>
          `seed ${t.seed}: last epoch's mean loss ${t.lastEpochLoss.toPrecision(4)}` +
          (t.trainAccuracy === undefined ? '' : `, training accuracy ${t.trainAccuracy.toFixed(4)}`) +
          (t.queryAccuracy === undefined ? '' : `, query accuracy ${t.queryAccuracy.toFixed(4)}`) +
          writtenTo(t),
      ),
    ],
  };
}

/** Digits, split and scaled as `reproduce` does it, or the given arrays with as many classes as the labels name. */
function source({ inputs, labels, targets, exampleWeights, classWeights }: Flags): Source {
  const counting = { exampleWeights, classWeights };
  if (targets !== undefined) {
    if (inputs === undefined || labels !== undefined)
      throw new CommandError('--targets go with --inputs, in place of --labels.');
    const train = withWeights(readRegression(inputs, targets), counting);
    return { train, outputs: train.targets.cols, preprocessing: NO_PREPROCESSING };
  }
  if ((inputs === undefined) !== (labels === undefined))
    throw new CommandError('--inputs and --labels go together: give both, or neither for Digits.');
  if (inputs === undefined || labels === undefined) {
    for (const [option, value] of Object.entries({
      '--example-weights': exampleWeights,
      '--class-weights': classWeights,
    }))
      if (value !== undefined) throw new CommandError(`${option} go with --inputs, not with Digits.`);
    const { data } = settingConfig(PROFILES.quick, 'd1-w16-e100', 0);
    const { train, query } = prepareDigits(data);
    return { train, query, outputs: CLASSES, preprocessing: digitsPreprocessing(data) };
  }
  const train = withWeights(readExamples(inputs, labels), counting);
  const classes = train.labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  if (classes < 2)
    throw new CommandError(`${labels}: only class 0 occurs; training needs at least two classes.`);
  if (classes > MOST_CLASSES)
    throw new CommandError(`${labels}: label ${classes - 1} would need ${classes} outputs.`);
  return { train, outputs: classes, preprocessing: NO_PREPROCESSING };
}

/** More outputs than this are a mistaken label file. */
const MOST_CLASSES = 10_000;

const BATCH = 32;

/** The configuration that the options mean. */
export function trainingConfig(flags: FlagsOf<typeof TRAINING>, examples: number): AnyTrainingConfig {
  const { epochs, batch = Math.min(BATCH, examples), momentum, schedule, init, optimiser } = flags;
  const common = { epochs, batch, schedule, initialisation: init, dropLast: true };
  if (optimiser === 'sgd') {
    const { lr = 0.03, weightDecay = 0 } = flags;
    return { ...common, learningRate: lr, momentum, weightDecay };
  }
  const { beta1, beta2, epsilon, lr = 0.001, weightDecay = 0.01 } = flags;
  return { ...common, learningRate: lr, optimiser: adamW({ beta1, beta2, epsilon, weightDecay }) };
}

/** Doubles for each parameter: itself, gradient, velocity, and one to write; the tape's own copies. */
const COPIES = 6;

/** @throws {CommandError} a network that the memory does not hold, a training of more than a week. */
function checkExtent(
  sizes: readonly number[],
  config: AnyTrainingConfig,
  examples: number,
  models: number,
): void {
  let parameters = 0;
  let units = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    parameters += (sizes[layer - 1] + 1) * sizes[layer];
    units += sizes[layer];
  }
  const { batch, epochs } = config;
  const bytes = 8 * (COPIES * parameters + 2 * batch * units);
  checkMemory(bytes, `a network of ${parameters} parameters`, 'choose a smaller --width or --depth');
  const steps = epochs * Math.floor(examples / batch) * models;
  checkTime(
    leastTrainingSeconds(steps, batch, parameters),
    `${steps} steps`,
    'choose fewer --epochs or --models, or a smaller network',
  );
}

/** Where networks go, and their checkpoints. */
function destinations(flags: Flags): Destinations {
  const { checkpointCount } = flags;
  return { targets: outputNames(flags), folders: checkpointFolders(flags), checkpointCount };
}

/** F.safetensors, or F-0.safetensors, F-1.safetensors, …; none without --out. */
function outputNames({ out, models }: Flags): string[] {
  if (out === undefined) return [];
  if (models === 1) return [out];
  const { dir, name, ext } = path.parse(out);
  const stem = ext === '.safetensors' ? path.join(dir, name) : out;
  const ending = ext === '.safetensors' ? ext : '';
  return Array.from({ length: models }, (_, i) => `${stem}-${i}${ending}`);
}

/** DIR, or DIR-0, DIR-1, …; none without --checkpoints. */
function checkpointFolders({ checkpoints: folder, checkpointCount, models }: Flags): string[] {
  if (folder === undefined && checkpointCount !== undefined)
    throw new CommandError('--checkpoint-count goes with --checkpoints.');
  if (folder === undefined) return [];
  if (folder === '') throw new CommandError('--checkpoints names no folder.');
  const name = folder.length > 1 ? folder.replace(/[/\\]+$/, '') : folder;
  return models === 1 ? [name] : Array.from({ length: models }, (_, i) => `${name}-${i}`);
}
