/** @file `influence`: scores of training examples for queries, by any method. */
import path from 'node:path';
import { type Command, CommanderError } from 'commander';
import type { Dataset } from '../../autodiff/index.ts';
import {
  type AttributionResult,
  attribute,
  MEASUREMENTS,
  METHOD_NAMES,
  type MethodName,
  type MethodOptions,
} from '../../influence/index.ts';
import { attributionFigures, attributionLines, ruleFigure } from '../attribution/attribution-figures.ts';
import {
  type AttributionPaths,
  checkCheckpoints,
  missingAnswers,
  readAttribution,
} from '../attribution/attribution-files.ts';
import { checkExtent } from '../attribution/extent.ts';
import { type MethodFlags, methodOptions, withMethodOptions } from '../attribution/method-flags.ts';
import { methodFigures, methodListing } from '../attribution/method-listing.ts';
import { moduleNames, withModules } from '../attribution/module-scores.ts';
import { differentiate, OWN_NETWORK, ownFigures, ownLines, readOwnRuns } from '../attribution/own-runs.ts';
import { sampledElsewhere } from '../attribution/sampled-elsewhere.ts';
import { scoreFiles } from '../attribution/score-files.ts';
import { checkFitMethod, fitMethod, fitsOf } from '../attribution/stored-fits.ts';
import { checkPartsMethod, checkTokens, tokenCopies } from '../attribution/token-scores.ts';
import { writeFiles } from '../files/atomic-write.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import type { Json } from '../files/digest.ts';
import { checkOutputs, namedPaths } from '../files/targets.ts';
import { type FlagsOf, HEADINGS, JSON_OPTION, under, withOptions } from '../terminal/command.ts';
import { finiteResult } from '../terminal/finite-result.ts';
import { ARCHITECTURE, oneOf, PARAMS_FORM, paths, text, whole, yes } from '../terminal/options.ts';
import { type Output, printOutput, Stopwatch } from '../terminal/output.ts';
import { type Given, givenTo, refuseGiven } from '../terminal/strict-options.ts';
import {
  ARCHITECTURE_FILE,
  checkNetworkOptions,
  MODEL_FORM,
  type NetworkOptions,
  networkFiles,
  PADDING_TOKEN,
  type Told,
  toldLines,
  toldWarnings,
} from '../user-files/any-network.ts';
import { TRAJECTORY_FILE } from '../user-files/checkpoint-file.ts';
import { namedExamples } from '../user-files/examples.ts';
import { LOSS_OPTIONS } from '../user-files/loss-option.ts';
import { preprocessingWarnings } from '../user-files/preprocessing.ts';

const FIRST = {
  list: yes('print what every method approximates, costs and reads, and nothing else'),
  method: oneOf('<name>', 'see --list', METHOD_NAMES),
  measurement: oneOf('<m>', 'what the scores predict', MEASUREMENTS).or('loss'),
  ...under(HEADINGS.network, {
    params: paths(
      '<file>',
      `${PARAMS_FORM}; several times: the mean of the scores; for all but trajectory, which takes only the shape of --architecture`,
    ),
    architecture: ARCHITECTURE_FILE,
    model: paths('<M.pt2>', `${MODEL_FORM}; several times: the mean of the scores`),
    paddingToken: PADDING_TOKEN,
    ...ARCHITECTURE,
    ...OWN_NETWORK,
    checkpoints: paths(
      '<folder>',
      'of train --checkpoints, for source, astra-source and tracin; once per --params',
    ),
  }),
  ...under(HEADINGS.queries, {
    trainInputs: text(
      '<X.npy>',
      '[n, features]; [n, channels, height, width], or tokens [n, T], as the network reads them',
    ),
    trainLabels: text('<y.npy>', '[n], integers; [n, T] where each token has an output'),
    trainTargets: text(
      '<T.npy>',
      '[n, outputs], or [n]: of regression, or as --loss says; the loss is ½‖output − target‖² unless it does',
    ),
    queryInputs: text('<Xq.npy>', '[q, features]'),
    queryLabels: text('<yq.npy>', '[q], integers'),
    queryTargets: text('<Tq.npy>', 'regression: [q, outputs], or [q]'),
    tokenWeights: text(
      '<w.npy>',
      '[n, T] of 0 and 1: the tokens of training examples that count (default: all)',
    ),
    queryTokenWeights: text('<wq.npy>', '[q, T] of 0 and 1: those of queries'),
    ...LOSS_OPTIONS,
    queryExampleWeights: text(
      '<wq.npy>',
      '[q], numbers ≥ 0: what is measured on a query is multiplied by it (default: 1)',
    ),
  }),
};

