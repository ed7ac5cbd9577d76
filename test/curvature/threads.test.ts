/** @file Hessian and Gauss–Newton matrix by several threads: the bits of one. */
import { afterAll, expect, test } from 'vitest';
import { Mlp } from '../../src/autodiff/index.ts';
import { ggnMatrix, hessianMatrix } from '../../src/curvature/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { kernelThreads, useThreads } from '../../src/linalg/threads/use-threads.ts';

afterAll(() => void useThreads(1));

test.each([2, 4])('%i threads', (threads) => {
  const model = new Mlp([30, 24, 20, 10], 'tanh');
  const random = rng(5, 'threads of a Hessian');
  const n = 300; // more than one batch
  const inputs = new Matrix(n, 30, random.fillNormal(new Float64Array(30 * n)));
  const labels = Int32Array.from({ length: n }, () => random.integer(10));
  const theta = random.fillNormal(new Float64Array(model.parameterCount)).map((x) => 0.3 * x);
  const problem = { model, loss: 'cross-entropy', theta, data: { inputs, labels } } as const;
  const both = (): Float64Array[] => [hessianMatrix(problem).data, ggnMatrix(problem).data];
  useThreads(1);
  const alone = both();
  expect([useThreads(threads), kernelThreads()]).toEqual([threads, threads]);
  for (const [k, matrix] of both().entries())
    expect(matrix.every((x, i) => Object.is(x, alone[k][i]))).toBe(true);
});
