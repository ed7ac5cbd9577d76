/** @file The golden networks of networks.py: some without biases, some with shared parameters. */
import { readFileSync } from 'node:fs';
import type { Dataset } from '../../src/autodiff/dataset.ts';
import type { Activation, Loss } from '../../src/autodiff/functions.ts';
import { Mlp, type MlpTie } from '../../src/autodiff/mlp.ts';
import { fromTorchOrder } from '../../src/autodiff/torch-order.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';

interface Blocks {
  readonly blockGgn: number[];
  readonly kfac: number[];
  readonly ekfac: number[];
}

interface Case {
  readonly sizes: number[];
  readonly activation: Activation;
  readonly bias: boolean[];
  readonly ties: MlpTie[];
  readonly loss: Loss;
  readonly theta: number[];
  readonly inputs: number[][];
  readonly answers: number[] | number[][];
  readonly queryInputs: number[][];
  readonly queryAnswers: number[] | number[][];
  readonly meanLoss: number;
  readonly gradients: number[][];
  readonly queryGradients: number[][];
  readonly hessian: number[];
  readonly ggn: number[];
  readonly layer: Blocks;
  readonly tensor: Blocks;
  readonly ggnDamped: number[][];
  readonly gradDot: number[][];
}

export interface GoldenNetwork {
  readonly name: string;
  readonly golden: Case;
  readonly model: Mlp;
  readonly loss: Loss;
  readonly theta: Vec;
  readonly data: Dataset;
  readonly queries: Dataset;
}

const file = JSON.parse(readFileSync(new URL('./networks.json', import.meta.url), 'utf8')) as {
  readonly damping: number;
  readonly cases: Record<string, Case>;
};

/** λ of `ggnDamped`. */
export const NETWORK_DAMPING = file.damping;

export const GOLDEN_NETWORKS: readonly GoldenNetwork[] = Object.entries(file.cases).map(([name, golden]) => {
  const { sizes, activation, bias, ties, loss } = golden;
  const model = new Mlp(sizes, activation, { bias, ties });
  return {
    name,
    golden,
    model,
    loss,
    theta: fromTorchOrder(model, Float64Array.from(golden.theta)),
    data: dataset(golden.inputs, golden.answers),
    queries: dataset(golden.queryInputs, golden.queryAnswers),
  };
});

function dataset(inputs: number[][], answers: number[] | number[][]): Dataset {
  const x = Matrix.of(inputs);
  return typeof answers[0] === 'number'
    ? { inputs: x, labels: Int32Array.from(answers as number[]) }
    : { inputs: x, targets: Matrix.of(answers as number[][]) };
}
