/** @file The steps of a chain written out by hand, its streams, restriction, continuation and refusal. */
import { expect, test } from 'vitest';
import { datasetSize, selectExamples } from '../../../src/autodiff/dataset.ts';
import { meanGradient } from '../../../src/autodiff/mean-loss.ts';
import { exampleValues } from '../../../src/autodiff/per-example.ts';
import { ChainDivergenceError } from '../../../src/influence/bayesian/chain-divergence-error.ts';
import { ExampleOrder } from '../../../src/influence/bayesian/example-order.ts';
import { LangevinChain } from '../../../src/influence/bayesian/langevin-chain.ts';
import { resolveSampler, type SamplerOptions } from '../../../src/influence/bayesian/sampler-settings.ts';
import { ValueSweep } from '../../../src/influence/bayesian/value-sweep.ts';
import { ShapeError } from '../../../src/linalg/errors.ts';
import type { Vec } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 6, 3], examples: 20, seed: 3 });
const D = problem.model.parameterCount;
const BASE = { nBeta: 30, gamma: 8, stepSize: 0.01, seed: 4, path: ['here', 2] } as const;

function chainOf(options: SamplerOptions, chain = 0): LangevinChain {
  return new LangevinChain(problem, resolveSampler(problem, { ...BASE, ...options }), chain);
}

/** Positions t·b..t·b + b − 1 of shuffled passes laid end to end. */
function expectedExamples(t: number, batch: number, chain: number): number[] {
  const n = datasetSize(problem.data);
  return Array.from({ length: batch }, (_, k) => {
    const position = t * batch + k;
    const pass = Math.floor(position / n);
    return rng(4, 'here', 2, 'langevin-order', chain, pass).permutation(n)[position % n];
  });
}

for (const method of ['sgld', 'rmsprop-sgld'] as const)
  for (const batch of [7, 20])
    test(`${method}, batches of ${batch}: the recurrence by hand, with noise from its own stream`, () => {
      const chain = chainOf({ method, batch }, 3);
      const noise = rng(4, 'here', 2, 'langevin-noise', 3);
      const { model, loss, theta, data } = problem;
      let w: Vec = theta.slice();
      const V = new Float64Array(D);
      for (let t = 0; t < 9; t++) {
        const examples = batch === 20 ? data.inputs.rows : expectedExamples(t, batch, 3);
        const seen = typeof examples === 'number' ? data : selectExamples(data, Int32Array.from(examples));
        const g = meanGradient(model, loss, w, seen);
        w = w.map((v, j) => {
          V[j] = 0.99 * V[j] + 0.01 * g[j] ** 2;
          const G = method === 'sgld' ? 1 : 1 / (Math.sqrt(V[j]) + 0.1);
          return v - (0.01 / 2) * G * (30 * g[j] + 8 * (v - theta[j])) + Math.sqrt(0.01 * G) * noise.normal();
        });
        chain.step();
        // a step's rounding errors, which curvature may stretch from step to step
        for (let j = 0; j < D; j++)
          expect(Math.abs(chain.theta[j] - w[j])).toBeLessThan(1e3 * Number.EPSILON * (t + 1));
      }
      expect(chain.steps).toBe(9);
    });

test('passes: each example as often as any other, in an order of its own each time', () => {
  const order = new ExampleOrder(10, 4, 1, [], 0);
  const seen: number[] = [];
  for (let t = 0; t < 10; t++) {
    order.load(t);
    seen.push(...order.examples);
  }
  const passes = [0, 1, 2, 3].map((k) => seen.slice(10 * k, 10 * k + 10));
  for (const pass of passes) expect([...pass].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(passes.map(String)).size).toBe(4);
  order.load(5); // back again
  expect([...order.examples]).toEqual(seen.slice(20, 24));
});

test('restriction: the others keep their bits, and what moves moves as if alone', () => {
  const parameters = Int32Array.of(1, 5, 6, 30);
  const chain = chainOf({ parameters });
  for (let t = 0; t < 30; t++) chain.step();
  for (let j = 0; j < D; j++)
    if (parameters.includes(j)) expect(chain.theta[j]).not.toBe(problem.theta[j]);
    else expect(Object.is(chain.theta[j], problem.theta[j])).toBe(true);
  // one normal number per moving parameter
  const noise = rng(4, 'here', 2, 'langevin-noise', 0);
  const first = chainOf({ parameters });
  const g = meanGradient(problem.model, problem.loss, problem.theta, problem.data);
  first.step();
  for (const j of parameters) {
    const exact = problem.theta[j] - (0.01 / 2) * 30 * g[j] + 0.1 * noise.normal();
    expect(Math.abs(first.theta[j] - exact)).toBeLessThan(1e3 * Number.EPSILON);
  }
});

test('chains differ from each other and not from themselves', () => {
  const run = (chain: number): Vec => {
    const made = chainOf({ batch: 6 }, chain);
    for (let t = 0; t < 5; t++) made.step();
    return made.theta.slice();
  };
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
});

for (const method of ['sgld', 'rmsprop-sgld'] as const)
  test(`${method}: continued from a stored state, the same bits`, () => {
    const settings = resolveSampler(problem, { ...BASE, method, batch: 7 });
    const whole = new LangevinChain(problem, settings, 2);
    for (let t = 0; t < 25; t++) whole.step();
    const first = new LangevinChain(problem, settings, 2);
    for (let t = 0; t < 11; t++) first.step();
    const later = new LangevinChain(problem, settings, 2, structuredClone(first.state()));
    for (let t = 11; t < 25; t++) later.step();
    expect(later.state()).toEqual(whole.state());
    expect(
      () => new LangevinChain(problem, settings, 2, { ...first.state(), theta: new Float64Array(3) }),
    ).toThrow(ShapeError);
  });

test('a step that is too long is refused, with chain, step and what to lower', () => {
  const chain = chainOf({ stepSize: 50, nBeta: 1000, gamma: 1 }, 2);
  let error: unknown;
  try {
    chain.stepsTo(400);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(ChainDivergenceError);
  if (!(error instanceof ChainDivergenceError)) return;
  expect(error).toMatchObject({ chain: 2, draw: 400, quantity: 'distance', stepSize: 50 });
  expect(error.value).toBeGreaterThan(error.limit);
  expect(error.step).toBe(chain.steps);
  expect(error.message).toMatch(/chain 2 diverged at step \d+ \(draw 400\).*Lower stepSize from 5\.00e\+1/);
});

test('a loss that rises too far is refused, NaN too', () => {
  const chain = chainOf({ divergenceLimit: 2 });
  const start =
    exampleValues(problem.model, problem.loss, problem.theta, problem.data).reduce((a, b) => a + b) / 20;
  const most = start + (2 * D) / (2 * 30);
  chain.checkLoss(most - 1e-9, 7);
  expect(() => chain.checkLoss(most + 1e-9, 7)).toThrow(
    /chain 0 diverged.*draw 7.*rise of the mean training loss/,
  );
  expect(() => chain.checkLoss(Number.NaN, 7)).toThrow(ChainDivergenceError);
});

test('reusable sweeps give the bits of exampleValues', () => {
  for (const examples of [1, 127, 128, 300]) {
    const data = randomData(problem.model, 'cross-entropy', examples, 8);
    for (const f of ['cross-entropy', 'margin'] as const) {
      const sweep = new ValueSweep(problem.model, f, data);
      const out = new Float64Array(examples);
      for (const theta of [problem.theta, problem.theta.map((v) => 2 * v)]) {
        sweep.evaluate(theta, out);
        expect(out).toEqual(exampleValues(problem.model, f, theta, data));
      }
    }
  }
});
