/** @file Curvature of some modules, beside submatrices of the whole. */
import { describe, expect, test } from 'vitest';
import { moduleCurvature, moduleNames } from '../../src/curvature/module-subset.ts';
import { extractBlock } from '../../src/curvature/partition.ts';
import { CURVATURE_KINDS, CURVATURES } from '../../src/curvature/registry.ts';
import { DomainError } from '../../src/linalg/errors.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../helpers/shared-networks.ts';

const EPS = Number.EPSILON;
const PROBLEMS = [
  { name: 'perceptron', problem: randomProblem({ sizes: [4, 5, 4, 3], examples: 17, seed: 5 }) },
  ...SHARED_PROBLEMS.map(([name, problem]) => ({ name, problem })),
];

describe.each(PROBLEMS)('$name', ({ problem }) => {
  const { blocks } = problem.model;
  for (const kind of CURVATURE_KINDS)
    test(`${kind} of the last module, of one, of two: the submatrix`, () => {
      const whole = CURVATURES[kind].matrix(problem);
      for (const modules of ['last', '0', [0, blocks.length - 1]] as const) {
        const { operator, indices } = moduleCurvature(kind, problem, modules);
        const expected = extractBlock(whole, indices);
        expectMatrixClose(operator.toDense(), expected, { atol: 256 * whole.rows * EPS * frobenius(whole) });
        const size = modules === 'last' ? blocks[blocks.length - 1].size : blocks[0].size;
        expect(indices.length).toBe(
          typeof modules === 'string' ? size : blocks[0].size + blocks[blocks.length - 1].size,
        );
        expect(operator.structure).toBe(CURVATURES[kind].structure);
      }
    });

  test('other Fisher types, and all modules', () => {
    const fisher = { kind: 'empirical' } as const;
    const whole = CURVATURES.ggn.matrix(problem, { fisher });
    for (const modules of ['last', [0, blocks.length - 1], 'all'] as const) {
      const { operator, indices } = moduleCurvature('ggn', problem, modules, { fisher });
      expectMatrixClose(operator.toDense(), extractBlock(whole, indices), {
        atol: 256 * whole.rows * EPS * frobenius(whole),
      });
    }
  });
});

test('modules go by name or number, each once, and others are refused with the list of those there are', () => {
  const problem = randomProblem({ sizes: [4, 5, 4, 3], examples: 7 });
  expect(moduleNames(problem.model)).toEqual(['0', '1', '2']);
  const indices = (modules: Parameters<typeof moduleCurvature>[2]): Int32Array =>
    moduleCurvature('diagonal-ggn', problem, modules).indices;
  expect(indices('2, 0')).toEqual(indices([0, 2, 0]));
  expect(indices('all').length).toBe(problem.model.parameterCount);
  for (const modules of ['3', 'head', [], [1.5], [-1], '', 5 as unknown as string, [{}] as unknown as string])
    expect(() => indices(modules)).toThrow(DomainError);
  expect(() => indices('head')).toThrow(/'0', '1', '2'/);
});
