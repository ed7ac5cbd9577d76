/** @file Runs one chain of Bayesian influence in a worker. */
import { type ChainSample, InfluenceChain } from '../../influence/bayesian/influence-chain.ts';
import type { Compute } from '../engine/bench.ts';
import { type ChainJob, chainPlan } from './chain-job.ts';

const compute: Compute<ChainJob, ChainSample> = (job) => {
  const { problem, settings, target } = chainPlan(job);
  const chain = new InfluenceChain(problem, settings, target, job.chain);
  chain.advance();
  return chain.sample();
};

export default compute;
