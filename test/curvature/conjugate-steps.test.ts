/** @file Single steps of conjugate gradients against the solver, against the Krylov space, and on negative curvature. */
import { describe, expect, test } from 'vitest';
import { conjugateSteps } from '../../src/curvature/conjugate-steps.ts';
import { ekfac } from '../../src/curvature/ekfac.ts';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { conjugateGradientRows } from '../../src/linalg/operators/conjugate-gradient.ts';
import { denseOperator, diagonalOperator, shiftedOperator } from '../../src/linalg/operators/operator.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';

const problem = randomProblem({ sizes: [4, 5, 3], examples: 40, seed: 6 });
const n = problem.model.parameterCount;
const lambda = 1e-2;
const a = shiftedOperator(denseOperator(ggnMatrix(problem), 'psd'), lambda);
const inverse = ekfac(problem).inverse({ kind: 'damped', lambda });
const b = new Matrix(3, n, rng(2, 'b').fillNormal(new Float64Array(3 * n)));
b.row(2).fill(0);

describe('conjugateSteps', () => {
  test('are the iterates of the solver, with and without a preconditioner, for right-hand sides of any length', () => {
    for (const scale of [1, 1e-150])
      for (const preconditioner of [undefined, inverse]) {
        const scaled = new Matrix(
          3,
          n,
          b.data.map((v) => scale * v),
        );
        const steps = conjugateSteps(a, scaled, preconditioner);
        for (let m = 1; m <= 8; m++) {
          const { x, stopped } = steps.next().value;
          const options = { maxIterations: m, onFailure: 'return', rtol: 1e-15 } as const;
          const expected = conjugateGradientRows(
            a,
            b,
            preconditioner === undefined ? options : { ...options, preconditioner },
          );
          for (let i = 0; i < 2; i++)
            expect(
              relativeError(
                x.row(i).map((v) => v / scale),
                expected.x.row(i),
              ),
            ).toBeLessThan(1e-10);
          expectClose(x.row(2), new Float64Array(n), {});
          expect(stopped).toBe(0);
        }
      }
  });

  test('begin with a multiple of the preconditioned right-hand side', () => {
    const { x } = conjugateSteps(a, b, inverse).next().value;
    const z = inverse.applyRows(b);
    for (let i = 0; i < 2; i++) {
      const scale = x.at(i, 0) / z.at(i, 0);
      expect(scale).toBeGreaterThan(0);
      expect(
        relativeError(
          x.row(i),
          z.row(i).map((v) => scale * v),
        ),
      ).toBeLessThan(1e-12);
    }
  });

  test('stop at negative curvature, at the preconditioned right-hand side or the last iterate', () => {
    const indefinite = diagonalOperator(Float64Array.of(1, -2, 3));
    const right = Matrix.of([
      [0, 1, 0],
      [1, 0, 0],
      [2, 1, 1],
    ]);
    const steps = conjugateSteps(indefinite, right);
    const first = steps.next().value;
    expect(first.stopped).toBe(1);
    expectClose(first.x.row(0), [0, 1, 0], {});
    expectClose(first.x.row(1), [1, 0, 0], {});
    const later = [1, 2, 3].map(() => steps.next().value)[2];
    expect(later.stopped).toBe(2);
    expectClose(later.x.row(0), [0, 1, 0], {});
    expectClose(later.x.row(1), [1, 0, 0], {});
    expectClose(later.x.row(2), first.x.row(2), {}); // pᵀAp < 0 at its second direction
  });
});
