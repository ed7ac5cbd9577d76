/** @file Diagonals of curvatures, beside those of the whole matrices. */
import { describe, expect, test } from 'vitest';
import { ggnDiagonal, hessianDiagonal } from '../../src/curvature/diagonal.ts';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { hessianMatrix } from '../../src/curvature/hessian.ts';
import { CURVATURES } from '../../src/curvature/registry.ts';
import { automaticDamping } from '../../src/influence/attributors/damping-rule.ts';
import { influenceFunction } from '../../src/influence/attributors/influence-function.ts';
import type { Matrix } from '../../src/linalg/matrix.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectClose } from '../helpers/close.ts';
import { randomProblem, smallProblems } from '../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../helpers/shared-networks.ts';

const EPS = Number.EPSILON;
const diagonal = (a: Matrix): number[] => Array.from({ length: a.rows }, (_, i) => a.at(i, i));
const FISHERS = [{ kind: 'type-2' }, { kind: 'mc', samples: 3, seed: 4 }, { kind: 'empirical' }] as const;

const PROBLEMS = [...smallProblems(), ...SHARED_PROBLEMS.map(([name, problem]) => ({ name, problem }))];

describe.each(PROBLEMS)('$name', ({ problem }) => {
  test.each(FISHERS)('GGN and Fisher: $kind', (fisher) => {
    const exact = ggnMatrix(problem, fisher);
    const atol = 64 * EPS * frobenius(exact);
    expectClose(ggnDiagonal(problem, { fisher }), diagonal(exact), { atol });
    expectClose(ggnDiagonal(problem, { fisher, batch: 2 }), diagonal(exact), { atol });
  });

  test('Hessian', () => {
    const exact = hessianMatrix(problem);
    const atol = 64 * exact.rows * EPS * frobenius(exact);
    expectClose(hessianDiagonal(problem), diagonal(exact), { atol });
    expectClose(hessianDiagonal(problem, { batch: 3 }), diagonal(exact), { atol });
  });
});

test('as curvatures: the operator is the diagonal, and an indefinite one is damped until it is definite', () => {
  const problem = randomProblem({ sizes: [4, 5, 3], examples: 17, seed: 5 });
  const { data, ...model } = problem;
  for (const kind of ['diagonal-ggn', 'diagonal-hessian'] as const) {
    const { values, structure } = CURVATURES[kind].build(problem);
    expect(
      CURVATURES[kind]
        .matrix(problem)
        .toArray()
        .map((row, i) => row[i]),
    ).toEqual(Array.from(values));
    expect(structure).toBe(CURVATURES[kind].structure);
    const { rule } = influenceFunction({ curvature: CURVATURES[kind] }).fit(model, data);
    const least = Math.max(0, -Math.min(...values));
    expect(least > 0).toBe(kind === 'diagonal-hessian');
    expect(rule).toEqual({ kind: 'damped', lambda: automaticDamping(problem, 'ggn') + least });
  }
});
