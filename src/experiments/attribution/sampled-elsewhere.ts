/** @file When the chains of the Bayesian methods are worth threads, and their samples if they are. */
import { availableParallelism } from 'node:os';
import type { Dataset } from '../../autodiff/index.ts';
import { datasetSize } from '../../autodiff/index.ts';
import type { ChainSample } from '../../influence/bayesian/influence-chain.ts';
import {
  type FittedModel,
  type MethodName,
  type MethodOptions,
  type SamplingPlan,
  samplingPlan,
} from '../../influence/index.ts';
import type { Stopwatch } from '../terminal/output.ts';
import { runChains } from './run-chains.ts';

/** Below so many multiplications chains are done before a thread has started. */
const WORTH_THREADS = 1e10;

/**
 * The chains of every model, run by worker threads where that is asked for or pays; undefined where the method has none or
 * they are better run in this thread. Times go to the stages fit (the plan) and score.
 */
export async function sampledElsewhere(
  method: MethodName,
  workers: number | undefined,
  job: {
    readonly options: MethodOptions;
    readonly models: readonly FittedModel[];
    readonly train: Dataset;
    readonly queries: Dataset;
    /** Whether scores of pairs of tokens are wanted. */
    readonly tokens: boolean;
  },
  watch: Stopwatch,
): Promise<ChainSample[][] | undefined> {
  if (method !== 'bif' && method !== 'bif-correlation') return undefined;
  const { options, models, train, queries, tokens } = job;
  const plans = watch.time('fit', () =>
    models.map((fitted) => samplingPlan(options, { fitted, train }, queries, tokens)),
  );
  const chains = plans.reduce((total, { settings }) => total + settings.chains, 0);
  const small = plans.reduce((total, plan) => total + work(plan), 0) < WORTH_THREADS;
  const threads = Math.min(workers ?? (small ? 1 : availableParallelism()), chains);
  if (threads < 2) return undefined;
  const start = performance.now();
  const samples = await runChains(plans, threads);
  watch.add('score', (performance.now() - start) / 1000);
  return samples;
}

/** Multiplications of all chains of a plan, about: three passes per step, one per draw. */
function work({ problem, settings, target }: SamplingPlan): number {
  const { chains, draws, burnIn, batch } = settings;
  const measured = datasetSize(problem.data) + datasetSize(target.queries);
  return chains * problem.model.parameterCount * (3 * (burnIn + draws) * batch + draws * measured);
}
