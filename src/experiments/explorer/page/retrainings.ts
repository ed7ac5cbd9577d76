/** @file What the page has trained again, by a pool of workers. */
import type { Measurement, QueryOutcomes } from '../../../influence/index.ts';
import {
  type BankPlan,
  bankJobs,
  bankOf,
  type Estimate,
  effectOf,
  estimate,
  withoutJob,
} from '../core/retraining.ts';
import type { RuleChoice } from '../core/rungs.ts';
import type { LadderLds, ScoresRequest } from '../core/service.ts';
import type { CallOptions, Client } from './client.ts';
import type { LabState } from './lab-state.ts';
import type { Pool } from './pool.ts';

type Call = CallOptions & { readonly signal: AbortSignal };

/** The change of the measurement that leaving examples out was predicted to make, and the one that it made. */
export async function withoutExamples(
  client: Client,
  pool: Pool,
  { view, opened, trainedWith }: LabState,
  request: ScoresRequest,
  networks: number,
  call: Call,
): Promise<{
  predicted: number;
  realised: Estimate;
  all: { predicted: Float64Array; realised: Float64Array; rank: number };
}> {
  const removed = Int32Array.from(view.removed);
  const n = opened?.train.titles.length ?? 0;
  const seeds = Array.from({ length: networks }, (_, r) => trainedWith.seed + r);
  const jobs = [new Int32Array(0), removed].flatMap((gone) => seeds.map((seed) => withoutJob(seed, gone, n)));
  const outcomes = await pool.run(jobs, call);
  const { predicted, realised, rank } = await client.call('effects', {
    ...request,
    removed,
    before: outcomes.slice(0, networks),
    after: outcomes.slice(networks),
  });
  const changes = seeds.map((_, r) =>
    effectOf(outcomes[r], outcomes[networks + r], request.measurement, request.query),
  );
  return {
    predicted: predicted[request.query],
    realised: estimate(changes),
    all: { predicted, realised, rank },
  };
}

/** Every rung judged by networks that were trained on random halves. */
export async function ladderByBank(
  client: Client,
  pool: Pool,
  { opened, trainedWith }: LabState,
  { plan, rule, measurement }: { plan: BankPlan; rule: RuleChoice; measurement: Measurement },
  { signal, progress }: Call,
): Promise<LadderLds> {
  const n = opened?.train.titles.length ?? 0;
  const jobs = bankJobs(plan, trainedWith, n);
  const outcomes: QueryOutcomes[] = await pool.run(
    jobs.map(({ job }) => job),
    { signal, progress: (done) => progress?.(0.9 * done, undefined) },
  );
  const bank = bankOf(plan, trainedWith, n, jobs, outcomes);
  return client.call(
    'lds',
    { bank, rule, measurement },
    { signal, progress: (done) => progress?.(0.9 + 0.1 * done, undefined) },
  );
}
