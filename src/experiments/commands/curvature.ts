/** @file `curvature`: one curvature matrix of a network's mean loss, in PyTorch's parameter order. */
import { CommanderError } from 'commander';
import { functionName } from '../../autodiff/functions.ts';
import {
  CURVATURE_KINDS,
  CURVATURES,
  type CurvatureOptions,
  type FisherType,
  type Problem,
} from '../../curvature/index.ts';
import { reducedAttention } from '../../influence/methods/warnings.ts';
import { frobenius, Matrix, sum, type Vec } from '../../linalg/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { withModules } from '../attribution/module-scores.ts';
import { writeFile, writeFiles } from '../files/atomic-write.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { checkOutputs, namedPaths } from '../files/targets.ts';
import { counted } from '../judging/table.ts';
import { command, type FlagsOf, JSON_OPTION } from '../terminal/command.ts';
import { finiteResult, type NamedMatrix } from '../terminal/finite-result.ts';
import {
  ARCHITECTURE,
  nonNegative,
  oneOf,
  PARAMS_FORM,
  parsed,
  SAMPLED_LABELS,
  text,
  whole,
  yes,
} from '../terminal/options.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { type Given, refuseGiven } from '../terminal/strict-options.ts';
import {
  type AnyNetwork,
  ARCHITECTURE_FILE,
  checkNetworkOptions,
  MODEL_FORM,
  type NetworkOptions,
  networkFiles,
  PADDING_TOKEN,
  readNetworks,
  toldLines,
  toldWarnings,
} from '../user-files/any-network.ts';
import { namedExamples, readAnyExamples } from '../user-files/examples.ts';
import { chosenLoss, LOSS_OPTIONS, TRAIN_ANSWERS } from '../user-files/loss-option.ts';
import { preprocessingWarnings } from '../user-files/preprocessing.ts';
import { type Estimates, estimatesOf, numbersOf } from './curvature-estimates.ts';
import { type AskedCurvature, askedMatrix, askedOperator, chosenParameters } from './curvature-operator.ts';

const CONVENTIONS = {
  fisher: oneOf('<type>', 'expectation over labels', ['type-2', 'mc', 'empirical']).or('type-2'),
  samples: whole('<n>', 'labels drawn per example for --fisher mc', 1, 1e6).or(1),
  seed: whole('<n>', 'names the random stream of --fisher mc', 0).or(0),
  kfac: oneOf(
    '<form>',
    'kfac and ekfac of weights used at several positions: each by itself, or their mean input and summed gradient',
    ['expand', 'reduce'],
  ).or('expand'),
  partition: oneOf('<kind>', 'blocks: per layer or per parameter tensor', ['layer', 'tensor']).or('layer'),
};

/** What is said in place of the matrix, and by how much work. */
const ESTIMATES = {
  trace: yes('in place of the matrix: its trace with a standard error, from products with it'),
  logDeterminant: yes(
    'in place of the matrix: its log-determinant, by Lanczos quadrature; needs --damping unless it is positive definite',
  ),
  density: yes(
    'in place of the matrix: the density of its eigenvalues, by Lanczos quadrature; --out is [points, 3]: where, density, standard error',
  ),
  diagonal: yes('in place of the matrix: its diagonal; --out is [parameters]'),
  errors: text('<E.npy>', 'written: with --diagonal the standard error of each element'),
  products: whole(
    '<n>',
    'that trace and diagonal may take; as many as there are parameters make them exact',
    6,
    1e7,
  ).or(100),
  steps: whole('<n>', 'of Lanczos, for density and log-determinant', 2, 1e6).or(80),
  probes: whole('<n>', 'random vectors of theirs', 2, 1e6).or(10),
  points: whole('<n>', 'of the density', 2, 1e6).or(200),
};

