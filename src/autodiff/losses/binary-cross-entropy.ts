/** @file The cross-entropy of independent binary outputs. */
import { exp, log, sigmoid } from '../../linalg/elementary.ts';
import { DomainError } from '../../linalg/errors.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { binaryMargin, binaryCrossEntropy as lossOp } from '../ops/binary-cross-entropy.ts';
import type { TargetLoss } from './loss.ts';
import { columnMeans } from './squared-error.ts';

/** No constant prediction is surer than this log-odds. */
const SUREST = 40;

/**
 * Binary cross-entropy with logits: Σ_c −t_c log σ(u_c) − (1 − t_c) log(1 − σ(u_c)), targets t in [0, 1], one or several outputs. Its model draws each t_c by
 * itself, 1 with probability σ(u_c). The margin is Σ_c (2 t_c − 1) u_c, the log-odds of the labels.
 *
 * PyTorch's BCEWithLogitsLoss with reduction 'mean' also divides by the number of outputs; ours adds them up. Stable for any |u|: value, slope and
 * second derivative keep their digits where σ(u) has none left beside 0 or 1.
 *
 * @example new Trainer(new Mlp([8, 16, 1], 'tanh'), binaryCrossEntropy, { inputs, targets }, config);
 */
export const binaryCrossEntropy: TargetLoss = {
  name: 'binary-cross-entropy',
  answers: 'targets',
  measured: 'margin',
  measure: {
    name: 'the margin of binary outputs',
    answers: 'targets',
    ops: { 'binary-margin': binaryMargin },
    record: (tape, u, targets) => tape.apply('binary-margin', [u, targets]),
    checkTargets,
  },
  ops: { 'binary-cross-entropy': lossOp },
  record: (tape, u, targets) => tape.apply('binary-cross-entropy', [u, targets]),
  checkTargets,

  // (1 − t) σ(u) − t σ(−u)
  gradient: (u, targets, start) =>
    each(u, (v, c, n) => {
      const t = targets.at(start + n, c);
      return (1 - t) * sigmoid(v) - t * sigmoid(-v);
    }),

  // e_k √(σ(u_k) σ(−u_k)) for every output k
  hessianRoot: (u) =>
    Array.from({ length: u.rows }, (_, k) =>
      each(u, (v, c) => {
        const e = exp(-Math.abs(v) / 2);
        return c === k ? e / (1 + e * e) : 0;
      }),
    ),

  // σ(u) − t at targets t drawn by σ(u)
  drawnGradients(u, samples, stream) {
    const weight = 1 / Math.sqrt(samples);
    const out = Array.from({ length: samples }, () => new Matrix(u.rows, u.cols));
    for (let n = 0; n < u.cols; n++) {
      const random = stream(n);
      for (const drawn of out)
        for (let c = 0, k = n; c < u.rows; c++, k += u.cols)
          drawn.data[k] =
            weight * (random.uniform() < sigmoid(u.data[k]) ? -sigmoid(-u.data[k]) : sigmoid(u.data[k]));
    }
    return out;
  },

  // the log-odds of the mean target
  constantOutputs: (_, targets) =>
    columnMeans(targets).map((mean) => {
      const t = Math.min(mean, 1); // a sum of ones over n may come out above 1
      return Math.min(Math.max(log(t) - log(1 - t), -SUREST), SUREST);
    }),
  linearised: 'outputs',
  trialTargets: (outputs, count, random) =>
    new Matrix(
      count,
      outputs,
      Float64Array.from({ length: outputs * count }, () => random.uniform()),
    ),
};

function checkTargets(where: string, { data }: Matrix): void {
  for (let i = 0; i < data.length; i++)
    if (!(data[i] >= 0 && data[i] <= 1))
      throw new DomainError(where, `targets[${i}]`, 'in [0, 1] for binary-cross-entropy', data[i]);
}

/** f of every element and its place. */
function each(u: Matrix, f: (v: number, row: number, col: number) => number): Matrix {
  const out = new Matrix(u.rows, u.cols);
  for (let c = 0, k = 0; c < u.rows; c++)
    for (let n = 0; n < u.cols; n++, k++) out.data[k] = f(u.data[k], c, n);
  return out;
}
