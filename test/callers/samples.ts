/** @file For every export of linalg, ndarray and io the arguments of one valid call. An export that is missing here fails the test. */
import { readFileSync } from 'node:fs';
import * as linalg from '../../src/linalg/index.ts';
import { writeNpy, writeNpz, writeSafetensors } from '../../src/linalg/io/index.ts';
import { toNdarray } from '../../src/linalg/ndarray.ts';
import { type ClassSample, call, just, none, type Sample } from './sample.ts';
import { AUTODIFF_CLASSES, AUTODIFF_FUNCTIONS } from './samples-autodiff.ts';
import { CURVATURE_CLASSES, CURVATURE_FUNCTIONS } from './samples-curvature.ts';
import { INFLUENCE_CLASSES, INFLUENCE_FUNCTIONS } from './samples-influence.ts';

const { Matrix, rng } = linalg;

const a = () => Matrix.of([[4, 1], [1, 3]]); // biome-ignore format: a matrix
const v = () => Float64Array.of(1, 2);
const op = () => linalg.denseOperator(a(), 'psd');
const rules = () => [
  { nodes: v(), weights: v() },
  { nodes: v(), weights: v() },
];
const q = () => Matrix.of([[0.6, -0.8], [0.8, 0.6]]); // biome-ignore format: a matrix

const basisMethods = { rotate: call(a), unrotate: call(a), toDense: none };
const operatorMethods = {
  matvec: call(v),
  applyRows: call(a),
  matmat: call(a),
  transpose: none,
  toDense: none,
};
const into: Sample = { args: () => [new Float64Array(2), v(), 2, 0, 0], writes: [0] };
const scalar: Sample = { ...call(just(0.5)), partial: true };
const pair = call(a, a);
const npyFile = () => ({ shape: [2], dtype: 'i8', data: v() });

