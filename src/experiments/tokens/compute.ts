/** @file Computes one job of the experiment on tokens in a worker. */
import { type ClassificationData, datasetSize } from '../../autodiff/index.ts';
import type { Problem } from '../../curvature/index.ts';
import { correlationOf, mergeMoments } from '../../influence/bayesian/moments.ts';
import {
  type BayesianScores,
  bayesianScores,
  ChainDivergenceError,
  type ChainSample,
  InfluenceChain,
  influenceTarget,
} from '../../influence/index.ts';
import { Matrix, mean } from '../../linalg/index.ts';
import { type Bench, storing } from '../engine/bench.ts';
import { arrayOf } from '../engine/stored-array.ts';
import { type StoredArray, type TaskResult, taskKey } from '../engine/task.ts';
import { threadMilliseconds } from '../engine/thread-time.ts';
import { trainOnAll } from '../protocol/base-network.ts';
import { type NetworkSetting, networkSetup } from '../protocol/network-setting.ts';
import { networkSeries, trainingTask } from '../protocol/network-trainings.ts';
import { retrain } from '../protocol/retrainer.ts';
import { samplerSettings } from '../protocol/sampler-variant.ts';
import { agreementOf, overlaps, sequenceScores } from './compared.ts';
import { CURVATURE_IDS, type CurvatureId, curvatureTokens, type TokenMatrix } from './curvature-tokens.ts';
import { type SampledJob, storedUnder, type TokensJob } from './jobs.ts';
import { type Answers, answers } from './relations.ts';
import type { Answered } from './token-tasks.ts';

const compute = storing<TokensJob>(storedUnder, (job, bench) => {
  const { setting } = job;
  switch (job.kind) {
    case 'retraining':
      retrain(bench, networkSeries(setting), () => networkSetup(setting), job);
      return undefined;
    case 'training':
      return trainOnAll(networkSetup(setting), job.model);
    case 'curvature':
      return curvatureResult(subjectOf(setting, job.model, bench));
    case 'sampled':
      return sampledResult(job, subjectOf(setting, job.model, bench), bench);
  }
});

export default compute;

/** A base network with the texts. */
interface Subject {
  readonly problem: Problem;
  readonly train: ClassificationData;
  readonly query: ClassificationData;
  /** Scores that are not sampled, computed once for all samplers of a network. */
  readonly tokens: ReadonlyMap<CurvatureId, TokenMatrix>;
}

function subjectOf(setting: NetworkSetting, model: number, bench: Bench): Subject {
  const trained = trainingTask(setting, model);
  const { theta } = bench.store.get(trained).arrays;
  const { model: network, loss, train, query } = networkSetup(setting);
  if (!('labels' in train && 'labels' in query)) throw new Error('a text without labels.');
  const problem = { model: network, loss, theta: theta.data, data: train };
  const key = taskKey(trained);
  const tokens = bench.keep('tokens', key, () => curvatureTokens(problem, query));
  return { problem, train, query, tokens };
}

function curvatureResult({ train, query, tokens }: Subject): TaskResult {
  const read = CURVATURE_IDS.map((id) => {
    const { scores, seconds } = matrixOf(tokens, id);
    return { id, seconds, scores, ...answered(scores, train, query) };
  });
  return {
    value: {
      asked: { ...read[0].asked },
      methods: Object.fromEntries(read.map(({ id, values }) => [id, values])),
    },
    arrays: Object.fromEntries(read.flatMap(({ id, scores }) => kept(`${id}/`, scores, train.inputs.cols))),
    seconds: Object.fromEntries(read.map(({ id, seconds }) => [id, seconds])),
  };
}

function matrixOf(tokens: Subject['tokens'], id: CurvatureId): TokenMatrix {
  const found = tokens.get(id);
  if (found === undefined) throw new Error(`no scores of ${id}.`);
  return found;
}

