/** @file `influence`: scores of training examples for queries, by any method. */
import { availableParallelism } from 'node:os';
import { type Command, CommanderError } from 'commander';
import {
  ACTIVATIONS,
  type Activation,
  type ClassificationData,
  type Trajectory,
} from '../../autodiff/index.ts';
import type { ChainSample } from '../../influence/bayesian/influence-chain.ts';
import {
  type AttributionResult,
  attribute,
  type ClassMeasurement,
  type FittedModel,
  METHOD_NAMES,
  METHODS,
  type MethodName,
  type MethodOptions,
  type SamplingPlan,
  samplingPlan,
} from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { attributionFigures, attributionLines } from '../attribution/attribution-figures.ts';
import { runChains } from '../attribution/chain-pool.ts';
import { type MethodFlags, methodOptions, withMethodOptions } from '../attribution/method-flags.ts';
import { methodFigures, methodListing } from '../attribution/method-listing.ts';
import { CommandError } from '../command-error.ts';
import { readExamples } from '../files/arrays.ts';
import { checkTarget, writeFiles } from '../files/atomic-write.ts';
import { checkExamples, type Network, readNetwork } from '../files/network.ts';
import { readTrajectory } from '../files/trajectory.ts';
import { finiteResult } from './finite-result.ts';
import { choice, integerIn, withJson } from './options.ts';
import { type Output, printOutput, Stopwatch } from './output.ts';

interface Flags extends MethodFlags {
  readonly params: readonly string[];
  readonly activation: Activation;
  readonly trainInputs: string;
  readonly trainLabels: string;
  readonly queryInputs: string;
  readonly queryLabels: string;
  readonly method: MethodName;
  readonly checkpoints?: readonly string[];
  readonly workers?: number;
  readonly measurement: ClassMeasurement;
  readonly out: string;
  readonly bounds?: string;
  readonly errors?: string;
  readonly list?: true;
  readonly json?: true;
}

/** What must be given unless the methods are only listed. */
const REQUIRED = [
  '--params <file>',
  '--activation <name>',
  '--train-inputs <X.npy>',
  '--train-labels <y.npy>',
  '--query-inputs <Xq.npy>',
  '--query-labels <yq.npy>',
  '--method <name>',
  '--out <S.npy>',
];

/** Adds the command to the program. */
export function addInfluence(program: Command): void {
  const command = program
    .command('influence')
    .description(
      'scores [query, train]; positive: leaving the training example out is predicted to raise the measurement',
    )
    .option('--list', 'print what every method approximates, costs and reads, and nothing else')
    .option(
      '--params <file>',
      'safetensors of a PyTorch nn.Sequential: 0.weight, 0.bias, 2.weight, …; several times: the mean of the scores',
      several,
    )
    .addOption(choice('--activation <name>', 'between the linear layers', ACTIVATIONS))
    .option('--train-inputs <X.npy>', '[n, features]')
    .option('--train-labels <y.npy>', '[n], integers')
    .option('--query-inputs <Xq.npy>', '[q, features]')
    .option('--query-labels <yq.npy>', '[q], integers')
    .addOption(choice('--method <name>', 'see --list', METHOD_NAMES))
    .option(
      '--checkpoints <folder>',
      'of train --checkpoints, for source, astra-source and tracin; once per --params',
      several,
    )
    .addOption(choice('--measurement <m>', 'what the scores predict', ['loss', 'margin'], 'loss'));
  withMethodOptions(command)
    .option(
      '--workers <n>',
      'threads for the chains of bif (default: the cores, or one for a small task)',
      integerIn(1, 1000),
    )
    .option('--bounds <B.npy>', 'written: how far each score can be from the exact solve')
    .option('--errors <E.npy>', 'written: Monte-Carlo standard error of each score')
    .option('--out <S.npy>', 'written: [query, train]');
  withJson(command).action(async (flags: Flags) => {
    if (flags.list) {
      printOutput({ figures: { methods: methodFigures() }, lines: methodListing() }, flags.json === true);
      return;
    }
    for (const option of REQUIRED)
      if (command.getOptionValue(camel(option)) === undefined)
        throw new CommanderError(2, 'eigenfluence.missing', `required option '${option}' not specified`);
    const given = (flag: string): boolean => command.getOptionValueSource(flag) === 'cli';
    printOutput(await run(flags, methodOptions(flags.method, flags, given)), flags.json === true);
  });
}

async function run(flags: Flags, options: MethodOptions): Promise<Output> {
  const { method, measurement, out, bounds, errors } = flags;
  const targets = [out, bounds, errors].filter((target) => target !== undefined);
  for (const target of targets) checkTarget(target);
  const watch = new Stopwatch();
  checkCheckpoints(flags);
  const { models, trajectories, train, queries } = watch.time('read', () => readAll(flags));
  const samples = await sampledElsewhere(flags, { ...options, measurement }, models, train, queries, watch);
  const result = finiteResult(
    method,
    () =>
      attribute({
        method,
        options: { ...options, measurement },
        models,
        ...(trajectories === undefined ? {} : { trajectories }),
        train,
        queries,
        ...(samples === undefined ? {} : { samples }),
        now: () => performance.now(),
      }),
    ({ scores }) => scores.data,
  );
  for (const [stage, value] of Object.entries(result.seconds ?? {})) watch.add(stage, value);
  watch.time('write', () => writeFiles(outputs(flags, result)));
  const seconds = watch.seconds();
  const { scores } = result;
  return {
    figures: {
      method,
      measurement,
      rule: ruleFigure(result),
      queries: scores.rows,
      train: scores.cols,
      parameters: models[0].model.parameterCount,
      out,
      ...attributionFigures(result),
      seconds,
    },
    lines: [
      `scores [${scores.rows} queries, ${scores.cols} training examples] by ${method}: fitted in ${seconds['fit']} s, scored in ${seconds['score']} s`,
      ...attributionLines(result),
      `positive: leaving the example out is predicted to raise the query's ${measurement}${result.scaled ? `; Δ = score / ${scores.cols}` : ''}`,
      ...targets.map((target) => `written to ${target}`),
    ],
  };
}

