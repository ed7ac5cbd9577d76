/** @file Every baseline: training examples in another order get the same scores, queries one by one too. */
import { expect, test } from 'vitest';
import { selectExamples } from '../../../src/autodiff/dataset.ts';
import { iterativeInfluence } from '../../../src/influence/attributors/iterative-influence.ts';
import { arnoldiInfluence } from '../../../src/influence/baselines/arnoldi.ts';
import { labelControl } from '../../../src/influence/baselines/controls.ts';
import { dataInf } from '../../../src/influence/baselines/data-inf.ts';
import { logra } from '../../../src/influence/baselines/logra.ts';
import { trak } from '../../../src/influence/baselines/trak.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { maxAbs } from '../../../src/linalg/sum.ts';
import { expectMatrixClose } from '../../helpers/close.ts';
import { randomData, randomProblem } from '../../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 5, 3], examples: 30, seed: 5 });
const { data: train, ...fitted } = problem;
const queries = randomData(problem.model, 'cross-entropy', 4, 8);
const order = rng(3, 'order').permutation(30);

const METHODS = [
  trak({ dimension: 8 }),
  dataInf(),
  arnoldiInfluence({ rank: 5, iterations: problem.model.parameterCount, rtol: 1e-12 }),
  logra({ dimension: 3 }),
  logra({ dimension: 3, initialisation: 'pca', id: 'logra-pca' }),
  labelControl(),
  iterativeInfluence({ curvature: 'ggn', damping: 0.1, rtol: 1e-11, preconditioner: 'ekfac' }),
];

test.each(METHODS.map((method) => [method.id, method] as const))('%s', (_, method) => {
  const here = method.fit(fitted, train);
  const scores = here.score(queries);
  const there = method.fit(fitted, selectExamples(train, order));
  const moved = there.score(queries);
  const atol = 1e-9 * maxAbs(scores.data);
  for (let q = 0; q < 4; q++)
    for (const [to, from] of order.entries())
      expect(Math.abs(moved.at(q, to) - scores.at(q, from))).toBeLessThan(atol);
  for (let q = 0; q < 4; q++)
    expectMatrixClose(here.score(selectExamples(queries, Int32Array.of(q))), scores.rowRange(q, q + 1), {
      atol,
    });
  const own = here.selfInfluence();
  const moving = there.selfInfluence();
  for (const [to, from] of order.entries())
    expect(Math.abs(moving[to] - own[from])).toBeLessThan(1e-9 * maxAbs(own));
});
