/** @file What is measured: inputs for each piece of work and size, the same for every contender. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { initialise, Mlp, toTorchOrder } from '../src/autodiff/index.ts';
import { Matrix, matmul, rng, type Vec } from '../src/linalg/index.ts';
import { writeNpy } from '../src/linalg/io/index.ts';

export interface Work {
  readonly name: string;
  readonly title: string;
  readonly sizes: readonly number[];
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

/** A digits-sized problem: n hidden layers of width 16 on 1,617 examples of 64 features and 10 classes. */
function network(depth: number, folder: string): void {
  const sizes = [64, ...Array<number>(depth).fill(16), 10];
  const model = new Mlp(sizes, 'tanh');
  const theta = initialise(model, 'torch', rng(1, 'bench', 'theta'));
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

export const WORKS: readonly Work[] = [
  {
    name: 'matmul',
    title: 'matrix product, n × n',
    sizes: [512, 1024],
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
    sizes: [500, 1000],
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
];
