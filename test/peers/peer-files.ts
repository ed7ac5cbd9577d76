/** @file What `peers.py` wrote into a folder, and our own numbers for the same files: by the command line or the library. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readTorchParameters, torchPermutation } from '../../src/autodiff/index.ts';
import { CURVATURES, type CurvatureKind } from '../../src/curvature/index.ts';
import {
  type CurvatureOptions,
  type Dataset,
  Matrix,
  type Problem,
  perExampleGradients,
} from '../../src/index.ts';
import { trak } from '../../src/influence/index.ts';
import { readNpy, readSafetensors } from '../../src/linalg/io/index.ts';
import { ROOT } from '../helpers/sources.ts';

type Network = 'classes' | 'numbers';

/** One folder of `peers.py`. Everything comes back flat, matrices row by row in PyTorch's parameter order. */
export class PeerFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** An array that a peer or a formula gave. */
  peer(name: string): Float64Array {
    return readNpy(readFileSync(this.file(`${name}.npy`))).data;
  }

  /** λ of every damped comparison. */
  damping(): number {
    return this.peer('classes.damping')[0];
  }

  /** `influence` on the command line: scores [query, train] of `classes`. */
  scores(flags: string): Float64Array {
    const inputs = [
      ...['--params', this.file('classes.safetensors'), '--activation', 'tanh'],
      ...['--train-inputs', this.file('classes.x.npy'), '--train-labels', this.file('classes.y.npy')],
      ...['--query-inputs', this.file('classes.xq.npy'), '--query-labels', this.file('classes.yq.npy')],
      ...['--out', this.file('ours.npy')],
    ];
    const program = ['--import', 'tsx', path.join(ROOT, 'src/experiments/main.ts'), 'influence'];
    execFileSync('node', [...program, ...inputs, ...flags.split(' ')], { cwd: ROOT, stdio: 'pipe' });
    return this.peer('ours');
  }

  /** A curvature matrix. */
  matrix(network: Network, kind: CurvatureKind, options: CurvatureOptions = {}): Float64Array {
    const problem = this.problem(network);
    const dense = CURVATURES[kind].matrix(problem, options);
    const perm = torchPermutation(problem.model);
    return Float64Array.from({ length: dense.rows * dense.cols }, (_, k) =>
      dense.at(perm[Math.floor(k / dense.cols)], perm[k % dense.cols]),
    );
  }

  /** Gradients of the training losses, [N, D]. */
  gradients(network: Network): Float64Array {
    const { model, loss, theta, data } = this.problem(network);
    const rows = perExampleGradients(model, loss, theta, data);
    const perm = torchPermutation(model);
    return Float64Array.from({ length: rows.rows * rows.cols }, (_, k) =>
      rows.at(Math.floor(k / rows.cols), perm[k % rows.cols]),
    );
  }

  /** TRAK without projection: P = I. */
  trak(ridge: number): Float64Array {
    const problem = this.problem('classes');
    const d = problem.model.parameterCount;
    const identity = {
      inputs: d,
      dimension: d,
      rows: (first: number, count: number) =>
        new Matrix(
          count,
          d,
          Float64Array.from({ length: count * d }, (_, k) => Number(first + Math.floor(k / d) === k % d)),
        ),
    };
    const fitted = trak({ ridge: ridge * d, measurement: 'margin', projection: () => identity });
    const queries = this.examples('classes.xq', 'classes.yq');
    return fitted.fit(problem, problem.data).score(queries).data;
  }

  private problem(network: Network): Problem {
    const tensors = readSafetensors(readFileSync(this.file(`${network}.safetensors`)));
    const loss = network === 'classes' ? 'cross-entropy' : 'squared-error';
    return {
      ...readTorchParameters(tensors, 'tanh'),
      loss,
      data: this.examples(`${network}.x`, `${network}.y`),
    };
  }

  private examples(x: string, y: string): Dataset {
    const inputs = this.array(x);
    const answers = readNpy(readFileSync(this.file(`${y}.npy`)));
    return answers.shape.length === 1
      ? { inputs, labels: Int32Array.from(answers.data) }
      : { inputs, targets: this.array(y) };
  }

  private array(name: string): Matrix {
    const { shape, data } = readNpy(readFileSync(this.file(`${name}.npy`)));
    return new Matrix(shape[0], shape[1], data);
  }
}

/** max |a − b| / max |b|. */
export function relativeDifference(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let difference = 0;
  let size = 0;
  for (const [i, x] of b.entries()) {
    difference = Math.max(difference, Math.abs(a[i] - x));
    size = Math.max(size, Math.abs(x));
  }
  return difference / size;
}