export const FUNCTIONS: Readonly<Record<string, Readonly<Record<string, Sample>>>> = {
  linalg: {
    add: pair, subtract: pair, multiply: pair, divide: pair, norm: call(a, just(1)), trace: call(a), allClose: call(a, a, just({})), argmax: call(a, just(0)), argmin: call(a, just(0)),
    maxima: call(a, just(0)), minima: call(a, just(0)), means: call(a, just(0)), sums: call(a, just(0)), standardDeviation: call(a, just({})), variance: call(a, just({})),
    standardDeviations: call(a, just(0), just({})), variances: call(a, just(0), just({})), diagonal: call(a, just(0)), slice: call(a, just(0), just({ start: 0 })), tril: call(a, just(0)), triu: call(a, just(0)),
    sort: call(a, just({ axis: 0 })), argsort: call(v, just({})), quantile: call(a, just(0.5)), hstack: call(() => [a(), v()]), vstack: call(() => [a(), v()]), reshape: call(a, just(1), just(4)), outer: call(v, v), inverse: call(a, just({})),
    ldlt: call(a), rectangularLu: call(a, just({ pivoting: 'complete' })), solveBanded: call(a, v, just({})), bandedEigen: call(a, just({})), eigen: call(a, just({})), schur: call(a), expm: call(a),
    matrixPower: call(a, just(2)), generalisedSymmetricEigen: call(a, a, just({})),
    covariance: call(a, just({})), correlation: call(a), cumulativeSum: call(a, just(0)), linspace: call(just(0), just(1), just(3)), unique: call(v), minimum: call(a), maximum: call(a), nullSpace: call(a, just({})), rangeBasis: call(a, just({})),
    addMatrices: pair, subtractMatrices: pair, scaleMatrix: call(just(2), a), matmul: call(a, a, just({})), syrk: call(a, just({})),
    matvec: call(a, v, just({})), transpose: call(a), dot: call(v, v), axpy: { args: () => [2, v(), v()], writes: [2] },
    sum: call(a), mean: call(a), maxAbs: call(a), norm2: call(a), frobenius: call(a), kernelTier: none, useKernels: call(just('best')), useThreads: call(just(1)), kernelThreads: none,
    kron: pair, kroneckerMatvec: call(a, just(Matrix.identity(1)), v), kroneckerApplyRows: call(a, just(Matrix.identity(1)), a, just({})),
    cholesky: call(a), lu: call(a), qr: call(a, just({})), svd: call(a, just({})), symmetricEigen: call(a, just({})),
    solve: call(a, v, just({})), determinant: call(a), logDeterminant: call(a), leastSquares: call(a, v, just({})),
    pseudoInverse: call(a, just({})), matrixRank: call(a, just({})), conditionNumber: call(a, just({})),
    solveTriangular: call(a, a, just({ uplo: 'lower' })), conjugateGradient: call(op, v, just({})), conjugateGradientRows: call(op, a, just({})),
    minres: call(op, v, just({})), minresRows: call(op, a, just({})), lanczos: call(op, just(1), () => rng(0), just({})), powerIteration: call(op, () => rng(0), just({})),
    estimateTrace: call(op, () => rng(0), just({})), estimateDiagonal: call(op, () => rng(0), just({})), lanczosQuadrature: call(op, () => rng(0), just({ probes: 2 })),
    estimateLogDeterminant: call(op, () => rng(0), just({ maxProducts: 8 })),
    denseOperator: call(a, just('psd')), diagonalOperator: call(v), identityOperator: call(just(2)),
    functionOperator: call(just(2), just((x: linalg.Matrix) => x.clone()), just('psd')), scaledOperator: call(op, just(2)),
    shiftedOperator: call(op, just(2)), sumOperator: call(() => [op(), op()]), productOperator: call(() => [op(), op()]),
    directSumOperator: call(() => [op(), op()]), submatrixOperator: call(op, () => Int32Array.of(1), () => Int32Array.of(0)),
    rng: call(just(0), just('init'), just(1)), streamName: call(just(0), just('init'), just(1)), normalQuantile: scalar,
    multiplyHigh: call(just(3), just(4)), philox4x32: { args: () => [new Uint32Array(4), new Uint32Array(2), new Uint32Array(4)], writes: [2] },
    withScratch: call(() => [2], just((t?: Float64Array) => t?.length)), exp: scalar, expm1: scalar, log: scalar, log1p: scalar, erf: scalar,
    sigmoid: scalar, tanh: scalar, sinPi: scalar, cosPi: scalar, expInto: into, expm1Into: into, logInto: into, log1pInto: into, erfInto: into,
    sigmoidInto: into, tanhInto: into,
  },
  ndarray: {
    toNdarray: call(a), view: call(a, just(0), just({ start: 0 })), fromNdarray: call(() => toNdarray(a()), just({})), add: pair, subtract: pair, multiply: pair, divide: pair,
    assign: { args: () => [a(), a()], writes: [0] },
  },
  io: {
    crc32: call(() => Uint8Array.of(1)), readNpy: call(() => writeNpy(a())), readNpz: call(() => writeNpz({ w: v() })), writeNpy: call(a),
    writeNpz: call(() => ({ w: v() })), readCsv: call(just('1,2\n'), just({})), readTable: call(just('1,2\n'), just({})),
    readPt2: call(() => Uint8Array.from(readFileSync(new URL('../reference/exported-networks/strided.pt2', import.meta.url))), () => ({ maxBytes: 1e6 })),
    readSafetensors: call(() => writeSafetensors({ w: { shape: [2], data: v() } })),
    readSafetensorsMetadata: call(() => writeSafetensors({ w: { shape: [2], data: v() } })),
    writeSafetensors: call(() => ({ w: { shape: [2], data: v() } }), () => ({})), toVector: call(npyFile, just('x')),
    toLabels: call(npyFile, just('x')), toMatrix: call(() => ({ ...npyFile(), shape: [1, 2] }), just('x')),
  },
  autodiff: AUTODIFF_FUNCTIONS,
  curvature: CURVATURE_FUNCTIONS,
  influence: INFLUENCE_FUNCTIONS,
}; // biome-ignore format: a table

