/** @file The runs that `influence --method trajectory` makes by itself: examples, network, training. */
import { availableParallelism } from 'node:os';
import {
  type Activation,
  type Dataset,
  datasetSize,
  type Loss,
  Mlp,
  type Network,
  Trainer,
} from '../../autodiff/index.ts';
import type { RunName } from '../../autodiff/training-replay.ts';
import {
  type MethodOptions,
  RUN_COUNT,
  type RunProbe,
  type TrainingDerivative,
  trajectoryRun,
} from '../../influence/index.ts';
import type { Measurement } from '../../influence/measurement.ts';
import { ownRuns } from '../../influence/methods/trained-job.ts';
import { checkMemory, checkTime, leastTrainingSeconds } from '../engine/bounds.ts';
import { createProgress } from '../engine/progress.ts';
import { CommandError } from '../files/command-error.ts';
import type { Json } from '../files/digest.ts';
import { jsonNumbers } from '../files/json-number.ts';
import { counted } from '../judging/table.ts';
import { layerSizes } from '../protocol/setting.ts';
import { whole } from '../terminal/options.ts';
import type { NetworkOptions, Told } from '../user-files/any-network.ts';
import { readExamples, readRegression } from '../user-files/arrays.ts';
import { withWeights } from '../user-files/examples.ts';
import { chosenLoss } from '../user-files/loss-option.ts';
import { checkExamples } from '../user-files/network.ts';
import { plainOptimiser } from '../user-files/plain-optimiser.ts';
import { type DataPaths, INFLUENCE_ANSWERS, readExplained } from './attribution-files.ts';
import { runDerivatives } from './run-derivatives.ts';

/** Which network, and how many of it. */
export const OWN_NETWORK = {
  depth: whole('<n>', 'hidden layers of the networks that trajectory trains (default: 1)', 0, 1000),
  width: whole('<n>', 'units in each of them (default: 16)', 1, 100_000),
  models: whole('<n>', `networks that trajectory trains and averages (default: ${RUN_COUNT})`, 1, 10_000),
};

/** What says which network is trained on what. */
export interface OwnRunsInput extends DataPaths {
  readonly depth?: number | undefined;
  readonly width?: number | undefined;
  readonly activation?: Activation | undefined;
  readonly models?: number | undefined;
  /** In place of depth and width: a network whose shape is trained anew. */
  readonly network?: NetworkOptions | undefined;
}

/** What is to be differentiated. */
export interface OwnRuns {
  readonly trainer: Trainer;
  readonly runs: readonly RunName[];
  readonly queries: Dataset;
  /** What the rule tried; none where length and rate were given. */
  readonly probes: readonly RunProbe[];
  /** What the file of the network's shape says, if there is one. */
  readonly told: readonly Told[];
}

/** More outputs than this are a mistaken label file. */
const MOST_CLASSES = 10_000;

const DOUBLE = 8;

/**
 * Reads the examples and makes the trainer.
 *
 * @throws {CommandError} files that are not what they should be, or do not fit; more than the machine holds or gets to the end of.
 */
export function readOwnRuns(input: OwnRunsInput, options: MethodOptions): OwnRuns {
  const { models = RUN_COUNT } = input;
  const { model, loss, train, queries, told } =
    input.network === undefined ? ofSizes(input) : ofShape(input.network, input);
  const { batch } = options;
  if (typeof batch === 'number' && batch > datasetSize(train))
    throw new CommandError(`--batch ${batch} is larger than the ${datasetSize(train)} training examples.`);
  const { config, probes } = trajectoryRun(model, loss, train, options);
  const trainer = new Trainer(model, loss, train, config);
  checkExtent(trainer, datasetSize(queries), models);
  return { trainer, runs: ownRuns(options.seed, models), queries, probes, told };
}

/** What is trained on what. */
interface OwnProblem extends Pick<OwnRuns, 'told'> {
  readonly model: Network;
  readonly loss: Loss;
  readonly train: Dataset;
  readonly queries: Dataset;
}

/** Linear layers with as many outputs as the answers need. */
function ofSizes(input: OwnRunsInput): OwnProblem {
  const { depth = 1, width = 16, activation = 'tanh' } = input;
  const { trainInputs, trainLabels, trainTargets, queryInputs, queryLabels, queryTargets } = input;
  const train = withWeights(examples(trainInputs, trainLabels, trainTargets), input);
  const queries = withWeights(examples(queryInputs, queryLabels, queryTargets), {
    exampleWeights: input.queryExampleWeights,
  });
  const outputs = 'targets' in train ? train.targets.cols : classesOf(train.labels, trainLabels ?? '');
  const model = new Mlp(layerSizes({ depth, width, activation }, train.inputs.cols, outputs), activation);
  const theta = new Float64Array(0);
  checkExamples({ model, theta }, train, trainInputs, trainLabels ?? trainTargets ?? '');
  checkExamples({ model, theta }, queries, queryInputs, queryLabels ?? queryTargets ?? '');
  const loss = chosenLoss(input.loss, 'targets' in train, INFLUENCE_ANSWERS);
  return { model, loss, train, queries, told: [] };
}