/** Networks, training examples and queries, each held against the networks. */
function readAll(flags: Flags): {
  models: FittedModel[];
  trajectories: Trajectory[] | undefined;
  train: ClassificationData;
  queries: ClassificationData;
} {
  const { params, checkpoints, activation, trainInputs, trainLabels, queryInputs, queryLabels } = flags;
  const networks = params.map((file) => readNetwork(file, activation));
  const train = readExamples(trainInputs, trainLabels);
  const queries = readExamples(queryInputs, queryLabels);
  for (const network of networks) {
    checkExamples(network, train, trainInputs, trainLabels);
    checkExamples(network, queries, queryInputs, queryLabels);
  }
  return {
    models: networks.map((network) => ({ ...network, loss: 'cross-entropy' as const })),
    trajectories: checkpoints?.map((folder, i) => trajectoryIn(folder, networks[i])),
    train,
    queries,
  };
}

/** The run in a folder. @throws {CommandError} it is of another network, or trained another loss. */
function trajectoryIn(folder: string, { model }: Network): Trajectory {
  const { loss, trajectory } = readTrajectory(folder, model);
  if (loss !== 'cross-entropy')
    throw new CommandError(`${folder}: a run that minimised ${loss}; labels need cross-entropy.`);
  return trajectory;
}

/** Refuses checkpoints where no method looks at them, and their absence where one must. */
function checkCheckpoints({ method, checkpoints, params }: Flags): void {
  const { needsTrajectory } = METHODS[method];
  const followers = METHOD_NAMES.filter((name) => METHODS[name].needsTrajectory).join(', ');
  if (!needsTrajectory && checkpoints !== undefined)
    throw new CommandError(`--checkpoints does not apply to ${method}; it belongs to ${followers}.`);
  if (!needsTrajectory) return;
  if (checkpoints === undefined)
    throw new CommandError(
      `${method} follows training: give the folder of 'train --checkpoints' as --checkpoints.`,
    );
  if (checkpoints.length !== params.length)
    throw new CommandError(
      `${params.length} --params and ${checkpoints.length} --checkpoints: each network needs the folder of its own training.`,
    );
}

/** Below so many multiplications chains are done before a thread has started. */
const WORTH_THREADS = 1e10;

/** The chains of the Bayesian methods, run by worker threads where that is asked for or pays. */
async function sampledElsewhere(
  { method, workers }: Flags,
  options: MethodOptions,
  models: readonly FittedModel[],
  train: ClassificationData,
  queries: ClassificationData,
  watch: Stopwatch,
): Promise<ChainSample[][] | undefined> {
  if (method !== 'bif' && method !== 'bif-correlation') return undefined;
  const plans = watch.time('fit', () =>
    models.map((fitted) => samplingPlan(options, { fitted, train }, queries)),
  );
  const chains = plans.reduce((total, { settings }) => total + settings.chains, 0);
  const wanted =
    workers ??
    (plans.reduce((total, plan) => total + work(plan), 0) < WORTH_THREADS ? 1 : availableParallelism());
  const threads = Math.min(wanted, chains);
  if (threads < 2) return undefined;
  const start = performance.now();
  const samples = await runChains(plans, threads);
  watch.add('score', (performance.now() - start) / 1000);
  return samples;
}

/** Multiplications of all chains of a plan, about: three passes per step, one per draw. */
function work({ problem, settings, target }: SamplingPlan): number {
  const { chains, draws, burnIn, batch } = settings;
  const measured = problem.data.inputs.rows + target.queries.inputs.rows;
  return chains * problem.model.parameterCount * (3 * (burnIn + draws) * batch + draws * measured);
}

/** Every file, before any is written. */
function outputs(flags: Flags, result: AttributionResult): { path: string; bytes: Uint8Array }[] {
  const { out, bounds, errors, method } = flags;
  const files = [{ path: out, bytes: writeNpy(result.scores) }];
  const add = (flag: string, target: string | undefined, matrix: Matrix | undefined, why: string): void => {
    if (target === undefined) return;
    if (matrix === undefined) throw new CommandError(`${flag}: ${method} gives none here; ${why}.`);
    files.push({ path: target, bytes: writeNpy(matrix) });
  };
  add('--bounds', bounds, result.bounds, 'solves by lissa, astra and astra-source with a psd curvature do');
  add('--errors', errors, result.standardErrors, 'bif does, and solvers with --repeats of at least 2');
  return files;
}

/** The rule of the eigen-decomposed curvatures. */
function ruleFigure({ settings }: AttributionResult): { [part: string]: string | number | boolean } | null {
  const rule = settings[0]['rule'];
  return typeof rule === 'object' ? { ...rule } : null;
}

function several(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** '--train-inputs <X.npy>' → trainInputs. */
function camel(option: string): string {
  return option
    .split(' ')[0]
    .slice(2)
    .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
