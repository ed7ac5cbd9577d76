/** @file P̄^½ (C + λ) P̄^½ block by block, against the whole matrix by dense algebra. */
import { expect, test } from 'vitest';
import { CURVATURES } from '../../../src/curvature/registry.ts';
import { preconditioned } from '../../../src/influence/source/preconditioner.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { BlockBasis, DenseBasis } from '../../../src/linalg/operators/basis.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { expectMatrixClose } from '../../helpers/close.ts';
import { randomProblem } from '../../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
const size = problem.model.parameterCount;
const root = rng(3, 'root').fillNormal(new Float64Array(size)).map((x) => 0.2 + Math.abs(x)); // biome-ignore format: one line
const damping = 0.3;

test.each(['ekfac', 'kfac', 'block-ggn', 'diagonal-ggn', 'ggn'] as const)('%s', (kind) => {
  const c = CURVATURES[kind].build(problem, {});
  const dense = c.toDense();
  const expected = new Matrix(size, size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      expected.set(i, j, root[i] * (dense.at(i, j) + (i === j ? damping : 0)) * root[j]);
  const made = preconditioned(c, root, damping);
  expectMatrixClose(made.toDense(), expected, { atol: 64 * size * Number.EPSILON });
  const { basis } = made;
  expect(basis instanceof BlockBasis ? basis.blocks.length : basis instanceof DenseBasis).toBe(
    kind === 'ggn' || kind === 'diagonal-ggn' ? true : 2,
  );
});
