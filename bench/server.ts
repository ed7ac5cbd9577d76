/** @file A contender as a process: `tsx bench/server.ts eigenfluence|ml-matrix [tier [threads]]`, one JSON request per line, as bench/peers/server.py. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  CholeskyDecomposition,
  EigenvalueDecomposition,
  LuDecomposition,
  Matrix as MlMatrix,
  QrDecomposition,
} from 'ml-matrix';
import {
  type ClassificationData,
  fromTorchOrder,
  Mlp,
  type Network,
  Trainer,
  torchPermutation,
} from '../src/autodiff/index.ts';
import { ggnMatrix, hessianMatrix, type Problem } from '../src/curvature/index.ts';
import { checkJson, parseJson, readJson } from '../src/experiments/files/json.ts';
import {
  cholesky,
  type KernelTier,
  kernelTier,
  lu,
  Matrix,
  matmul,
  qr,
  svd,
  symmetricEigen,
  useKernels,
  useThreads,
  type Vec,
} from '../src/linalg/index.ts';
import { readNpy, writeNpy } from '../src/linalg/io/index.ts';
import { time } from './harness.ts';
import { PackageSchema, RequestSchema } from './result-schemas.ts';
import { eigenStages, hessianStages, type Stages, stepStages } from './stages.ts';
import { STEP_CONFIG, STEP_COUNT } from './works.ts';

/** Work that takes longer than this, in seconds, is timed by its single call in each round. */
const SLOW = 2;
/** Quick work runs unmeasured for so long, in seconds, before each round: engines compile in the background while it runs. */
const WARM = 1;

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
function reordered(model: Network, c: Matrix): Vec {
  const order = torchPermutation(model);
  const out = new Float64Array(c.data.length);
  for (let i = 0, k = 0; i < order.length; i++)
    for (let j = 0; j < order.length; j++, k++) out[k] = c.data[order[i] * c.cols + order[j]];
  return out;
}

/** The absolute values of an upper triangle: signs of rows are a matter of taste. */
const sizesOf = (upper: Matrix): Vec => upper.data.map(Math.abs);

const step: Make = (f) => {
  const p = problem(f);
  const trainer = new Trainer(p.model, p.loss, p.data, STEP_CONFIG);
  const order = torchPermutation(p.model);
  return () => {
    const theta = trainer.train({ seed: 0 });
    return Float64Array.from(order, (i) => theta[i]);
  };
};

/** Works whose run is so many pieces of the work that is reported. */
const PER: Record<string, number> = {
  'step-d8-w16': STEP_COUNT,
  'step-d1-w16': STEP_COUNT,
  'step-d1-w128': STEP_COUNT,
};

const stagesOfStep = (f: string): Stages => {
  const { model, theta, data } = problem(f);
  return stepStages(model, theta, data as ClassificationData, STEP_CONFIG.batch);
};

const STAGES: Record<string, (folder: string) => Stages> = {
  eigen: (f) => eigenStages(matrix(f, 'a')),
  hessian: (f) => hessianStages(problem(f)),
  'step-d8-w16': stagesOfStep,
  'step-d1-w16': stagesOfStep,
  'step-d1-w128': stagesOfStep,
};

const OURS: Record<string, Make> = {
  'step-d8-w16': step,
  'step-d1-w16': step,
  'step-d1-w128': step,
  qr: (f) => {
    const a = matrix(f, 'a');
    return () => sizesOf(qr(a).upper);
  },
  lu: (f) => {
    const a = matrix(f, 'a');
    return () => sizesOf(lu(a).upper());
  },
  svd: (f) => {
    const a = matrix(f, 'a');
    return () => svd(a).values;
  },
  kept: (f) => {
    const a = matrix(f, 'a');
    return () => symmetricEigen(a, { above: 1e-4 }).values;
  },
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
  qr: (f) => {
    const a = mlMatrix(f, 'a');
    return () => Float64Array.from(new QrDecomposition(a).upperTriangularMatrix.to1DArray(), Math.abs);
  },
  lu: (f) => {
    const a = mlMatrix(f, 'a');
    return () => Float64Array.from(new LuDecomposition(a).upperTriangularMatrix.to1DArray(), Math.abs);
  },
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

const [, , contender, tier, threads = '1'] = process.argv;
/** What is not the rule of the name: this Node, one thread. */
const special: string[] = [];
if (tier !== undefined) {
  useKernels(tier as KernelTier);
  special.push(`Node ${process.versions.node}`);
  if (useThreads(Number(threads)) > 1) special.push(`${threads} threads`);
}
const [works, name, version] =
  contender === 'ml-matrix'
    ? [ML_MATRIX, 'ml-matrix', readJson('node_modules/ml-matrix/package.json', PackageSchema).version]
    : [
        OURS,
        `eigenfluence (${[kernelTier(), ...special].join(', ')})`,
        readJson('package.json', PackageSchema).version,
      ];

for await (const line of createInterface({ input: process.stdin })) {
  const { work, folder, repeats } = checkJson(RequestSchema, parseJson(new TextEncoder().encode(line)));
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
  if (first < WARM) for (const end = performance.now() + 1e3 * WARM; performance.now() < end; ) run();
  const seconds = first > SLOW ? first : time(work, run, { minSamples: repeats, maxTime: 0.5 }).seconds;
  const stages = contender === 'eigenfluence' ? STAGES[work]?.(folder) : undefined;
  console.log(
    JSON.stringify({ peer: name, version, seconds: [seconds / (PER[work] ?? 1)], ...(stages && { stages }) }),
  );
}
