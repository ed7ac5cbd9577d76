/** @file Chains of Bayesian influence on worker threads. */
import { Piscina } from 'piscina';
import type { ChainSample } from '../../influence/bayesian/influence-chain.ts';
import type { SamplingPlan } from '../../influence/index.ts';
import { CommandError } from '../command-error.ts';
import { workerArguments } from '../run/pool.ts';
import { type ChainMessage, type ChainReply, chainMessage } from './chain-message.ts';

/**
 * The samples of every chain of every plan, one list per plan, in the order of the chains: the bits do not depend on the number of
 * workers or on who finishes first.
 *
 * @throws {CommandError} a chain diverged, or a worker ran out of memory.
 */
export async function runChains(plans: readonly SamplingPlan[], workers: number): Promise<ChainSample[][]> {
  const pool = new Piscina<ChainMessage, ChainReply>({
    filename: new URL('./chain-worker.ts', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    execArgv: workerArguments(),
  });
  const run = async (plan: SamplingPlan, chain: number): Promise<ChainSample> => {
    const reply = await pool.run(chainMessage(plan, chain));
    if (reply.kind === 'sample') return reply.sample;
    const error = new CommandError(reply.message);
    error.stack = reply.stack;
    throw error;
  };
  try {
    return await Promise.all(
      plans.map((plan) =>
        Promise.all(Array.from({ length: plan.settings.chains }, (_, chain) => run(plan, chain))),
      ),
    );
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')
      throw new CommandError('a worker ran out of memory: use fewer --workers.');
    throw error;
  } finally {
    await pool.destroy();
  }
}
