/** @file A chain to be run by a worker, as plain data that threads can send each other. */
import { asMlp } from '../../autodiff/as-model.ts';
import { type Activation, type Dataset, type Loss, Mlp, type MlpOptions } from '../../autodiff/index.ts';
import type { InfluenceTarget } from '../../influence/bayesian/influence-chain.ts';
import type { SamplerSettings } from '../../influence/bayesian/sampler-settings.ts';
import type { SamplingPlan } from '../../influence/index.ts';
import { Matrix } from '../../linalg/index.ts';

interface PlainMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

interface PlainData {
  readonly inputs: PlainMatrix;
  readonly labels?: Int32Array;
  readonly targets?: PlainMatrix;
}

/** One chain of one plan. */
export interface ChainJob {
  readonly sizes: readonly number[];
  readonly activation: Activation;
  readonly options: MlpOptions;
  readonly loss: Loss;
  readonly theta: Float64Array;
  readonly train: PlainData;
  readonly queries: PlainData;
  readonly settings: SamplerSettings;
  readonly target: Omit<InfluenceTarget, 'queries'>;
  readonly chain: number;
}

/** The job of chain number `chain` of a plan. */
export function chainJob({ problem, settings, target }: SamplingPlan, chain: number): ChainJob {
  const { model, loss, theta, data } = problem;
  const { queries, ...rest } = target;
  const { sizes, activation, options } = asMlp('chainMessage', 'problem.model', model);
  const sent = { train: plainData(data), queries: plainData(queries) };
  return { sizes, activation, options, loss, theta, ...sent, settings, target: rest, chain };
}

/** The plan that a job is part of. */
export function chainPlan(job: ChainJob): SamplingPlan {
  const { sizes, activation, options, loss, theta, train, queries, settings, target } = job;
  const problem = { model: new Mlp(sizes, activation, options), loss, theta, data: dataset(train) };
  return { problem, settings, target: { ...target, queries: dataset(queries) } };
}

function plainData(data: Dataset): PlainData {
  const inputs = plainMatrix(data.inputs);
  return 'labels' in data ? { inputs, labels: data.labels } : { inputs, targets: plainMatrix(data.targets) };
}

function dataset({ inputs, labels, targets }: PlainData): Dataset {
  if (labels !== undefined) return { inputs: matrix(inputs), labels };
  return {
    inputs: matrix(inputs),
    targets: matrix(targets ?? { rows: 0, cols: 0, data: new Float64Array(0) }),
  };
}

function plainMatrix({ rows, cols, data }: Matrix): PlainMatrix {
  return { rows, cols, data };
}

function matrix({ rows, cols, data }: PlainMatrix): Matrix {
  return new Matrix(rows, cols, data);
}
