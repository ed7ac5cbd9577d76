/** @file The exactness ladder: the special cases in which an approximation loses nothing. */
import { describe, expect, test } from 'vitest';
import type { Network } from '../../src/autodiff/network.ts';
import { extractBlock, partition } from '../../src/curvature/partition.ts';
import type { Problem } from '../../src/curvature/problem.ts';
import { CURVATURE_KINDS, CURVATURES } from '../../src/curvature/registry.ts';
import { UnsupportedError } from '../../src/linalg/errors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { frobenius } from '../../src/linalg/sum.ts';
import { expectMatrixClose, relativeError } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';
import { SHARED_PROBLEMS } from '../helpers/shared-networks.ts';

const EPS = Number.EPSILON;

function expectSame(actual: Matrix, expected: Matrix): void {
  expectMatrixClose(actual, expected, { atol: 64 * expected.rows * EPS * frobenius(expected) });
}

describe('softmax regression and linear regression: H = GGN', () => {
  for (const loss of ['cross-entropy', 'squared-error'] as const)
    test(loss, () => {
      const problem = randomProblem({ sizes: [4, 3], loss, activation: 'identity', examples: 9 });
      expectSame(CURVATURES.hessian.matrix(problem), CURVATURES.ggn.matrix(problem));
    });

  for (const scale of [10, 30, 100])
    test(`also where the model is sure, rightly or wrongly: parameters times ${scale}`, () => {
      const problem = randomProblem({ sizes: [4, 5], loss: 'cross-entropy', examples: 9 });
      const sure = { ...problem, theta: problem.theta.map((x) => scale * x) };
      expectSame(CURVATURES.hessian.matrix(sure), CURVATURES.ggn.matrix(sure));
    });
});

describe('deep linear network under squared error: EK-FAC = K-FAC = block-GGN', () => {
  for (const kind of ['layer', 'tensor'] as const)
    test(kind, () => {
      const problem = randomProblem({
        sizes: [3, 4, 2, 3],
        loss: 'squared-error',
        activation: 'identity',
        examples: 9,
      });
      const exact = CURVATURES['block-ggn'].matrix(problem, { partition: kind });
      expectSame(CURVATURES.kfac.matrix(problem, { partition: kind }), exact);
      expectSame(CURVATURES.ekfac.matrix(problem, { partition: kind }), exact);
    });

  test('and not under cross-entropy', () => {
    const problem = randomProblem({ sizes: [3, 4, 2, 3], activation: 'identity', examples: 9 });
    const exact = CURVATURES['block-ggn'].matrix(problem);
    expect(relativeError(CURVATURES.kfac.matrix(problem).data, exact.data)).toBeGreaterThan(0.01);
  });
});

describe('one datum: EK-FAC = K-FAC = block-GGN', () => {
  for (const loss of ['cross-entropy', 'squared-error'] as const)
    for (const activation of ['tanh', 'relu', 'gelu', 'sigmoid'] as const)
      test(`${loss}, ${activation}`, () => {
        const problem = randomProblem({ sizes: [3, 4, 3], loss, activation, examples: 1, seed: 2 });
        for (const fisher of [{ kind: 'type-2' }, { kind: 'empirical' }] as const) {
          const exact = CURVATURES['block-ggn'].matrix(problem, { fisher });
          expectSame(CURVATURES.kfac.matrix(problem, { fisher }), exact);
          expectSame(CURVATURES.ekfac.matrix(problem, { fisher }), exact);
        }
      });
});

describe('piecewise linear network: the diagonal blocks of H are those of the GGN', () => {
  for (const loss of ['cross-entropy', 'squared-error'] as const)
    test(loss, () => {
      const problem = randomProblem({ sizes: [3, 5, 4, 3], loss, activation: 'relu', examples: 9 });
      const [h, g] = [CURVATURES.hessian.matrix(problem), CURVATURES.ggn.matrix(problem)];
      for (const { indices } of partition(problem.model, 'layer'))
        expectSame(extractBlock(h, indices), extractBlock(g, indices));
      expect(relativeError(g.data, h.data)).toBeGreaterThan(0.01); // block-hollow, not zero
    });
});