export const CLASSES: Readonly<Record<string, Readonly<Record<string, ClassSample>>>> = {
  linalg: {
    Matrix: {
      ...call(just(1), just(2), v), make: a, internal: ['position', 'shape'],
      methods: {
        at: call(just(0), just(1)), set: call(just(0), just(1), just(5)), row: call(just(0)), column: call(just(0)), rowRange: call(just(0), just(1)), clone: none, toArray: none,
        map: call(just((x: number) => x + 1)), toJSON: none, toString: none,
      },
      statics: { zeros: call(just(1), just(2)), ones: call(just(1), just(2)), identity: call(just(2)), diagonal: call(v), of: call(() => [[1, 2], [3, 4]]), from: call(() => toNdarray(a())) },
    },
    LanczosQuadrature: {
      ...call(just(2), just(2), rules, rules), make: () => linalg.lanczosQuadrature(op(), rng(0), { probes: 2 }), internal: ['range', 'width'],
      methods: { trace: call(just((t: number) => t)), density: call(v, just(0.5)) },
    },
    Rng: {
      ...call(() => Uint32Array.of(1, 2, 3, 4), just(0)), make: () => rng(0), internal: ['below', 'word', 'refill'],
      methods: {
        state: none, uint32: none, uniform: none, normal: none, integer: call(just(5)), permutation: call(just(5)), subset: call(just(5), just(2)),
        categorical: call(v), fillUniform: { args: () => [v(), 0, 1], writes: [0] }, fillNormal: { args: () => [v(), 0, 1], writes: [0] },
      },
      statics: { resume: call(() => rng(0).state()) },
    },
    Lu: {
      ...call(() => linalg.lu(a()).packed, () => Int32Array.of(0, 1), just(1), just(5)), make: () => linalg.lu(a()),
      internal: ['pivots', 'checkPivots', 'solveScaled', 'substitute', 'substituteTransposed'],
      methods: { lower: none, upper: none, solve: call(v), inverse: none, reconstruct: none, determinant: none, logDeterminant: none, reciprocalCondition: none },
    },
    Qr: {
      ...call(a, () => Int32Array.of(0, 1), () => ({ count: 2, length: 2, vectors: new Float64Array(4), taus: new Float64Array(2) })), make: () => linalg.qr(a()),
      internal: ['checkIndependence', 'diagonal'], methods: { orthogonal: call(just('full')), rank: none, solve: call(v), reconstruct: none },
    },
    Svd: {
      ...call(q, v, q), make: () => linalg.svd(a()), internal: ['defaultCutoff'],
      methods: { rank: call(just(1e-9)), condition: none, solve: call(v, just(1e-9)), pseudoInverse: call(just(1e-9)), reconstruct: none },
    },
    Cholesky: { ...call(a), make: () => linalg.cholesky(a()), methods: { solve: call(v), inverse: none, reconstruct: none, logDeterminant: none } },
    DenseBasis: { ...call(q), make: () => new linalg.DenseBasis(q()), methods: basisMethods },
    IdentityBasis: { ...call(just(2)), make: () => new linalg.IdentityBasis(2), methods: basisMethods },
    KroneckerBasis: { ...call(q, () => Matrix.identity(1)), make: () => new linalg.KroneckerBasis(q(), Matrix.identity(1)), methods: basisMethods },
    BlockBasis: {
      ...call(() => [{ indices: Int32Array.of(1, 0), basis: new linalg.DenseBasis(q()) }]), methods: basisMethods,
      make: () => new linalg.BlockBasis([{ indices: Int32Array.of(1, 0), basis: new linalg.DenseBasis(q()) }]),
    },
    KroneckerOperator: { ...call(a, () => Matrix.identity(1), just('psd')), make: () => new linalg.KroneckerOperator(a(), Matrix.identity(1), 'psd'), methods: operatorMethods },
    RowOperator: {
      ...call(() => ({ rows: 2, cols: 2, structure: 'psd', applyRows: (x: linalg.Matrix) => x.clone(), transposed: op })), methods: operatorMethods,
      make: () => new linalg.RowOperator({ rows: 2, cols: 2, structure: 'psd', applyRows: (x) => x.clone(), transposed: op }),
    },
  },
  ndarray: {},
  io: {},
  autodiff: AUTODIFF_CLASSES,
  curvature: CURVATURE_CLASSES,
  influence: INFLUENCE_CLASSES,
}; // biome-ignore format: a table
