/** @file A chain to be run by a worker, as plain data that threads can send each other. */
import { asMlp } from '../../autodiff/as-model.ts';
import { type Activation, type Loss, Mlp, type MlpOptions } from '../../autodiff/index.ts';
import type { InfluenceTarget } from '../../influence/bayesian/influence-chain.ts';
import type { SamplerSettings } from '../../influence/bayesian/sampler-settings.ts';
import type { SamplingPlan } from '../../influence/index.ts';
import { dataset, type PlainData, plainData } from './plain-data.ts';

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
