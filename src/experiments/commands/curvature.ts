/** @file `curvature`: one curvature matrix of a network's mean loss, in PyTorch's parameter order. */
import { torchPermutation } from '../../autodiff/index.ts';
import {
  CURVATURE_KINDS,
  CURVATURES,
  type CurvatureOptions,
  type FisherType,
  type Problem,
} from '../../curvature/index.ts';
import { frobenius, Matrix, sum } from '../../linalg/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { writeFile } from '../files/atomic-write.ts';
import { checkOutputs, namedPaths } from '../files/targets.ts';
import { command, type FlagsOf, JSON_OPTION } from '../terminal/command.ts';
import { finiteResult } from '../terminal/finite-result.ts';
import { ARCHITECTURE, oneOf, PARAMS_FORM, SAMPLED_LABELS, text, whole } from '../terminal/options.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import { type Given, refuseGiven } from '../terminal/strict-options.ts';
import { readExamples } from '../user-files/arrays.ts';
import {
  checkExamples,
  networkLines,
  networkWarnings,
  readNetwork,
  type ToldNetwork,
} from '../user-files/network.ts';
import { preprocessingWarnings } from '../user-files/preprocessing.ts';

const CONVENTIONS = {
  fisher: oneOf('<type>', 'expectation over labels', ['type-2', 'mc', 'empirical']).or('type-2'),
  samples: whole('<n>', 'labels drawn per example for --fisher mc', 1, 1e6).or(1),
  seed: whole('<n>', 'names the random stream of --fisher mc', 0).or(0),
  partition: oneOf('<kind>', 'blocks: per layer or per parameter tensor', ['layer', 'tensor']).or('layer'),
};

const OPTIONS = {
  params: text('<file>', PARAMS_FORM).required(),
  ...ARCHITECTURE,
  inputs: text('<X.npy>', '[n, features]').required(),
  labels: text('<y.npy>', '[n], integers').required(),
  method: oneOf('<name>', 'which matrix', CURVATURE_KINDS).required(),
  ...CONVENTIONS,
  json: JSON_OPTION,
  out: text('<C.npy>', "written: rows and columns in PyTorch's parameter order").required(),
};
type Flags = FlagsOf<typeof OPTIONS>;

export const addCurvature = command({
  name: 'curvature',
  description: 'a curvature matrix of the mean cross-entropy, [D, D]',
  options: OPTIONS,
  run(flags, given) {
    checkConventions(flags, given);
    return curvature(flags);
  },
});

/** Refuses conventions that the matrix does not depend on. */
function checkConventions({ method, fisher }: Flags, given: Given<Flags>): void {
  const { reads } = CURVATURES[method];
  const unused = (['fisher', 'partition'] as const).filter((option) => !reads.includes(option));
  refuseGiven(given, unused, `does not apply to ${method}`);
  if (fisher !== 'mc') refuseGiven(given, ['samples', 'seed'], SAMPLED_LABELS);
}

function curvature(flags: Flags): Output {
  checkOutputs(
    namedPaths({ out: flags.out }),
    namedPaths({ params: flags.params, inputs: flags.inputs, labels: flags.labels }),
  );
  const watch = new Stopwatch();
  const { problem, told } = watch.time('read', (): { problem: Problem; told: ToldNetwork } => {
    const { network, told } = readNetwork(flags.params, flags, 'cross-entropy');
    const data = readExamples(flags.inputs, flags.labels);
    checkExamples(network, data, flags.inputs, flags.labels);
    return { problem: { ...network, loss: 'cross-entropy', data }, told };
  });
  const options = curvatureOptions(flags);
  const dense = watch.time('curvature', () =>
    finiteResult(
      flags.method,
      () => CURVATURES[flags.method].matrix(problem, options),
      ({ data }) => data,
      [
        { file: flags.inputs, matrix: problem.data.inputs },
        { file: flags.params, matrix: problem.theta },
      ],
    ),
  );
  const trace = sum(Float64Array.from({ length: dense.rows }, (_, i) => dense.at(i, i)));
  const norm = frobenius(dense);
  watch.time('write', () => writeFile(flags.out, writeNpy(inTorchOrder(problem, dense))));
  const seconds = watch.seconds();
  const { fisher, partition, out, method } = flags;
  const warnings = [
    ...networkWarnings(told),
    ...preprocessingWarnings(told, problem.data.inputs, flags.inputs),
  ];
  return {
    figures: {
      method,
      fisher,
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
      ...networkLines(told),
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
}: FlagsOf<typeof CONVENTIONS>): CurvatureOptions {
  const type: FisherType = fisher === 'mc' ? { kind: 'mc', samples, seed } : { kind: fisher };
  return { fisher: type, partition };
}

/** Rows and columns reordered from our layout to PyTorch's. */
function inTorchOrder({ model }: Problem, c: Matrix): Matrix {
  const perm = torchPermutation(model);
  const out = new Matrix(c.rows, c.cols);
  for (let a = 0, k = 0; a < c.rows; a++) {
    const row = perm[a] * c.cols;
    for (let b = 0; b < c.cols; b++, k++) out.data[k] = c.data[row + perm[b]];
  }
  return out;
}
