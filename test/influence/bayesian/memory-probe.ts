/**
 * @file Measures what a draw allocates, in a process of its own for memory.test.ts: with --expose-gc and a new space so large that nothing is
 * collected unasked, the growth of the heap is what was allocated. Prints JSON.
 */
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { InfluenceChain } from '../../../src/influence/bayesian/influence-chain.ts';
import { resolveSampler } from '../../../src/influence/bayesian/sampler-settings.ts';
import { randomData, randomTheta } from '../../helpers/problems.ts';

const DRAWS = 1600;
const model = new Mlp([4, 8, 8, 3], 'tanh');
const theta = randomTheta(model, 1, 1);
const data = randomData(model, 'cross-entropy', 300, 1);
const queries = randomData(model, 'cross-entropy', 20, 2);
const problem = { model, loss: 'cross-entropy', theta, data } as const;
const growth = (['sgld', 'rmsprop-sgld'] as const).map((method) => {
  const sampler = { nBeta: 50, gamma: 50, stepSize: 1e-3, draws: 5 * DRAWS } as const;
  const settings = resolveSampler(problem, { ...sampler, method, batch: 'full', chains: 1, stepsPerDraw: 1 });
  const target = { queries, measurement: 'loss', watched: [], errorBatch: settings.draws } as const;
  const chain = new InfluenceChain(problem, settings, target, 0);
  const used: number[] = [];
  for (let part = 0; part < 5; part++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    chain.advance(DRAWS);
    used.push(process.memoryUsage().heapUsed - before);
  }
  return Math.min(...used) / DRAWS;
});
console.log(JSON.stringify({ parameters: model.parameterCount, bytesPerDraw: growth }));
