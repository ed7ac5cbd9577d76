/** @file A contender as a process: `tsx bench/server.ts eigenfluence|ml-matrix`, one JSON request per line, as bench/peers/server.py. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { CholeskyDecomposition, EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import { fromTorchOrder, Mlp, torchPermutation } from '../src/autodiff/index.ts';
import { ggnMatrix, hessianMatrix, type Problem } from '../src/curvature/index.ts';
import { cholesky, kernelTier, Matrix, matmul, symmetricEigen, type Vec } from '../src/linalg/index.ts';
import { readNpy, writeNpy } from '../src/linalg/io/index.ts';
import { time } from './harness.ts';

/** Work that takes longer than this, in seconds, is timed by its single call in each round. */
const SLOW = 2;

type Run = () => Vec;
type Make = (folder: string) => Run;

const load = (folder: string, name: string): { shape: readonly number[]; data: Vec } => {
  const { shape, data } = readNpy(readFileSync(`${folder}/${name}.npy`));
  return { shape, data: Float64Array.from(data as ArrayLike<number>) };
};

function matrix(folder: string, name: string): Matrix {
  const { shape, data } = load(folder, name);
  return new Matrix(shape[0], shape[1], data);
}

function problem(folder: string): Problem {
  const model = new Mlp([...load(folder, 'sizes').data], 'tanh');
  const data = { inputs: matrix(folder, 'x'), labels: Int32Array.from(load(folder, 'y').data) };
  return { model, loss: 'cross-entropy', theta: fromTorchOrder(model, load(folder, 'theta').data), data };
}

/** A curvature matrix in the order in which PyTorch keeps parameters. */
function reordered(model: Mlp, c: Matrix): Vec {
  const order = torchPermutation(model);
  const out = new Float64Array(c.data.length);
  for (let i = 0, k = 0; i < order.length; i++)
    for (let j = 0; j < order.length; j++, k++) out[k] = c.data[order[i] * c.cols + order[j]];
  return out;
}

const OURS: Record<string, Make> = {
  matmul: (f) => {
    const [a, b] = [matrix(f, 'a'), matrix(f, 'b')];
    return () => matmul(a, b).data;
  },
  cholesky: (f) => {
    const a = matrix(f, 'a');
    return () => cholesky(a).lower.data;
  },
  eigen: (f) => {
    const a = matrix(f, 'a');
    return () => symmetricEigen(a).values;
  },
  hessian: (f) => {
    const p = problem(f);
    return () => reordered(p.model, hessianMatrix(p));
  },
  ggn: (f) => {
    const p = problem(f);
    return () => reordered(p.model, ggnMatrix(p));
  },
};

const mlMatrix = (folder: string, name: string): MlMatrix => {
  const { shape, data } = load(folder, name);
  return MlMatrix.from1DArray(shape[0], shape[1], Array.from(data));
};

const ML_MATRIX: Record<string, Make> = {
  matmul: (f) => {
    const [a, b] = [mlMatrix(f, 'a'), mlMatrix(f, 'b')];
    return () => Float64Array.from(a.mmul(b).to1DArray());
  },
  cholesky: (f) => {
    const a = mlMatrix(f, 'a');
    return () => Float64Array.from(new CholeskyDecomposition(a).lowerTriangularMatrix.to1DArray());
  },
  eigen: (f) => {
    const a = mlMatrix(f, 'a');
    return () =>
      Float64Array.from(new EigenvalueDecomposition(a, { assumeSymmetric: true }).realEigenvalues).sort();
  },
};

const contender = process.argv[2];
const [works, name, version] =
  contender === 'ml-matrix'
    ? [
        ML_MATRIX,
        'ml-matrix',
        JSON.parse(readFileSync('node_modules/ml-matrix/package.json', 'utf8')).version as string,
      ]
    : [
        OURS,
        `eigenfluence (${kernelTier()})`,
        JSON.parse(readFileSync('package.json', 'utf8')).version as string,
      ];

for await (const line of createInterface({ input: process.stdin })) {
  const { work, folder, repeats } = JSON.parse(line) as { work: string; folder: string; repeats: number };
  const make = works[work];
  if (make === undefined) {
    console.log(JSON.stringify({ peer: name, missing: true }));
    continue;
  }
  const run = make(folder);
  const start = performance.now();
  const data = run();
  const first = (performance.now() - start) / 1e3;
  writeFileSync(`${folder}/result.npy`, writeNpy({ shape: [data.length], data }));
  const seconds = first > SLOW ? first : time(work, run, { minSamples: repeats, maxTime: 0.5 }).seconds;
  console.log(JSON.stringify({ peer: name, version, seconds: [seconds] }));
}
