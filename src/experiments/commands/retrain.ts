/** @file `retrain`: a small bank of retrainings of a network of one's own, and the LDS of scores against it. */
import path from 'node:path';
import { functionName } from '../../autodiff/functions.ts';
import type { AnyTrainingConfig } from '../../autodiff/index.ts';
import { bcaInterval, MEASUREMENTS, outcomeMeans, type RetrainingBank } from '../../influence/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { type AttributionPaths, missingAnswers, readExplained } from '../attribution/attribution-files.ts';
import { growBank, ownSeries } from '../attribution/own-bank.ts';
import { plainData } from '../attribution/plain-data.ts';
import { plainNetwork } from '../attribution/plain-network.ts';
import { recordRetrainer } from '../attribution/retraining-job.ts';
import { checkTime, leastTrainingSeconds } from '../engine/bounds.ts';
import { createProgress } from '../engine/progress.ts';
import { writeFiles } from '../files/atomic-write.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { finiteOrNull, jsonInterval } from '../files/json-number.ts';
import { checkFolder } from '../files/make-folder.ts';
import { ceilingOf, judgeOf } from '../judging/judge.ts';
import { fewSubsetsSentence } from '../judging/undefined-queries.ts';
import { type Asked, command, type FlagsOf, HEADINGS, under } from '../terminal/command.ts';
import {
  ARCHITECTURE,
  numberWhere,
  oneOf,
  PARAMS_FORM,
  parsed,
  text,
  texts,
  whole,
} from '../terminal/options.ts';
import { type Output, Stopwatch } from '../terminal/output.ts';
import {
  ARCHITECTURE_FILE,
  checkNetworkOptions,
  MODEL_FORM,
  PADDING_TOKEN,
} from '../user-files/any-network.ts';
import { readMatrix } from '../user-files/arrays.ts';
import { LOSS_OPTIONS } from '../user-files/loss-option.ts';
import { PRECISION, STREAM_SEED, WORKERS } from './shared-options.ts';
import { TRAINING, trainingConfig } from './train.ts';

const OPTIONS = {
  scores: texts(
    '<S.npy...>',
    'judged: [query, train], as influence writes them; each file by itself',
    'files',
  ),
  measurement: oneOf('<m>', 'what the scores predict', MEASUREMENTS).or('loss'),
  subsets: whole('<K>', 'random subsets to train on', 2, 1e6).or(50),
  seeds: whole('<R>', 'trainings on each; two or more for a noise ceiling', 1, 1e6).or(2),
  fraction: parsed(
    '<α>',
    'of the training examples in each subset',
    numberWhere((x) => x > 0 && x < 1, 'a number > 0 and < 1'),
  ).or(0.5),
  seed: STREAM_SEED,
  workers: WORKERS,
  out: text('<DIR>', 'folder of the bank, continued when it exists; outcomes.npy, subsets.npy').required(),
  ...under(HEADINGS.network, {
    params: text('<file>', `${PARAMS_FORM}: its shape; training starts anew`),
    architecture: ARCHITECTURE_FILE,
    model: text('<M.pt2>', MODEL_FORM),
    paddingToken: PADDING_TOKEN,
    ...ARCHITECTURE,
  }),
  ...under(HEADINGS.queries, {
    trainInputs: text('<X.npy>', '[n, …] as the network reads them').required(),
    trainLabels: text('<y.npy>', '[n], integers; [n, T] where each token has an output'),
    trainTargets: text('<T.npy>', 'regression: [n, outputs], or [n]'),
    queryInputs: text('<Xq.npy>', '[q, …]').required(),
    queryLabels: text('<yq.npy>', '[q], integers'),
    queryTargets: text('<Tq.npy>', 'regression: [q, outputs], or [q]'),
    tokenWeights: text('<w.npy>', '[n, T] of 0 and 1: the tokens of training examples that count'),
    queryTokenWeights: text('<wq.npy>', '[q, T] of 0 and 1: those of queries'),
    ...LOSS_OPTIONS,
    queryExampleWeights: text(
      '<wq.npy>',
      '[q], numbers ≥ 0: what is measured on a query is multiplied by it (default: 1)',
    ),
  }),
  ...under(HEADINGS.training, { ...TRAINING, precision: PRECISION }),
};
type Flags = FlagsOf<typeof OPTIONS> & Asked;

export const addRetrain = command({
  name: 'retrain',
  description: 'a network trained again on random subsets, and what that says of score matrices: their LDS',
  options: OPTIONS,
  async run(flags) {
    const { params, model } = flags;
    const list = (file: string | undefined): string[] | undefined =>
      file === undefined ? undefined : [file];
    const paths = { ...flags, params: list(params), model: list(model) };
    checkNetworkOptions(paths, OPTIONS.params.named('params').flags);
    const missing = missingAnswers(paths);
    if (missing !== undefined)
      throw new CommandError(
        `required option '${OPTIONS[missing].named(missing).flags}' not specified`,
        USAGE,
      );
    return retrain(flags, paths);
  },
});