/** Behind those of the methods. */
const LAST = {
  workers: whole(
    '<n>',
    'threads for the chains of bif and the runs of trajectory (default: the cores, or one for a small task)',
    1,
    1000,
  ),
  out: text('<S.npy>', 'written: [query, train]'),
  json: JSON_OPTION,
  ...under('Beside the scores, and fits', {
    bounds: text('<B.npy>', 'written: how far each score can be from the exact solve'),
    errors: text('<E.npy>', 'written: Monte-Carlo standard error of each score'),
    tokenScores: text(
      '<F.npy>',
      'written: [query, T, train, T], the scores by pairs of tokens, for a network with an output at each token',
    ),
    moduleScores: text(
      '<M.npy>',
      'written: [query, layer, train], the share of every layer in the scores; --json tells their names',
    ),
    selfInfluence: text('<D.npy>', 'written: [train], every example as its own query'),
    saveFit: text(
      '<F.safetensors>',
      'written: what a curvature method, trak, logra, arnoldi or source has fitted, for --fit',
    ),
    fit: text(
      '<F.safetensors>',
      'what --save-fit wrote, in place of --method and its options: new queries are scored without fitting',
    ),
  }),
};

/** What was given, once what is required was found to be there. */
type Flags = FlagsOf<typeof FIRST> &
  FlagsOf<typeof LAST> &
  MethodFlags &
  AttributionPaths & { readonly method: MethodName; readonly out: string };

/** What must be given unless the methods are only listed, beside the networks. */
const REQUIRED = ['trainInputs', 'queryInputs', 'method', 'out'] as const;

/** Methods that have threads compute. */
const THREADED: readonly MethodName[] = ['bif', 'bif-correlation', 'trajectory'];

/** Adds the command to the program. */
export function addInfluence(program: Command): void {
  const command = program
    .command('influence')
    .description(
      'scores [query, train]; positive: leaving the training example out is predicted to raise the measurement',
    );
  withMethodOptions(withOptions(command, FIRST));
  withOptions(command, LAST).action(async (flags: Flags) => {
    const given = givenTo<Flags>(command);
    if (flags.list) {
      const others = command.options.map((option) => option.attributeName());
      refuseGiven(
        given,
        others.filter((flag) => flag !== 'list' && flag !== 'json'),
        'has no effect with --list, which only prints',
      );
      printOutput({ figures: { methods: methodFigures() }, lines: methodListing() }, flags.json === true);
      return;
    }
    const stored = flags.fit === undefined ? undefined : fitMethod(flags.fit, flags.method, given);
    if (stored !== undefined) flags = { ...flags, method: stored.method };
    if (flags.method !== 'trajectory' || ownShape(flags) !== undefined)
      checkNetworkOptions(flags, FIRST.params.named('params').flags);
    const missing = REQUIRED.find((key) => flags[key] === undefined) ?? missingAnswers(flags);
    if (missing !== undefined) {
      const option = { ...FIRST, ...LAST }[missing].named(missing).flags;
      throw new CommanderError(2, 'eigenfluence.missing', `required option '${option}' not specified`);
    }
    refuseNetworkFlags(flags, given);
    const options = stored?.options ?? methodOptions(flags.method, flags, given);
    printOutput(await run(flags, options), flags.json === true);
  });
}

