/** @file What is measured: inputs for each piece of work and size, the same for every contender. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { initialise, Mlp, Trainer, type TrainingConfig, toTorchOrder } from '../src/autodiff/index.ts';
import { hessianMatrix } from '../src/curvature/index.ts';
import { prepareDigits } from '../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../src/experiments/protocol/profile.ts';
import { Matrix, matmul, rng, type Vec } from '../src/linalg/index.ts';
import { writeNpy } from '../src/linalg/io/index.ts';

export interface Work {
  readonly name: string;
  readonly title: string;
  /** Sizes that all contenders are measured at, and that the table of docs/speed.md shows. */
  readonly sizes: readonly number[];
  /** Further sizes of all contenders, for the growth of time with size. */
  readonly growthSizes?: readonly number[];
  /** Sizes, on a log scale, when only ours is measured. */
  readonly ownSizes?: readonly number[];
  /** Floating-point operations, where the customary count exists. */
  readonly flops?: (n: number) => number;
  /** Allowed relative difference of two contenders' results. */
  readonly tolerance: number;
  /** Writes the inputs as .npy files into a folder. */
  prepare(n: number, folder: string): void;
}

function save(folder: string, name: string, shape: readonly number[], data: Vec): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.npy`), writeNpy({ shape: [...shape], data }));
}

function normal(name: string, rows: number, cols: number): Matrix {
  return new Matrix(rows, cols, rng(1, 'bench', name).fillNormal(new Float64Array(rows * cols)));
}

/** How the training works train: {@link STEP_COUNT} steps, the model and the order of examples from seed 0. */
export const STEP_CONFIG: TrainingConfig = {
  epochs: 2,
  batch: 32,
  learningRate: 0.03,
  momentum: 0.9,
  weightDecay: 0,
  schedule: 'constant',
  initialisation: 'torch',
  dropLast: true,
};
/** Full batches of 1,617 examples in two epochs. */
export const STEP_COUNT = 100;

/** A digits-sized problem: hidden layers of one width on 1,617 examples of 64 features and 10 classes. */
function network(depth: number, folder: string, width = 16): void {
  const sizes = [64, ...Array<number>(depth).fill(width), 10];
  const model = new Mlp(sizes, 'tanh');
  const theta = initialise(model, 'torch', rng(0, 'init'));
  const labels = rng(1, 'bench', 'labels');
  save(folder, 'sizes', [sizes.length], Float64Array.from(sizes));
  save(folder, 'theta', [theta.length], toTorchOrder(model, theta));
  save(folder, 'x', [1617, 64], normal('x', 1617, 64).data);
  save(
    folder,
    'y',
    [1617],
    Float64Array.from({ length: 1617 }, () => labels.integer(10)),
  );
}

/** One SGD step, batch 32; the results that are compared are the parameters after {@link STEP_COUNT} of them. */
function stepWork(depth: number, width: number): Work {
  return {
    name: `step-d${depth}-w${width}`,
    title: `one SGD step, depth ${depth}, width ${width}, by batch`,
    sizes: [STEP_CONFIG.batch],
    tolerance: 1e-9,
    prepare(batch, folder) {
      network(depth, folder, width);
      const epochs = Array.from({ length: STEP_CONFIG.epochs }, (_, epoch) =>
        rng(0, 'shuffle', epoch)
          .permutation(1617)
          .subarray(0, (batch * STEP_COUNT) / STEP_CONFIG.epochs),
      );
      const order = Float64Array.from(epochs.flatMap((epoch) => Array.from(epoch)));
      save(folder, 'order', [order.length], order);
    },
  };
}

/** A factorisation of a random matrix. */
function factorisation(name: string, title: string): Work {
  return {
    name,
    title,
    sizes: [1000],
    ownSizes: [125, 250, 500, 1000],
    tolerance: 1e-9,
    prepare(n, folder) {
      save(folder, 'a', [n, n], normal('a', n, n).data);
    },
  };
}

export const WORKS: readonly Work[] = [
  {
    name: 'matmul',
    title: 'matrix product, n × n',
    sizes: [512, 1024, 2048],
    growthSizes: [64, 128, 256],
    ownSizes: [32, 64, 128, 256, 512, 1024, 2048],
    flops: (n) => 2 * n ** 3,
    tolerance: 1e-12,
    prepare(n, folder) {
      save(folder, 'a', [n, n], normal('a', n, n).data);
      save(folder, 'b', [n, n], normal('b', n, n).data);
    },
  },
  {
    name: 'cholesky',
    title: 'Cholesky factorisation',
    sizes: [500, 1000],
    growthSizes: [64, 125, 250, 2000],
    ownSizes: [64, 125, 250, 500, 1000, 2000],
    flops: (n) => n ** 3 / 3,
    tolerance: 1e-11,
    prepare(n, folder) {
      const a = normal('a', n, n);
      const spd = matmul(a, a, { transposeB: true });
      for (let i = 0; i < n; i++) spd.data[i * n + i] += n;
      save(folder, 'a', [n, n], spd.data);
    },
  },
  {
    name: 'eigen',
    title: 'symmetric eigendecomposition with vectors',
    sizes: [500, 1000, 2000],
    growthSizes: [64, 125, 250],
    ownSizes: [64, 125, 250, 500, 1000, 2000],
    tolerance: 1e-12,
    prepare(n, folder) {
      const a = normal('a', n, n);
      const symmetric = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) symmetric[i * n + j] = a.data[i * n + j] + a.data[j * n + i];
      save(folder, 'a', [n, n], symmetric);
    },
  },
  {
    name: 'hessian',
    title: 'exact Hessian, width 16, by depth',
    sizes: [8],
    tolerance: 1e-10,
    prepare: network,
  },
  {
    name: 'ggn',
    title: 'Gauss-Newton matrix, width 16, by depth',
    sizes: [8],
    tolerance: 1e-10,
    prepare: network,
  },
  factorisation('qr', 'QR factorisation'),
  factorisation('lu', 'LU factorisation'),
  factorisation('svd', 'singular value decomposition'),
  {
    name: 'kept',
    title: 'eigenpairs with |λ| > 1e-4 of the Hessian of Digits, width 16, by depth',
    sizes: [8],
    tolerance: 1e-10,
    prepare(depth, folder) {
      const { data, model: shape, training } = settingConfig(PROFILES.quick, `d${depth}-w16-e100`, 0);
      const { train } = prepareDigits(data);
      const model = new Mlp([64, ...Array<number>(shape.depth).fill(shape.width), 10], 'tanh');
      const theta = new Trainer(model, 'cross-entropy', train, training).train({ seed: 0 });
      const h = hessianMatrix({ model, loss: 'cross-entropy', theta, data: train });
      save(folder, 'a', [h.rows, h.cols], h.data);
    },
  },
  stepWork(8, 16),
  stepWork(1, 16),
  stepWork(1, 128),
];
