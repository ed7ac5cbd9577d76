/** @file Curvatures averaged over checkpoints, against the dense means that they stand for. */
import { describe, expect, test } from 'vitest';
import { initialise } from '../../../src/autodiff/initialise.ts';
import { Mlp } from '../../../src/autodiff/mlp.ts';
import { blockGgn } from '../../../src/curvature/block-ggn.ts';
import { kroneckerFactors } from '../../../src/curvature/kronecker-factors.ts';
import { CURVATURE_KINDS, CURVATURES } from '../../../src/curvature/registry.ts';
import { averagedCurvature } from '../../../src/influence/source/averaged-curvature.ts';
import { ShapeError } from '../../../src/linalg/errors.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { kron } from '../../../src/linalg/operators/kronecker.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { randomData } from '../../autodiff/naive.ts';
import { relativeError } from '../../helpers/close.ts';
import { expectSameBits } from '../../helpers/eigen-laws.ts';
import { checkOperatorLaws } from '../../helpers/operator-laws.ts';
import { meanRows, rowsOf } from './dense-unrolling.ts';

const model = new Mlp([2, 3, 2], 'tanh');
const data = randomData(model, 'cross-entropy', 15, 21);
const problems = [0, 1, 2].map((k) => {
  const theta = initialise(model, 'xavier', rng(k, 'averaged')).map((x) => (1 + k) * x);
  return { model, loss: 'cross-entropy', theta, data } as const;
});
const mean = (kind: 'hessian' | 'ggn' | 'block-ggn', partition: 'layer' | 'tensor' = 'layer'): Matrix =>
  Matrix.of(meanRows(problems.map((problem) => rowsOf(CURVATURES[kind].matrix(problem, { partition })))));

for (const kind of ['hessian', 'ggn', 'block-ggn'] as const)
  test(`${kind}: the mean of the matrices`, () => {
    const operator = averagedCurvature(kind, problems);
    checkOperatorLaws(operator, mean(kind), { tolerance: 64 * Number.EPSILON });
    expect(operator.structure).toBe(kind === 'hessian' ? 'symmetric' : 'psd');
  });

test('block-ggn by tensor', () => {
  const operator = averagedCurvature('block-ggn', problems, { partition: 'tensor' });
  checkOperatorLaws(operator, mean('block-ggn', 'tensor'), { tolerance: 64 * Number.EPSILON });
});

describe.each(['layer', 'tensor'] as const)('by %s', (partition) => {
  const factors = problems.map((problem) => kroneckerFactors(problem, { partition }));
  const meanFactor = (b: number, which: 'gradientCovariance' | 'inputCovariance'): Matrix =>
    Matrix.of(meanRows(factors.map((own) => rowsOf(own[b][which]))));

  test('K-FAC: the Kronecker products of the mean factors', () => {
    const dense = averagedCurvature('kfac', problems, { partition }).toDense();
    const expected = new Matrix(dense.rows, dense.cols);
    for (const [b, { block }] of factors[0].entries()) {
      const own = kron(meanFactor(b, 'gradientCovariance'), meanFactor(b, 'inputCovariance'));
      for (let i = 0; i < own.rows; i++)
        for (let j = 0; j < own.cols; j++) expected.set(block.indices[i], block.indices[j], own.at(i, j));
    }
    expect(relativeError(dense.data, expected.data)).toBeLessThan(1e-13);
  });

  test('EK-FAC: in the basis of the mean K-FAC the diagonal of the mean block-GGN, the best one', () => {
    const operator = averagedCurvature('ekfac', problems, { partition });
    const blocks = mean('block-ggn', partition);
    const q = operator.basis.toDense();
    for (let k = 0; k < q.cols; k++) {
      let rayleigh = 0;
      for (let i = 0; i < q.rows; i++)
        for (let j = 0; j < q.rows; j++) rayleigh += q.at(i, k) * blocks.at(i, j) * q.at(j, k);
      expect(operator.values[k]).toBeCloseTo(rayleigh, 13);
    }
    // the basis diagonalises the mean K-FAC: rotated, that has nothing off its diagonal
    const kfac = averagedCurvature('kfac', problems, { partition });
    const rotated = operator.basis.rotate(kfac.applyRows(operator.basis.unrotate(Matrix.identity(q.cols))));
    for (let i = 0; i < q.cols; i++)
      for (let j = 0; j < q.cols; j++) if (i !== j) expect(Math.abs(rotated.at(i, j))).toBeLessThan(1e-13);
    const gap = (own: Matrix): number => Math.hypot(...own.data.map((x, k) => x - blocks.data[k]));
    expect(gap(operator.toDense())).toBeLessThan(gap(kfac.toDense()));
    expect(operator.trace()).toBeCloseTo(blockGgnTrace(partition), 12);
  });
});

function blockGgnTrace(partition: 'layer' | 'tensor'): number {
  return problems.reduce((sum, problem) => sum + blockGgn(problem, { partition }).trace(), 0) / 3;
}

test('one problem: the builder’s own bits; several times the same: the same up to rounding', () => {
  for (const kind of CURVATURE_KINDS) {
    const plain = CURVATURES[kind].build(problems[0]);
    expectSameBits(averagedCurvature(kind, [problems[0]]).values, plain.values);
    const repeated = averagedCurvature(kind, [problems[0], problems[0], problems[0]]);
    expect(relativeError(repeated.toDense().data, plain.toDense().data), kind).toBeLessThan(1e-13);
  }
});

test('drawn labels: every checkpoint draws its own; no problem is refused', () => {
  const options = { fisher: { kind: 'mc', samples: 400, seed: 3 } } as const;
  const drawn = averagedCurvature('ggn', problems, options).toDense();
  expect(relativeError(drawn.data, mean('ggn').data)).toBeLessThan(0.1);
  expect(() => averagedCurvature('ggn', [])).toThrow(ShapeError);
});
