/** @file What the browser check computes on a page, in a worker and in Node: the tier that ran, and the bits of what came out. */
import { Trainer } from '../../src/autodiff/index.ts';
import { kernelTier, Matrix, Mlp, matmul, rng, symmetricEigen } from '../../src/index.ts';
import { cholesky } from '../../src/linalg/index.ts';

export interface Outcome {
  readonly tier: string;
  /** 32-bit FNV-1a hashes of the doubles of each result, in hexadecimal. */
  readonly bits: Readonly<Record<string, string>>;
}

function hash(x: Float64Array): string {
  let h = 0x811c9dc5;
  for (const byte of new Uint8Array(x.slice().buffer)) h = Math.imul(h ^ byte, 0x01000193);
  return (h >>> 0).toString(16);
}

export function work(): Outcome {
  const a = new Matrix(150, 150, rng(1, 'browser').fillNormal(new Float64Array(22500)));
  const s = matmul(a, a, { transposeB: true });
  const eigen = symmetricEigen(s);
  const inputs = new Matrix(64, 5, rng(2, 'browser').fillNormal(new Float64Array(320)));
  const data = { inputs, labels: Int32Array.from({ length: 64 }, (_, i) => i % 3) };
  const theta = new Trainer(new Mlp([5, 8, 3], 'tanh'), 'cross-entropy', data, {
    epochs: 5,
    batch: 16,
    learningRate: 0.1,
    momentum: 0.9,
    weightDecay: 0,
    schedule: 'cosine',
    initialisation: 'torch',
    dropLast: true,
  }).train({ seed: 0 });
  return {
    tier: kernelTier(),
    bits: {
      product: hash(s.data),
      cholesky: hash(cholesky(s).lower.data),
      eigenvalues: hash(eigen.values),
      eigenvectors: hash(eigen.vectors.data),
      training: hash(theta),
    },
  };
}
