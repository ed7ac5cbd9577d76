/** @file Half the squared error. */
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import type { DrawnGradients, TargetLoss } from './loss.ts';

/** ½‖u − t‖². Its model draws t ~ N(u, I). */
export const squaredError: TargetLoss & { readonly drawnGradients: DrawnGradients } = {
  answers: 'targets',
  measured: 'absolute-error',
  record: (tape, u, targets) => tape.apply('squared-error', [u, targets]),

  // u − t
  gradient(u, targets, start) {
    const out = u.clone();
    for (let n = 0; n < u.cols; n++)
      for (let c = 0; c < u.rows; c++) out.data[c * u.cols + n] -= targets.at(start + n, c);
    return out;
  },

  // e_k for every output k: ∇²_u ℓ = I
  hessianRoot: (u) =>
    Array.from({ length: u.rows }, (_, k) => {
      const root = new Matrix(u.rows, u.cols);
      root.row(k).fill(1);
      return root;
    }),

  // u − t at targets t drawn from N(u, I)
  drawnGradients(u, samples, stream) {
    const weight = 1 / Math.sqrt(samples);
    const out = Array.from({ length: samples }, () => new Matrix(u.rows, u.cols));
    for (let n = 0; n < u.cols; n++) {
      const random = stream(n);
      for (const drawn of out)
        for (let c = 0; c < u.rows; c++) drawn.data[c * u.cols + n] = weight * random.normal();
    }
    return out;
  },

  constantOutputs: (_, targets) => columnMeans(targets),
  linearised: 'outputs',
};

/** The mean of every column, [cols]. */
export function columnMeans({ rows, cols, data }: Matrix): Vec {
  const out = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) for (let c = 0; c < cols; c++, k++) out[c] += data[k] / rows;
  return out;
}
