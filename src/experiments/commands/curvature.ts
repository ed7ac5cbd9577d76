/** @file `curvature`: one curvature matrix of a network's mean loss, in PyTorch's parameter order. */
import { functionName } from '../../autodiff/functions.ts';
import { CURVATURES, type Problem } from '../../curvature/index.ts';
import { reducedAttention } from '../../influence/methods/warnings.ts';
import { frobenius, Matrix, sum, type Vec } from '../../linalg/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { withModules } from '../attribution/module-scores.ts';
import { writeFile, writeFiles } from '../files/atomic-write.ts';
import { checkOutputs, namedPaths } from '../files/targets.ts';
import { counted } from '../judging/table.ts';
import { command } from '../terminal/command.ts';
import { finiteResult, type NamedMatrix } from '../terminal/finite-result.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import {
  type AnyNetwork,
  networkFiles,
  readNetworks,
  toldLines,
  toldWarnings,
} from '../user-files/any-network.ts';
import { namedExamples, readAnyExamples } from '../user-files/examples.ts';
import { chosenLoss, TRAIN_ANSWERS } from '../user-files/loss-option.ts';
import { preprocessingWarnings } from '../user-files/preprocessing.ts';
import { type Estimates, estimatesOf, numbersOf } from './curvature-estimates.ts';
import {
  CURVATURE_FLAGS,
  type CurvatureFlags,
  checkCurvatureFlags,
  curvatureOptions,
  isEstimate,
  networkOptions,
} from './curvature-flags.ts';
import { type AskedCurvature, askedMatrix, askedOperator, chosenParameters } from './curvature-operator.ts';

export const addCurvature = command({
  name: 'curvature',
  description:
    'a curvature matrix of the mean cross-entropy, or of the mean squared error, [D, D]; or its trace, diagonal, log-determinant, spectral density',
  options: CURVATURE_FLAGS,
  run(flags, given) {
    checkCurvatureFlags(flags, given);
    return curvature(flags);
  },
});

function curvature(flags: CurvatureFlags): Output {
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
  { method, out = '' }: CurvatureFlags,
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
  flags: CurvatureFlags,
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

/** Rows and columns reordered from our layout. */
function reordered(order: Int32Array, c: Matrix): Matrix {
  const out = new Matrix(c.rows, c.cols);
  for (let a = 0, k = 0; a < c.rows; a++) {
    const row = order[a] * c.cols;
    for (let b = 0; b < c.cols; b++, k++) out.data[k] = c.data[row + order[b]];
  }
  return out;
}