async function retrain(flags: Flags, paths: AttributionPaths): Promise<Output> {
  const { out, subsets, seeds, fraction, seed, workers, measurement, scores = [] } = flags;
  checkFolder(out);
  const watch = new Stopwatch();
  const read = watch.time('read', () => readExplained(paths));
  const [{ network }] = read.stored;
  const [n, q] = [read.train.inputs.rows, read.queries.inputs.rows];
  const matrices = watch.time('read', () =>
    scores.map((file) => {
      const matrix = readMatrix(file);
      if (matrix.rows !== q || matrix.cols !== n)
        throw new CommandError(
          `${file} is [${matrix.rows}, ${matrix.cols}], expected [${q}, ${n}]: queries by training examples.`,
        );
      return { file, matrix };
    }),
  );
  const trained = {
    network: plainNetwork(network.model),
    loss: functionName(read.loss),
    config: checkedConfig(flags, Math.floor(fraction * n), network.model.parameterCount),
    ...(flags.precision === 'float32' ? { precision: flags.precision } : {}),
    train: plainData(read.train),
    queries: plainData(read.queries),
    seed,
  };
  if (flags.precision === 'float32') recordRetrainer(trained); // refused before a folder is made
  const progress = createProgress(flags.json === true);
  const notices: string[] = [];
  const start = performance.now();
  const grown = await growBank(
    trained,
    ownSeries(trained, fraction),
    { subsets, seeds },
    out,
    workers,
    (missing, stored) => progress.track('retrainings', missing + stored, stored),
    (line) => notices.push(line),
  ).finally(() => progress.stop());
  watch.add('retrain', (performance.now() - start) / 1000);
  const { bank } = grown;
  writeFiles(bankFiles(out, bank));
  const { ceiling } = watch.time('judge', () => ceilingOf({ measurement, seed }, bank));
  const judge = judgeOf({ measurement, seed }, bank);
  const judged = watch.time('judge', () =>
    matrices.map(({ file, matrix }) => {
      const { bootstrap } = judge(matrix);
      return { file, lds: finiteOrNull(bootstrap.estimate), ci: jsonInterval(bcaInterval(bootstrap)) };
    }),
  );
  const warnings = fewSubsetsSentence(subsets);
  const shown = (x: number | null): string => (x === null ? 'undefined' : x.toFixed(4));
  return {
    figures: {
      subsets,
      seeds,
      fraction,
      measurement,
      train: n,
      queries: q,
      retrained: grown.trained,
      ceiling,
      scores: judged,
      out,
      warnings,
      notices,
      seconds: watch.seconds(),
    },
    lines: [
      ...notices,
      `${subsets} subsets of ${Math.floor(fraction * n)} of ${n} examples × ${seeds} seeds; ${grown.trained} trained now, in ${out}`,
      `noise ceiling ${seeds < 2 ? 'undefined: it needs two seeds' : shown(ceiling)}`,
      ...judged.map(
        ({ file, lds, ci }) =>
          `LDS of ${file} ${shown(lds)}, 95 % interval over subsets [${ci.map(shown).join(', ')}] (BCa)`,
      ),
      ...warnings.map((warning) => `warning: ${warning}`),
    ],
  };
}

/** The training on one subset. @throws {CommandError} batches larger than it; more trainings than any machine gets to the end of. */
function checkedConfig(flags: Flags, examples: number, parameters: number): AnyTrainingConfig {
  if (examples < 1)
    throw new CommandError(`--fraction ${flags.fraction} leaves no training example in a subset.`);
  if (flags.batch !== undefined && flags.batch > examples)
    throw new CommandError(`--batch ${flags.batch} is larger than the ${examples} examples of a subset.`);
  const config = trainingConfig(flags, examples);
  const trainings = flags.subsets * flags.seeds;
  const steps = trainings * config.epochs * Math.max(1, Math.floor(examples / Math.max(1, config.batch)));
  checkTime(
    leastTrainingSeconds(steps, config.batch, parameters),
    `${trainings} trainings, ${steps} steps`,
    'give fewer --subsets, --seeds or --epochs',
  );
  return config;
}

/** Mean outcomes [K, queries], and the kept examples [K, ⌊αn⌋], for other programs. */
function bankFiles(folder: string, bank: RetrainingBank): { path: string; bytes: Uint8Array }[] {
  const size = bank.subsets[0].length;
  const kept = new Int32Array(bank.subsets.length * size);
  for (const [k, subset] of bank.subsets.entries()) kept.set(subset, k * size);
  return [
    { path: path.join(folder, 'outcomes.npy'), bytes: writeNpy(outcomeMeans(bank)) },
    {
      path: path.join(folder, 'subsets.npy'),
      bytes: writeNpy({ shape: [bank.subsets.length, size], dtype: 'i4', data: kept }),
    },
  ];
}