/** A network of the shape that a file says; its parameters are not looked at. */
function ofShape(options: NetworkOptions, input: OwnRunsInput): OwnProblem {
  const { stored, loss, train, queries } = readExplained({ ...input, ...options });
  const [{ network, told }] = stored;
  return { model: network.model, loss, train, queries, told: [told] };
}

/** Below so many multiplications the runs are done before a thread has started. */
const WORTH_THREADS = 1e10;

/** The threads that are worth starting: the cores, or one for a small task. */
function threadsFor({ trainer, runs, queries }: OwnRuns): number {
  const { model, data, config } = trainer;
  const passes = config.epochs * datasetSize(data) * datasetSize(queries) * runs.length;
  return 4 * passes * model.parameterCount < WORTH_THREADS ? 1 : availableParallelism();
}

/** The derivatives of all runs by threads, with a bar. @throws {CommandError} as {@link runDerivatives}. */
export async function differentiate(
  own: OwnRuns,
  { adjoint = 'mean', measurement }: MethodOptions & { readonly measurement: Measurement },
  workers: number = threadsFor(own),
  json: boolean = false,
): Promise<TrainingDerivative[]> {
  const { trainer, runs, queries } = own;
  const progress = createProgress(json);
  const track = progress.track('runs', runs.length, 0);
  try {
    return await runDerivatives(trainer, queries, { measurement, adjoint }, runs, workers, track);
  } finally {
    progress.stop();
  }
}

/** The run, and how it amplifies: the largest and the median over the queries, the largest of the networks. */
export function ownFigures(
  { trainer, runs, probes }: OwnRuns,
  derivatives: readonly TrainingDerivative[],
): { readonly [name: string]: Json } {
  const { epochs, learningRate, momentum, batch, schedule, initialisation, optimiser } = trainer.config;
  const steps = derivatives[0].growth.cols - 1;
  const largest = Math.max(...derivatives.map(({ amplification }) => amplification));
  return {
    run: {
      networks: runs.length,
      epochs,
      lr: learningRate,
      ...(optimiser === undefined ? { momentum } : { optimiser: { ...plainOptimiser(optimiser) } }),
      batch,
      schedule,
      init: initialisation,
      steps,
      probes: probes.map(({ epochs, lr, start, heldOut, growth }) => ({
        start,
        ...jsonNumbers({ epochs, lr, heldOut, growth }),
      })),
    },
    amplification: largest,
  };
}

export function ownLines(own: OwnRuns, derivatives: readonly TrainingDerivative[]): string[] {
  const { epochs, learningRate } = own.trainer.config;
  const { amplification } = ownFigures(own, derivatives);
  return [
    `${counted(own.runs.length, 'run')} of ${counted(epochs, 'epoch')} at rate ${learningRate}; the adjoint grows ${Number(amplification).toPrecision(3)}-fold at most`,
  ];
}

function examples(
  inputsFile: string,
  labelsFile: string | undefined,
  targetsFile: string | undefined,
): Dataset {
  if (targetsFile !== undefined) return readRegression(inputsFile, targetsFile);
  if (labelsFile === undefined) throw new CommandError('neither labels nor targets.');
  return readExamples(inputsFile, labelsFile);
}

/** As many classes as the labels name. */
function classesOf(labels: Int32Array, file: string): number {
  const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  if (classes < 2)
    throw new CommandError(`${file}: only class 0 occurs; training needs at least two classes.`);
  if (classes > MOST_CLASSES)
    throw new CommandError(`${file}: label ${classes - 1} would need ${classes} outputs.`);
  return classes;
}

/** @throws {CommandError} runs that no machine gets to the end of, or that this one does not hold. */
function checkExtent({ model, data, config }: Trainer, queries: number, runs: number): void {
  const { parameterCount } = model;
  const steps = config.epochs * Math.max(1, Math.floor(datasetSize(data) / config.batch));
  const training = leastTrainingSeconds(steps, config.batch, parameterCount);
  checkTime(
    runs * training * (1 + queries),
    `${runs} runs of ${steps} steps`,
    'give fewer --epochs or --models',
  );
  checkMemory(
    DOUBLE * (runs * queries * (datasetSize(data) + steps) + 4 * parameterCount * Math.sqrt(steps)),
    `the scores of ${runs} runs of ${steps} steps`,
    'give fewer --models or --epochs',
  );
}
