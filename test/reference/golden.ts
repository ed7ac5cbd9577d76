/** @file The golden networks of curvature.py, in the layout of the library. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ClassificationData, Dataset } from '../../src/autodiff/dataset.ts';
import type { Activation, Loss } from '../../src/autodiff/functions.ts';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { fromTorchOrder, torchPermutation } from '../../src/autodiff/torch-order.ts';
import type { LadderKind } from '../../src/curvature/ladder.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';

type Measure = 'loss' | 'margin';
export type GoldenRule = 'truncated-keep' | 'truncated-drop' | 'damped';

interface Examples {
  readonly inputs: number[][];
  readonly labels?: number[];
  readonly targets?: number[][];
}

/** One file of test/reference/curvature; matrices are lower triangles in PyTorch's order. */
interface File extends Examples {
  readonly sizes: number[];
  readonly activation: Activation;
  readonly loss: Loss;
  readonly eps: number;
  readonly damping: number;
  readonly theta: number[];
  readonly queries: Examples;
  readonly exampleLosses: number[];
  readonly meanLoss: number;
  readonly gradient: number[];
  readonly perExampleGradients: number[][];
  readonly exampleMargins?: number[];
  readonly marginGradients?: number[][];
  readonly hessian: number[];
  readonly ggn: number[];
  readonly empiricalFisher: number[];
  readonly factors: readonly { readonly a: number[][]; readonly g: number[][] }[];
  readonly ekfacLayer: number[][];
  readonly ekfacTensor: number[][];
  readonly ekfacEmpiricalLayer: number[][];
  readonly kfacEmpiricalLayer: number[][];
  readonly scores: Record<GoldenRule, Partial<Record<Measure, Record<LadderKind, number[][]>>>>;
}

export interface Golden {
  readonly name: string;
  readonly file: File;
  readonly model: Mlp;
  readonly loss: Loss;
  readonly theta: Vec;
  readonly data: Dataset;
  readonly queries: Dataset;
}

const FOLDER = new URL('./curvature/', import.meta.url);

/** Every golden network, by name of its file. */
export const GOLDENS: readonly Golden[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => {
    const file = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as File;
    const model = new Mlp(file.sizes, file.activation);
    return {
      name: name.replace('.json', ''),
      file,
      model,
      loss: file.loss,
      theta: fromTorchOrder(model, Float64Array.from(file.theta)),
      data: dataset(file),
      queries: dataset(file.queries),
    };
  });

function dataset({ inputs, labels, targets }: Examples): Dataset {
  if (targets !== undefined) return { inputs: Matrix.of(inputs), targets: Matrix.of(targets) };
  return { inputs: Matrix.of(inputs), labels: Int32Array.from(labels ?? []) } satisfies ClassificationData;
}

/** Rows of gradients, or a symmetric matrix when `rows` too, from our order of θ to PyTorch's. */
export function columnsToTorch(model: Mlp, a: Matrix, rows = false): Matrix {
  const perm = torchPermutation(model);
  const out = Matrix.zeros(a.rows, a.cols);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++) out.set(i, j, a.at(rows ? perm[i] : i, perm[j]));
  return out;
}

/** A symmetric matrix from its lower triangle, row by row. */
export function fromLower(lower: readonly number[]): Matrix {
  const n = (Math.sqrt(8 * lower.length + 1) - 1) / 2;
  const out = Matrix.zeros(n, n);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j <= i; j++, k++) {
      out.set(i, j, lower[k]);
      out.set(j, i, lower[k]);
    }
  return out;
}

/** diag(blocks), zeros elsewhere. */
export function blockDiagonal(blocks: readonly Matrix[]): Matrix {
  const n = blocks.reduce((total, { rows }) => total + rows, 0);
  const out = Matrix.zeros(n, n);
  let at = 0;
  for (const block of blocks) {
    for (let i = 0; i < block.rows; i++) out.data.set(block.row(i), (at + i) * n + at);
    at += block.rows;
  }
  return out;
}

/** The diagonal blocks of the given sizes, zeros elsewhere. */
export function keepBlocks(a: Matrix, sizes: readonly number[]): Matrix {
  const out = Matrix.zeros(a.rows, a.cols);
  let at = 0;
  for (const size of sizes) {
    for (let i = at; i < at + size; i++) for (let j = at; j < at + size; j++) out.set(i, j, a.at(i, j));
    at += size;
  }
  return out;
}

/** Sizes of the blocks in PyTorch's order: whole layers, or weight and bias by themselves. */
export function blockSizes(model: Mlp, partition: 'layer' | 'tensor'): number[] {
  return model.layers.flatMap(({ size, outputs }) =>
    partition === 'layer' ? [size] : [size - outputs, outputs],
  );
}
