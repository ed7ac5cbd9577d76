/** @file Valid calls of every export of curvature. */

import { sweepFisher } from '../../src/curvature/fisher-sweep.ts';
import * as curvature from '../../src/curvature/index.ts';
import { DenseBasis, denseOperator, Matrix } from '../../src/linalg/index.ts';
import { model, problem } from './fixtures.ts';
import { type ClassSample, call, just, none, type Sample } from './sample.ts';

const options = () => ({ fisher: { kind: 'type-2' }, partition: 'layer' });
const rule = () => ({ kind: 'damped', lambda: 0.1 });
const of = (...rest: readonly (() => unknown)[]): Sample => call(problem, ...rest);
const square = () => Matrix.of([[2, 1], [1, 2]]); // biome-ignore format: a matrix
const operator = () => curvature.decompose(square());
const block = () => curvature.partition(model(), 'layer')[0];
const chunks = () => {
  const out: unknown[] = [];
  sweepFisher('test', problem(), curvature.TYPE_2, {}, (chunk) => out.push(chunk));
  return out;
};
const rows = () => Matrix.of([[1, 2]]);

export const CURVATURE_FUNCTIONS: Readonly<Record<string, Sample>> = {
  blockGgn: of(options), blockGgnMatrices: of(options), blockSamples: of(options), fromHalfVector: call(() => Float64Array.of(1, 2, 3), just(2)), halfVector: call(square),
  blockTridiagonal: of(options), blockTridiagonalInverse: of(just(10), options), chainInverse: of(just(10), options), crossLayerMass: call(square, square), residualMass: call(square, square),
  errorShares: call(() => ({ hessian: 0, ggn: 1, 'block-ggn': 2, ekfac: 3, kfac: 4 })), inverseError: call(() => denseOperator(square(), 'psd'), operator, rule, rows),
  inverseErrors: call(() => denseOperator(square(), 'psd'), operator, rule, rows), conjugateSteps: call(() => denseOperator(square(), 'psd'), rows, () => denseOperator(square(), 'psd')),
  decompose: call(square, () => ({ structure: 'psd' })), ekfac: of(options), ekfacInBasis: of(() => curvature.eigenOfFactors(curvature.kroneckerFactors(problem())), options),
  exampleTraces: of(() => ({ kind: 'type-2' })), ggn: of(options), ggnBandMatrix: of(just(1), () => ({ kind: 'type-2' }), () => ({ batch: 2 })), ggnMatrix: of(() => ({ kind: 'mc', samples: 2, seed: 0 }), () => ({ batch: 2 })),
  hessian: of(() => ({ keepAbove: 0.1 })), hessianMatrix: of(() => ({ batch: 2 })), checkInverseRule: { ...call(just('f'), rule), heads: [0] }, spectralInverse: call(rule, just(1)),
  jointDiagonal: call(() => [square()], () => Matrix.identity(2), () => ({ criterion: { kind: 'mass' }, tolerance: 1e-3, maxSweeps: 2 })), kfac: of(options),
  ekfacSearched: of(() => ({ start: 'kfac', rtol: 0.1, maxAlternations: 1 })), kroneckerBasisSearch: of(() => ({ start: 'nearest', criterion: { kind: 'mass' }, maxAlternations: 1 })),
  eigenOfFactors: call(() => curvature.kroneckerFactors(problem())), kroneckerFactors: of(options), kroneckerSum: of(() => ({ terms: 1 })), kroneckerSumOperator: of(() => ({ terms: 1 })),
  kroneckerSumProducts: call(just(17), () => curvature.kroneckerSum(problem(), { terms: 1 })), nearestKronecker: of(() => ({ rtol: 0.1 })), nearestKroneckerFactors: of(() => ({ maxIterations: 100 })),
  ggnOperator: of(), hessianOperator: of(), basisOverlap: call(operator, operator, just(0.5)), eigenvalueOverlap: call(operator, operator),
  assembleBlocks: call(just(2), () => [{ indices: Int32Array.of(1, 0) }], () => [square()]), extractBlock: call(square, () => Int32Array.of(1)), partition: call(model, just('tensor')),
  ggnDiagonal: of(options), hessianDiagonal: of(() => ({ batch: 2 })), moduleDampings: call(() => curvature.ekfac(problem()), model, just('layer'), just(0.1)),
  dampModules: call(() => curvature.ekfac(problem()), () => curvature.moduleDampings(curvature.ekfac(problem()), model())), dampFactors: call(() => curvature.kfac(problem()), just(0.1), just('pi')),
  moduleNames: call(model), moduleCurvature: call(just('ggn'), problem, just('last'), () => ({ keepAbove: 0.1 })),
  asProblem: { ...call(just('f'), problem), heads: [0] },
}; // biome-ignore format: a table

export const CURVATURE_CLASSES: Readonly<Record<string, ClassSample>> = {
  BlockSamples: {
    ...call(block, chunks), make: () => curvature.blockSamples(problem())[0],
    methods: {
      gradientMoment: call(() => Matrix.identity(3)), inputMoment: call(() => Matrix.identity(3)), rearranged: none, applyRows: call(() => new Matrix(2, 9)),
      gradientMoments: call(() => Matrix.identity(3)), inputMoments: call(() => Matrix.identity(3)),
    },
  },
  DiscardedShare: { ...call(operator, rule), make: () => new curvature.DiscardedShare(operator(), { kind: 'truncated', eps: 2, negative: 'keep' }), methods: { add: call(rows), value: none } },
  EigenOperator: {
    ...call(() => new DenseBasis(Matrix.identity(2)), () => Float64Array.of(1, 2), () => ({ structure: 'psd' })), make: operator,
    internal: ['complete', 'applyWeights', 'checkWithinBasis', 'keptMask', 'separateFactors'],
    methods: {
      apply: call(just((sigma: number) => sigma), rows), applyRows: call(rows), matvec: call(() => Float64Array.of(1, 2)), matmat: call(square), transpose: none,
      applyInverse: call(rows, rule), inverse: call(rule), inverseValues: call(rule), kept: call(rule), trace: none, frobeniusNorm: none, toDense: none,
    },
  },
}; // biome-ignore format: a table
