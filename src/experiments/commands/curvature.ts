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
import { frobenius, Matrix, sum } from '../../linalg/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { writeFile } from '../files/atomic-write.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { checkOutputs, namedPaths } from '../files/targets.ts';
import { command, type FlagsOf, JSON_OPTION } from '../terminal/command.ts';
import { finiteResult } from '../terminal/finite-result.ts';
import { ARCHITECTURE, oneOf, PARAMS_FORM, SAMPLED_LABELS, text, whole } from '../terminal/options.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { type Given, refuseGiven } from '../terminal/strict-options.ts';
import {
  type AnyNetwork,
  ARCHITECTURE_FILE,
  checkNetworkOptions,
  MODEL_FORM,
  type NetworkOptions,
  networkFiles,
  readNetworks,
  toldLines,
  toldWarnings,
} from '../user-files/any-network.ts';
import { readAnyExamples } from '../user-files/examples.ts';
import { chosenLoss, LOSS_OPTIONS, TRAIN_ANSWERS } from '../user-files/loss-option.ts';
import { preprocessingWarnings } from '../user-files/preprocessing.ts';

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

const OPTIONS = {
  params: text('<file>', PARAMS_FORM),
  architecture: ARCHITECTURE_FILE,
  model: text('<M.pt2>', MODEL_FORM),
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
  json: JSON_OPTION,
  out: text('<C.npy>', "written: rows and columns in PyTorch's parameter order").required(),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const addCurvature = command({
  name: 'curvature',
  description: 'a curvature matrix of the mean cross-entropy, or of the mean squared error, [D, D]',
  options: OPTIONS,
  run(flags, given) {
    checkConventions(flags, given);
    checkNetworkOptions(networkOptions(flags), OPTIONS.params.named('params').flags);
    checkAnswers(flags);
    return curvature(flags);
  },
});

/** Refuses conventions that the matrix does not depend on. */
function checkConventions({ method, fisher }: Flags, given: Given<Flags>): void {
  const { reads } = CURVATURES[method];
  const unused = (['fisher', 'partition', 'kfac'] as const).filter((option) => !reads.includes(option));
  refuseGiven(given, unused, `does not apply to ${method}`);
  if (fisher !== 'mc') refuseGiven(given, ['samples', 'seed'], SAMPLED_LABELS);
}

/** One network, however it is named. */
function networkOptions({ params, architecture, model, activation, layers }: Flags): NetworkOptions {
  const list = (file: string | undefined): string[] | undefined => (file === undefined ? undefined : [file]);
  return { params: list(params), architecture, model: list(model), activation, layers };
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
    namedPaths({ out: flags.out }),
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
  const options = curvatureOptions(flags);
  const dense = watch.time('curvature', () =>
    finiteResult(
      flags.method,
      () => CURVATURES[flags.method].matrix(problem, options),
      ({ data }) => data,
      [
        { file: flags.inputs, matrix: problem.data.inputs },
        { file: networkFile, matrix: problem.theta },
      ],
    ),
  );
  const trace = sum(Float64Array.from({ length: dense.rows }, (_, i) => dense.at(i, i)));
  const norm = frobenius(dense);
  watch.time('write', () => writeFile(flags.out, writeNpy(reordered(read.order, dense))));
  const seconds = watch.seconds();
  const { fisher, partition, out, method } = flags;
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
      parameters: dense.rows,
      trace,
      frobenius: norm,
      network: { ...told },
      warnings,
      out,
      seconds,
    },
    lines: [
      `${CURVATURES[method].label} [${dense.rows}, ${dense.cols}] in ${seconds['curvature']} s, ` +
        `trace ${trace.toPrecision(6)}, Frobenius norm ${norm.toPrecision(6)}`,
      ...toldLines(told),
      ...warnings.map((text) => `warning: ${text}`),
      `written to ${out}`,
    ],
  };
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
