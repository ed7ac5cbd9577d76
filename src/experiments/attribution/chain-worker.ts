/** @file The worker thread of Bayesian influence: runs one chain at a time. */
import { InfluenceChain } from '../../influence/bayesian/influence-chain.ts';
import { oneLine } from '../command-error.ts';
import { type ChainMessage, type ChainReply, chainPlan } from './chain-message.ts';

/** Piscina calls this once per message. */
export default function work(message: ChainMessage): ChainReply {
  try {
    const { problem, settings, target } = chainPlan(message);
    const chain = new InfluenceChain(problem, settings, target, message.chain);
    chain.advance();
    return { kind: 'sample', sample: chain.sample() };
  } catch (error) {
    const stack = error instanceof Error ? String(error.stack) : '';
    return { kind: 'failure', message: oneLine(error), stack };
  }
}