function answered(
  scores: Matrix,
  train: ClassificationData,
  query: ClassificationData,
): { readonly values: Answered; readonly asked: Answers['asked'] } {
  const { means, asked } = answers(scores, train, query);
  const sequences = sequenceScores(scores, train.inputs.cols);
  return { values: { ...means, overlap: agreementOf(sequences, overlaps(train, query)).spearman }, asked };
}

/** Scores of sequences, and those of the tokens of the first query. */
function kept(prefix: string, scores: Matrix, length: number): [string, StoredArray][] {
  const shown = new Matrix(length, scores.cols, scores.data.slice(0, length * scores.cols));
  return [
    [`${prefix}scores`, arrayOf(sequenceScores(scores, length))],
    [`${prefix}shown`, arrayOf(shown)],
  ];
}

function sampledResult(
  { setting, model, variant, length }: SampledJob,
  { problem, train, query, tokens }: Subject,
  { store }: Bench,
): TaskResult {
  const start = threadMilliseconds();
  const settings = { ...samplerSettings(problem, variant, length, setting.seed), path: ['tokens', model] };
  const target = {
    ...influenceTarget(settings, query, setting.measurement, datasetSize(train)),
    positions: true,
  };
  const samples: ChainSample[] = [];
  try {
    for (let chain = 0; chain < length.chains; chain++) {
      const run = new InfluenceChain(problem, settings, target, chain);
      run.advance();
      samples.push(run.sample());
    }
  } catch (error) {
    if (error instanceof ChainDivergenceError)
      return { value: { refused: error.message }, arrays: {}, seconds: {} };
    throw error;
  }
  const read = (of: readonly ChainSample[]): BayesianScores =>
    bayesianScores(of, {
      nBeta: settings.nBeta,
      normalisation: 'covariance',
      watched: target.watched,
    });
  const whole = read(samples);
  const scores = tokensOf(whole);
  const seconds = (threadMilliseconds() - start) / 1000;
  const middle = Math.ceil(samples.length / 2);
  const halves = [samples.slice(0, middle), samples.slice(middle)].map((of) => tokensOf(read(of)));
  const sequences = (of: Matrix): Matrix => sequenceScores(of, train.inputs.cols);
  const compare = (a: Matrix, b: Matrix) => ({
    tokens: { ...agreementOf(a, b) },
    sequences: { ...agreementOf(sequences(a), sequences(b)) },
  });
  const correlations = correlationOf(
    samples.flatMap(({ positions }) => (positions === undefined ? [] : [positions])).reduce(mergeMoments),
  );
  const { diagnostics, standardErrors } = whole;
  const size = ({ data }: Matrix): number => Math.sqrt(mean(data.map((x) => x * x)));
  return {
    value: {
      refused: null,
      figures: {
        nBeta: settings.nBeta,
        gamma: settings.gamma,
        stepSize: settings.stepSize,
        burnIn: settings.burnIn,
        batch: settings.batch,
        startLoss: Number(store.read(trainingTask(setting, model))?.value['trainLoss']),
        meanLoss: mean(diagnostics.lossTraces.data),
        effectiveSampleSize: diagnostics.effectiveSampleSize,
        splitRhat: diagnostics.splitRhat,
        relativeError: size(standardErrors) / size(whole.scores),
      },
      answers: {
        covariance: answered(scores, train, query).values,
        correlation: answered(correlations, train, query).values,
      },
      halves: compare(halves[0], halves[1]),
      agreement: Object.fromEntries(
        CURVATURE_IDS.map((id) => [id, compare(scores, matrixOf(tokens, id).scores)]),
      ),
    },
    arrays: Object.fromEntries(kept('', scores, train.inputs.cols)),
    seconds: { chains: seconds },
  };
}

function tokensOf({ tokenScores }: BayesianScores): Matrix {
  if (tokenScores === undefined) throw new Error('chains that kept no positions.');
  return tokenScores;
}
