/** @file Chains of Bayesian influence on worker threads. */
import type { ChainSample } from '../../influence/bayesian/influence-chain.ts';
import type { SamplingPlan } from '../../influence/index.ts';
import { Threads } from '../engine/threads.ts';
import { type ChainJob, chainJob } from './chain-job.ts';

/**
 * The samples of every chain of every plan, one list per plan, in the order of the chains: the bits do not depend on the number of
 * workers or on who finishes first.
 *
 * @throws {CommandError} a chain diverged, or a worker ran out of memory.
 */
export async function runChains(plans: readonly SamplingPlan[], workers: number): Promise<ChainSample[][]> {
  const pool = new Threads<ChainJob, ChainSample>(new URL('./compute-chain.ts', import.meta.url), workers);
  try {
    return await Promise.all(
      plans.map((plan) =>
        Promise.all(
          Array.from({ length: plan.settings.chains }, (_, chain) => pool.run(chainJob(plan, chain))),
        ),
      ),
    );
  } finally {
    await pool.destroy();
  }
}