/** Files of parameters are for the other methods, sizes of a network for trajectory, which takes a file for its shape only. */
function refuseNetworkFlags(flags: Flags, given: Given<Flags>): void {
  const { method, depth } = flags;
  if (method !== 'trajectory')
    refuseGiven(
      given,
      ['depth', 'width', 'models'],
      `does not apply to ${method}, which reads --params; it belongs to trajectory`,
    );
  else {
    const shape = ownShape(flags);
    refuseGiven(
      given,
      [
        'layers',
        'checkpoints',
        ...(shape === undefined ? (['params', 'tokenWeights', 'queryTokenWeights'] as const) : []),
      ],
      'does not apply to trajectory, which trains networks of its own',
    );
    if (shape !== undefined)
      refuseGiven(given, ['depth', 'width'], `does not go with --${shape}, which says the network`);
    if (flags['optimiser'] === 'adamw')
      refuseGiven(given, ['momentum'], 'does not apply to --optimiser adamw, which has none');
    for (const name of ['params', 'model'] as const)
      if ((flags[name]?.length ?? 0) > 1)
        throw new CommandError(
          `--${name}: trajectory trains networks of one shape; give one, and --models.`,
          USAGE,
        );
  }
  if (depth === 0) refuseGiven(given, ['width'], 'has no effect with --depth 0, which has no hidden layers');
}

/** How the shape of the networks that trajectory trains is given; undefined: by --depth and --width. */
function ownShape({ architecture, model }: NetworkOptions): 'architecture' | 'model' | undefined {
  if (model !== undefined) return 'model';
  return architecture === undefined ? undefined : 'architecture';
}

/** An attribution with what was read for it. */
interface Attributed {
  readonly result: AttributionResult;
  readonly train: Dataset;
  readonly parameters: number;
  readonly told: readonly Told[];
  /** What is to be said beside the result. */
  readonly figures: { readonly [name: string]: Json };
  readonly lines: readonly string[];
  /** What --save-fit writes. */
  readonly fitBytes?: Uint8Array | undefined;
}

async function run(flags: Flags, options: MethodOptions): Promise<Output> {
  const { method, measurement, out, bounds, errors, tokenScores, moduleScores } = flags;
  const { selfInfluence, saveFit, workers } = flags;
  const written = { out, bounds, errors, tokenScores, moduleScores, selfInfluence, saveFit };
  const targets = Object.values(written).filter((target) => target !== undefined);
  checkOutputs(namedPaths(written), namedPaths(inputsOf(flags)));
  if (flags.fit !== undefined && saveFit !== undefined)
    throw new CommandError('--save-fit writes what --fit reads: give one of them.', USAGE);
  const watch = new Stopwatch();
  if (saveFit !== undefined) checkFitMethod(method);
  checkCheckpoints(method, flags);
  if (tokenScores !== undefined) checkPartsMethod('tokens', method);
  if (moduleScores !== undefined) checkPartsMethod('modules', method);
  if (workers !== undefined && !THREADED.includes(method))
    throw new CommandError(`--workers does not apply to ${method}; it belongs to ${THREADED.join(', ')}.`);
  const attributed = await (method === 'trajectory' ? ofOwnRuns : ofNetworks)(flags, options, watch);
  const { result, train, parameters, told } = attributed;
  for (const [stage, value] of Object.entries(result.seconds ?? {})) watch.add(stage, value);
  const { fitBytes } = attributed;
  const fits = saveFit === undefined || fitBytes === undefined ? [] : [{ path: saveFit, bytes: fitBytes }];
  watch.time('write', () => writeFiles([...scoreFiles(flags, result), ...fits]));
  const seconds = watch.seconds();
  const { scores } = result;
  const doubts = told.flatMap((one) => [
    ...toldWarnings(one),
    ...preprocessingWarnings(one, train.inputs, flags.trainInputs),
  ]);
  return {
    figures: {
      method,
      measurement,
      rule: ruleFigure(result),
      queries: scores.rows,
      train: scores.cols,
      parameters,
      out,
      networks: told.map((one) => ({ ...one })),
      ...attributed.figures,
      ...attributionFigures(result),
      warnings: [...result.warnings, ...doubts],
      seconds,
    },
    lines: [
      `scores [${scores.rows} queries, ${scores.cols} training examples] by ${method}: fitted in ${seconds['fit']} s, scored in ${seconds['score']} s`,
      ...told.flatMap(toldLines),
      ...attributed.lines,
      ...attributionLines(result),
      ...doubts.map((text) => `warning: ${text}`),
      `positive: leaving the example out is predicted to raise the query's ${measurement}${result.scaled ? `; Δ = score / ${scores.cols}` : ''}`,
      ...targets.map((target) => `written to ${target}`),
    ],
  };
}

