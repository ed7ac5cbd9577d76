/** @file The worker thread of Bayesian influence: runs one chain at a time. */
import { InfluenceChain } from '../../influence/bayesian/influence-chain.ts';
import { type Failure, failureOf } from '../engine/failure.ts';
import { type ChainMessage, type ChainReply, chainPlan } from './chain-message.ts';

/** Piscina calls this once per message. */
export default function work(message: ChainMessage): ChainReply | Failure {
  try {
    const { problem, settings, target } = chainPlan(message);
    const chain = new InfluenceChain(problem, settings, target, message.chain);
    chain.advance();
    return { kind: 'sample', sample: chain.sample() };
  } catch (error) {
    return failureOf(error);
  }
}