describe('perfect fit under squared error: H = GGN', () => {
  test('targets equal to the outputs', () => {
    const problem = randomProblem({ sizes: [3, 4, 2], loss: 'squared-error', examples: 5 });
    const fitted = { ...problem, data: { inputs: problem.data.inputs, targets: outputs(problem) } };
    expectSame(CURVATURES.hessian.matrix(fitted), CURVATURES.ggn.matrix(fitted));
  });
});

describe('permuting hidden units permutes every curvature', () => {
  const problem = randomProblem({ sizes: [3, 4, 3], examples: 9, seed: 3 });
  const order = unitPermutation(problem.model, [2, 0, 3, 1]);
  const permuted: Problem = { ...problem, theta: Float64Array.from(order, (k) => problem.theta[k]) };
  for (const kind of CURVATURE_KINDS)
    test(kind, () => {
      expectSame(CURVATURES[kind].matrix(permuted), extractBlock(CURVATURES[kind].matrix(problem), order));
    });
});

describe('every curvature', () => {
  const problem = randomProblem({ sizes: [3, 4, 3], examples: 9 });
  for (const kind of CURVATURE_KINDS)
    test(`${kind}: operator = matrix, structure as promised`, () => {
      const { build, matrix, structure } = CURVATURES[kind];
      const operator = build(problem);
      expectSame(operator.toDense(), matrix(problem));
      expect(operator.structure).toBe(structure);
      const lowest = Math.min(...operator.values);
      const rounding = 64 * operator.rows * EPS * operator.frobeniusNorm();
      expect(lowest < -rounding).toBe(structure === 'symmetric');
    });

  const options = {
    fisher: { fisher: { kind: 'empirical' } },
    partition: { partition: 'tensor' },
    kfac: { kfac: 'reduce' },
  } as const;
  const shared = SHARED_PROBLEMS[0][1];
  for (const kind of CURVATURE_KINDS)
    test(`${kind}: depends on the options that it says it reads, and on no other`, () => {
      const { build, matrix, reads } = CURVATURES[kind];
      for (const [name, own] of [['fisher', problem], ['partition', problem], ['kfac', shared]] as const) // biome-ignore format: one line
        for (const [asked, usual] of [
          [build(own, options[name]).toDense(), build(own).toDense()],
          [matrix(own, options[name]), matrix(own)],
        ])
          expect([name, relativeError(asked.data, usual.data) > 1e-6]).toEqual([name, reads.includes(name)]);
    });

  for (const kind of CURVATURE_KINDS)
    test(`${kind}: keeps factors if it says so`, () => {
      const separate = { kind: 'damped', lambda: 1, factors: 'separate' } as const;
      const inverse = (): unknown => CURVATURES[kind].build(problem).inverseValues(separate);
      if (CURVATURES[kind].factored === true) expect(inverse).not.toThrow();
      else expect(inverse).toThrow(UnsupportedError);
    });
});

/** The network's outputs by plain loops, [n, outputs]. */
function outputs({ model, theta, data }: Problem): Matrix {
  let a = data.inputs.toArray();
  for (const { index, inputs, outputs: units, offset } of model.sites) {
    const last = index === model.sites.length - 1;
    a = a.map((x) =>
      Array.from({ length: units }, (_, r) => {
        const row = offset + r * (inputs + 1);
        const s = x.reduce((sum, value, c) => sum + theta[row + c] * value, theta[row + inputs]);
        return last ? s : Math.tanh(s);
      }),
    );
  }
  return Matrix.of(a);
}

/** order[k] = the old θ index that position k of a net with permuted first hidden layer takes its value from. */
function unitPermutation(model: Network, units: readonly number[]): Int32Array {
  const [first, second] = model.sites;
  const width = first.inputs + 1;
  const order: number[] = [];
  for (const u of units) for (let c = 0; c < width; c++) order.push(first.offset + u * width + c);
  for (let r = 0; r < second.outputs; r++) {
    const row = second.offset + r * (second.inputs + 1);
    order.push(...units.map((u) => row + u), row + second.inputs);
  }
  return Int32Array.from(order);
}
