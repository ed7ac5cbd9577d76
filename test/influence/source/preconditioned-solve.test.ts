/** @file Which batches are steepest in the coordinates of AdamW, against the dense matrices of single examples. */
import { describe, expect, test } from 'vitest';
import { asProblem, type Problem } from '../../../src/curvature/problem.ts';
import { CURVATURES } from '../../../src/curvature/registry.ts';
import { minibatchCurvature } from '../../../src/influence/solvers/curvature-source.ts';
import {
  preconditionedSource,
  preconditionedTraces,
} from '../../../src/influence/source/preconditioned-solve.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { expectClose } from '../../helpers/close.ts';
import { randomProblem } from '../../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../../helpers/shared-networks.ts';

const CASES: [string, Problem][] = [
  ['a perceptron', randomProblem({ sizes: [4, 5, 3], examples: 9, seed: 5 })],
  ['shared weights', SHARED_PROBLEMS[0][1] as Problem],
];

describe.each(CASES)('%s', (_, given) => {
  const problem = asProblem('test', given);
  const { model, data } = problem;
  const root = new Float64Array(model.parameterCount);
  for (const [j, x] of rng(3, 'root').fillNormal(root).entries())
    root[j] = j % 7 === 0 ? 30 : 0.1 + Math.abs(x);

  /** P̄^½ G_i P̄^½ of one example by itself: its dense matrix, and the sum of its diagonal. */
  const dense = Array.from({ length: data.inputs.rows }, (__, i) => {
    const labels = (data as { labels: Int32Array }).labels.slice(i, i + 1);
    const own = { ...problem, data: { inputs: Matrix.of([data.inputs.row(i)]), labels } };
    const matrix = CURVATURES.ggn.matrix(own, {});
    return root.reduce((sum, p, j) => sum + p * matrix.at(j, j) * p, 0);
  });

  test('traces are those of dense matrices', () => {
    expectClose(preconditionedTraces(problem, root), dense, { rtol: 1e-12 });
  });

  test('the steepest batch is that with the largest sum of them', () => {
    const plain = minibatchCurvature(problem, { batch: 2, seed: 4 });
    const weight = ({ repeat, step }: { repeat: number; step: number }): number =>
      plain.batchAt(repeat, step).reduce((sum, i) => sum + dense[i], 0);
    const steps = Array.from({ length: 12 }, (__, step) => ({ repeat: 0, step }));
    const sorted = [...steps].sort((a, b) => weight(b) - weight(a)).slice(0, 4);
    const found = preconditionedSource(plain, problem, root, 0.1).steepest?.(1, 12, 4) ?? [];
    expectClose(found.map(weight), sorted.map(weight), { rtol: 1e-12 });
    expect(found).not.toEqual(plain.steepest?.(1, 12, 4));
  });
});