/** By networks that are given. */
async function ofNetworks(flags: Flags, given: MethodOptions, watch: Stopwatch): Promise<Attributed> {
  const { method, measurement, tokenScores, moduleScores, selfInfluence, workers } = flags;
  const { trainInputs, trainTargets, exampleWeights, classWeights } = flags;
  const { queryInputs, queryTargets, queryExampleWeights } = flags;
  const { models, told, trajectories, train, queries } = watch.time('read', () => readAttribution(flags));
  const options = flags.fit === undefined ? withModules(given, models[0].model, told[0]) : given;
  const tokens = tokenScores !== undefined;
  if (tokens) checkTokens(models, networkFiles(flags), train, queries, tokenCopies(method, options));
  const job = { options: { ...options, measurement }, models, train, queries, tokens };
  checkExtent(job.options, models, train, queries);
  const samples = await sampledElsewhere(method, workers, job, watch);
  const fits = watch.time('fit', () => fitsOf(flags, options, { models, train, ...(trajectories === undefined ? {} : { trajectories }) })); // biome-ignore format: one line
  const result = finiteResult(
    method,
    () =>
      attribute({
        ...job,
        method,
        ...(trajectories === undefined ? {} : { trajectories }),
        ...(samples === undefined ? {} : { samples }),
        ...(fits === undefined ? {} : { curvatures: fits.curvatures }),
        self: selfInfluence !== undefined,
        modules: moduleScores !== undefined,
        now: () => performance.now(),
      }),
    ({ scores }) => scores.data,
    [
      ...namedExamples(train, { inputs: trainInputs, targets: trainTargets, exampleWeights, classWeights }),
      ...namedExamples(queries, {
        inputs: queryInputs,
        targets: queryTargets,
        exampleWeights: queryExampleWeights,
      }),
      ...models.map(({ theta }, m) => ({ file: networkFiles(flags)[m], matrix: theta })),
    ],
  );
  const [{ model }] = models;
  const figures = moduleScores === undefined ? {} : { modules: moduleNames(model, told[0]) };
  const parameters = model.parameterCount;
  return { result, train, parameters, told, figures, lines: [], fitBytes: fits?.bytes };
}

/** By runs that are made here, each on a thread. */
async function ofOwnRuns(flags: Flags, options: MethodOptions, watch: Stopwatch): Promise<Attributed> {
  const { measurement, selfInfluence, workers } = flags;
  const network = ownShape(flags) === undefined ? undefined : flags;
  const own = watch.time('read', () => readOwnRuns({ ...flags, network }, options));
  const { trainer, runs, queries } = own;
  const { model, data: train } = trainer;
  const start = performance.now();
  const derivatives = await differentiate(own, { ...options, measurement }, workers, flags.json === true);
  watch.add('fit', (performance.now() - start) / 1000);
  const { adjoint, normalise, seed } = options;
  const result = attribute({
    method: 'trajectory',
    options: {
      measurement,
      ...(adjoint === undefined ? {} : { adjoint }),
      ...(normalise === undefined ? {} : { normalise }),
      ...(seed === undefined ? {} : { seed }),
    },
    trainer,
    runs,
    derivatives,
    queries,
    self: selfInfluence !== undefined,
    now: () => performance.now(),
  });
  return {
    result,
    train,
    parameters: model.parameterCount,
    told: own.told,
    figures: { ...ownFigures(own, derivatives) },
    lines: ownLines(own, derivatives),
  };
}

/** Whatever is read; a folder of checkpoints by its list. */
function inputsOf(flags: Flags): Parameters<typeof namedPaths>[0] {
  const { params, architecture, model, trainInputs, trainLabels, trainTargets } = flags;
  const { queryInputs, queryLabels, queryTargets } = flags;
  const { tokenWeights, queryTokenWeights, exampleWeights, queryExampleWeights } = flags;
  const checkpoints = flags.checkpoints?.map((folder) => path.join(folder, TRAJECTORY_FILE));
  const examples = { trainInputs, trainLabels, trainTargets, queryInputs, queryLabels, queryTargets };
  const networks = { params, architecture, model, checkpoints };
  const weights = { tokenWeights, queryTokenWeights, exampleWeights, queryExampleWeights };
  return { ...networks, ...examples, ...weights, fit: flags.fit };
}
