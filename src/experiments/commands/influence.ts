/** @file `influence`: scores of training examples for queries. */
import { type Command, Option } from 'commander';
import type { Activation } from '../../autodiff/index.ts';
import { CURVATURE_KINDS, type CurvatureKind, type InverseRule } from '../../curvature/index.ts';
import { type Attributor, gradientDot, influenceFunction, type Measurement } from '../../influence/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { readExamples } from '../files/arrays.ts';
import { checkTarget, writeFile } from '../files/atomic-write.ts';
import { checkExamples, readNetwork } from '../files/network.ts';
import { curvatureOptions } from './curvature.ts';
import { finiteResult } from './finite-result.ts';
import { type CurvatureFlags, choice, nonNegative, withCurvature, withJson, withNetwork } from './options.ts';
import { type Output, printOutput, Stopwatch } from './output.ts';

const GRADIENT_DOT = 'grad-dot';

interface Flags extends CurvatureFlags {
  readonly params: string;
  readonly activation: Activation;
  readonly trainInputs: string;
  readonly trainLabels: string;
  readonly queryInputs: string;
  readonly queryLabels: string;
  readonly method: CurvatureKind | typeof GRADIENT_DOT;
  readonly eps: number;
  readonly negative: 'keep' | 'drop';
  readonly damping?: number;
  readonly measurement: Measurement;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addInfluence(program: Command): void {
  const command = withNetwork(
    program
      .command('influence')
      .description(
        'scores [query, train]; positive: leaving the training example out is predicted to raise the measurement',
      ),
  )
    .requiredOption('--train-inputs <X.npy>', '[n, features]')
    .requiredOption('--train-labels <y.npy>', '[n], integers')
    .requiredOption('--query-inputs <Xq.npy>', '[q, features]')
    .requiredOption('--query-labels <yq.npy>', '[q], integers')
    .addOption(
      choice('--method <name>', 'curvature', [...CURVATURE_KINDS, GRADIENT_DOT]).makeOptionMandatory(),
    )
    .option('--eps <number>', 'eigenvalues |λ| ≤ eps count as zero', nonNegative, 1e-4)
    .addOption(choice('--negative <what>', 'eigenvalues below −eps', ['keep', 'drop'], 'keep'))
    .addOption(
      new Option('--damping <λ>', 'invert C + λI instead of truncating')
        .argParser(nonNegative)
        .conflicts(['eps', 'negative']),
    )
    .addOption(choice('--measurement <m>', 'what the scores predict', ['loss', 'margin'], 'loss'));
  withJson(withCurvature(command))
    .requiredOption('--out <S.npy>', 'written: [query, train]')
    .action((flags: Flags) => printOutput(run(flags), flags.json === true));
}

function run(flags: Flags): Output {
  checkTarget(flags.out);
  const watch = new Stopwatch();
  const { network, train, query } = watch.time('read', () => {
    const network = readNetwork(flags.params, flags.activation);
    const train = readExamples(flags.trainInputs, flags.trainLabels);
    checkExamples(network, train, flags.trainInputs, flags.trainLabels);
    const query = readExamples(flags.queryInputs, flags.queryLabels);
    checkExamples(network, query, flags.queryInputs, flags.queryLabels);
    return { network, train, query };
  });
  const scores = finiteResult(
    flags.method,
    () => {
      const model = { ...network, loss: 'cross-entropy' as const };
      const fitted = watch.time('fit', () => attributor(flags).fit(model, train));
      return watch.time('score', () => fitted.score(query));
    },
    ({ data }) => data,
  );
  watch.time('write', () => writeFile(flags.out, writeNpy(scores)));
  const seconds = watch.seconds();
  const { method, measurement, out } = flags;
  return {
    figures: {
      method,
      measurement,
      rule: method === GRADIENT_DOT ? null : { ...rule(flags) },
      queries: scores.rows,
      train: scores.cols,
      parameters: network.model.parameterCount,
      out,
      seconds,
    },
    lines: [
      `scores [${scores.rows} queries, ${scores.cols} training examples] by ${method}: fitted in ${seconds['fit']} s, scored in ${seconds['score']} s`,
      `positive: leaving the example out is predicted to raise the query's ${measurement}; Δ = score / ${scores.cols}`,
      `written to ${out}`,
    ],
  };
}

function attributor(flags: Flags): Attributor {
  const { method, measurement } = flags;
  if (method === GRADIENT_DOT) return gradientDot({ measurement });
  return influenceFunction({
    curvature: method,
    rule: rule(flags),
    measurement,
    options: curvatureOptions(flags),
  });
}

function rule({ eps, negative, damping }: Flags): InverseRule {
  return damping === undefined ? { kind: 'truncated', eps, negative } : { kind: 'damped', lambda: damping };
}