const OPTIONS = {
  params: text('<file>', PARAMS_FORM),
  architecture: ARCHITECTURE_FILE,
  model: text('<M.pt2>', MODEL_FORM),
  paddingToken: PADDING_TOKEN,
  ...ARCHITECTURE,
  inputs: text(
    '<X.npy>',
    '[n, features]; [n, channels, height, width], or tokens [n, T], as the network reads them',
  ).required(),
  labels: text('<y.npy>', '[n], integers; [n, T] where each token has an output'),
  targets: text(
    '<T.npy>',
    '[n, outputs], or [n]: of regression, or as --loss says; the loss is ½‖output − target‖² unless it does',
  ),
  tokenWeights: text('<w.npy>', '[n, T] of 0 and 1: the tokens that count (default: all)'),
  ...LOSS_OPTIONS,
  method: oneOf('<name>', 'which matrix', CURVATURE_KINDS).required(),
  ...CONVENTIONS,
  modules: text(
    '<names>',
    'last, all, or names with commas: the parameters that count, the others held fixed (default: all)',
  ),
  damping: parsed('<λ>', 'added to every eigenvalue (default: 0)', nonNegative),
  dampingPer: oneOf(
    '<what>',
    'module: 0.1 times the mean eigenvalue of each, for block-ggn, ekfac, kfac; pi: λ split between the factors of kfac',
    ['network', 'module', 'pi'],
  ).or('network'),
  ...ESTIMATES,
  json: JSON_OPTION,
  out: text('<C.npy>', "written: rows and columns in PyTorch's parameter order"),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const addCurvature = command({
  name: 'curvature',
  description:
    'a curvature matrix of the mean cross-entropy, or of the mean squared error, [D, D]; or its trace, diagonal, log-determinant, spectral density',
  options: OPTIONS,
  run(flags, given) {
    checkConventions(flags, given);
    checkNetworkOptions(networkOptions(flags), OPTIONS.params.named('params').flags);
    checkAnswers(flags);
    checkWritten(flags, given);
    return curvature(flags);
  },
});

/** Refuses conventions that the matrix does not depend on. */
function checkConventions(flags: Flags, given: Given<Flags>): void {
  const { method, fisher, dampingPer } = flags;
  const { reads } = CURVATURES[method];
  const unused = (['fisher', 'partition', 'kfac'] as const).filter((option) => !reads.includes(option));
  refuseGiven(given, unused, `does not apply to ${method}`);
  if (fisher !== 'mc')
    refuseGiven(given, isEstimate(flags) ? ['samples'] : ['samples', 'seed'], SAMPLED_LABELS);
  if (isEstimate(flags) && method === 'ggn')
    refuseGiven(given, ['fisher'], 'goes with the matrix: products with the ggn are those of type-2');
  if (dampingPer !== 'network' && !reads.includes('partition'))
    throw new CommandError(
      `--damping-per ${dampingPer} does not apply to ${method}, which has no blocks.`,
      USAGE,
    );
  if (dampingPer === 'pi' && CURVATURES[method].factored !== true)
    throw new CommandError(
      `--damping-per pi does not apply to ${method}: only kfac has factors to split λ between.`,
      USAGE,
    );
  if (dampingPer === 'module')
    refuseGiven(given, ['damping'], 'does not go with --damping-per module: each module has a λ of its own');
}

/** Whether numbers about the matrix are asked for, not the matrix. */
function isEstimate({ trace, logDeterminant, density, diagonal }: Flags): boolean {
  return [trace, logDeterminant, density, diagonal].some((one) => one === true);
}

/** What is written needs a file, what is not has none; options of estimates that were not asked for. */
function checkWritten(flags: Flags, given: Given<Flags>): void {
  const { trace, logDeterminant, density, diagonal, out } = flags;
  if (density && diagonal)
    throw new CommandError('--density and --diagonal both write --out: ask for one of them.', USAGE);
  const writes = density || diagonal || !isEstimate(flags);
  if (writes && out === undefined)
    throw new CommanderError(2, 'eigenfluence.missing', `required option '${OPTIONS.out.named('out').flags}' not specified`); // biome-ignore format: one line
  if (!writes)
    refuseGiven(given, ['out'], 'is not written by --trace and --log-determinant; --json prints them');
  if (!diagonal) refuseGiven(given, ['errors'], 'belongs to --diagonal');
  if (!density) refuseGiven(given, ['points'], 'belongs to --density');
  if (!density && !logDeterminant) refuseGiven(given, ['steps', 'probes'], 'belongs to --density and --log-determinant'); // biome-ignore format: one line
  if (!trace && !diagonal) refuseGiven(given, ['products'], 'belongs to --trace and --diagonal');
}

/** One network, however it is named. */
function networkOptions({ params, model, ...flags }: Flags): NetworkOptions {
  const list = (file: string | undefined): string[] | undefined => (file === undefined ? undefined : [file]);
  const { architecture, activation, layers, paddingToken } = flags;
  return { params: list(params), architecture, model: list(model), activation, layers, paddingToken };
}

/** Labels or targets, one of the two. */
function checkAnswers({ labels, targets }: Flags): void {
  if (labels !== undefined && targets !== undefined)
    throw new CommandError('--labels are for classes and --targets for regression: give one of them.', USAGE);
  if (labels === undefined && targets === undefined)
    throw new CommanderError(
      2,
      'eigenfluence.missing',
      `required option '${OPTIONS.labels.named('labels').flags}' not specified`,
    );
}

function curvature(flags: Flags): Output {
  const { params, architecture, model, inputs, labels, targets, tokenWeights: weights } = flags;
  const { exampleWeights, classWeights } = flags;
  checkOutputs(
    namedPaths({ out: flags.out, errors: flags.errors }),
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
  const watch = new Stopwatch();
  const loss = chosenLoss(flags.loss, targets !== undefined, TRAIN_ANSWERS);
  const { problem, read } = watch.time('read', (): { problem: Problem; read: AnyNetwork } => {
    const [read] = readNetworks(networkOptions(flags), loss);
    const data = readAnyExamples(read, {
      inputs,
      labels,
      targets,
      weights,
      exampleWeights,
      classWeights,
    });
    return { problem: { ...read.network, loss, data }, read };
  });
  const { told } = read;
  const [networkFile] = networkFiles(networkOptions(flags));
  const { method, out, modules: selection = 'all' } = flags;
  const { modules = 'all' } = withModules({ modules: selection }, problem.model, told);
  const asked: AskedCurvature = { kind: method, options: curvatureOptions(flags), ...flags, modules };
  const files = [
    ...namedExamples(problem.data, { inputs, targets, exampleWeights, classWeights }),
    { file: networkFile, matrix: problem.theta },
    ...(flags.damping === undefined ? [] : [{ file: '--damping', matrix: Float64Array.of(flags.damping) }]),
  ];
  const order = placesOf(read.order, chosenParameters(problem, modules));
  const result = isEstimate(flags)
    ? estimated(flags, { problem, asked, order, files, watch })
    : wholeMatrix(flags, { problem, asked, order, files, watch });
  const { fisher, partition } = flags;
  const warnings = [
    ...toldWarnings(told),
    ...(flags.kfac === 'reduce' ? reducedAttention(problem.model) : []),
    ...preprocessingWarnings(told, problem.data.inputs, inputs),
  ];
  return {
    figures: {
      method,
      fisher,
      loss: functionName(loss),
      partition,
      parameters: order.length,
      ...result.figures,
      network: { ...told },
      warnings,
      ...(out === undefined ? {} : { out }),
      seconds: watch.seconds(),
    },
    lines: [
      ...result.lines,
      ...toldLines(told),
      ...warnings.map((text) => `warning: ${text}`),
      ...[out, flags.errors].flatMap((file) => (file === undefined ? [] : [`written to ${file}`])),
    ],
  };
}

/** A curvature and what is known of it. */
interface Computation {
  readonly problem: Problem;
  readonly asked: AskedCurvature;
  /** Row of each parameter that counts, in PyTorch's order. */
  readonly order: Int32Array;
  readonly files: readonly NamedMatrix[];
  readonly watch: Stopwatch;
}

/** The matrix, written. */
function wholeMatrix(
  { method, out = '' }: Flags,
  { problem, asked, order, files, watch }: Computation,
): Pick<Estimates, 'figures' | 'lines'> {
  const { dense, trace, norm } = watch.time('curvature', () =>
    finiteResult(
      method,
      () => {
        const dense = askedMatrix(problem, asked);
        const trace = sum(Float64Array.from({ length: dense.rows }, (_, i) => dense.at(i, i)));
        return { dense, trace, norm: frobenius(dense) };
      },
      ({ trace, norm }) => Float64Array.of(trace, norm), // a cell that is not finite makes the norm so
      files,
    ),
  );
  watch.time('write', () => writeFile(out, writeNpy(reordered(order, dense))));
  return {
    figures: { trace, frobenius: norm },
    lines: [
      `${CURVATURES[method].label} [${dense.rows}, ${dense.cols}] in ${watch.seconds()['curvature']} s, ` +
        `trace ${trace.toPrecision(6)}, Frobenius norm ${norm.toPrecision(6)}`,
    ],
  };
}

/** Numbers about the matrix, those that are arrays written. */
function estimated(
  flags: Flags,
  { problem, asked, order, files, watch }: Computation,
): Pick<Estimates, 'figures' | 'lines'> {
  const { method, out = '', errors } = flags;
  const { label } = CURVATURES[method];
  const { trace, logDeterminant, density, diagonal } = flags;
  const wanted = { trace: trace === true, logDeterminant: logDeterminant === true, density: density === true, diagonal: diagonal === true }; // biome-ignore format: one line
  const found = watch.time('curvature', () =>
    finiteResult(
      method,
      () => estimatesOf(label, askedOperator(problem, asked), { ...flags, ...wanted }),
      numbersOf,
      files,
    ),
  );
  const inOrder = (values: Vec): Uint8Array => writeNpy({ shape: [order.length], data: Float64Array.from(order, (at) => values[at]) }); // biome-ignore format: one line
  const written = [
    ...(found.density === undefined ? [] : [{ path: out, bytes: writeNpy(found.density) }]),
    ...(found.diagonal === undefined ? [] : [{ path: out, bytes: inOrder(found.diagonal.values) }]),
    ...(errors === undefined || found.diagonal === undefined ? [] : [{ path: errors, bytes: inOrder(found.diagonal.standardErrors) }]), // biome-ignore format: one line
  ];
  watch.time('write', () => writeFiles(written));
  return {
    figures: found.figures,
    lines: [
      `${label} of ${counted(order.length, 'parameter')} in ${watch.seconds()['curvature']} s`,
      ...found.lines,
    ],
  };
}

/** The rows of some parameters in the order of all: `order` without the others, counted among `chosen`. */
function placesOf(order: Int32Array, chosen: Int32Array): Int32Array {
  const rows = new Map(Array.from(chosen, (place, k): [number, number] => [place, k]));
  return Int32Array.from(Array.from(order).flatMap((place) => rows.get(place) ?? []));
}

/** The command line's curvature conventions as the library's options. */
function curvatureOptions({
  fisher,
  samples,
  seed,
  partition,
  kfac,
}: FlagsOf<typeof CONVENTIONS>): CurvatureOptions {
  const type: FisherType = fisher === 'mc' ? { kind: 'mc', samples, seed } : { kind: fisher };
  return { fisher: type, partition, kfac };
}

/** Rows and columns reordered from our layout. */
function reordered(order: Int32Array, c: Matrix): Matrix {
  const out = new Matrix(c.rows, c.cols);
  for (let a = 0, k = 0; a < c.rows; a++) {
    const row = order[a] * c.cols;
    for (let b = 0; b < c.cols; b++, k++) out.data[k] = c.data[row + order[b]];
  }
  return out;
}
