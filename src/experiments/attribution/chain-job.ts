/** @file A chain to be run by a worker, as plain data that threads can send each other. */
import { functionName } from '../../autodiff/functions.ts';
import { lossNamed } from '../../autodiff/index.ts';
import type { InfluenceTarget } from '../../influence/bayesian/influence-chain.ts';
import type { SamplerSettings } from '../../influence/bayesian/sampler-settings.ts';
import type { SamplingPlan } from '../../influence/index.ts';
import { dataset, type PlainData, plainData } from './plain-data.ts';
import { networkOf, type PlainNetwork, plainNetwork } from './plain-network.ts';

/** One chain of one plan. */
export interface ChainJob {
  readonly network: PlainNetwork;
  /** Its name: a value has functions, which threads cannot send. */
  readonly loss: string;
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
  const sent = { train: plainData(data), queries: plainData(queries) };
  return {
    network: plainNetwork(model),
    loss: functionName(loss),
    theta,
    ...sent,
    settings,
    target: rest,
    chain,
  };
}

/** The plan that a job is part of. */
export function chainPlan({
  network,
  loss,
  theta,
  train,
  queries,
  settings,
  target,
}: ChainJob): SamplingPlan {
  const problem = { model: networkOf(network), loss: lossNamed(loss), theta, data: dataset(train) };
  return { problem, settings, target: { ...target, queries: dataset(queries) } };
}
