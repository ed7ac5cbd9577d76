/** @file The softmax cross-entropy with rows of probabilities in place of labels. */

import { asIntegers, type IntegersInput } from '../../linalg/border/integers.ts';
import { checkInteger, checkNonNegative } from '../../linalg/checks.ts';
import { log } from '../../linalg/elementary.ts';
import { DomainError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { softCrossEntropy as lossOp, softMargin } from '../ops/soft-cross-entropy.ts';
import { softmaxColumns } from './cross-entropy.ts';
import type { TargetLoss } from './loss.ts';
import { columnMeans } from './squared-error.ts';

/** No class of a constant prediction is rarer than e to this. */
const RAREST = -40;
/** How far from 1 the sum of a row may be: rounding of single precision and of decimals. */
const SUM_TOLERANCE = 1e-5;

/**
 * Softmax cross-entropy with soft labels: −Σ_c q_c log p_c, p = softmax(u), targets the rows q of probabilities. Its model draws a class from p. The margin is
 * Σ_c q_c (log p_c − log(1 − p_c)), the mean log-odds of a class drawn from q.
 *
 * PyTorch's CrossEntropyLoss with targets of floats. Label smoothing ε is q = (1 − ε) e_y + ε/C: see `softLabels`. A row of one 1 has the value and
 * derivatives of `cross-entropy`, to rounding. Of a row whose sum s is not 1 exactly the formula is kept: gradient s p − q.
 *
 * @example new Trainer(model, softCrossEntropy, { inputs, targets: softLabels(labels, 10, 0.1) }, config);
 */
export const softCrossEntropy: TargetLoss = {
  name: 'soft-cross-entropy',
  answers: 'targets',
  measured: 'margin',
  measure: {
    name: 'the margin of soft labels',
    answers: 'targets',
    ops: { 'soft-margin': softMargin },
    record: (tape, u, targets) => tape.apply('soft-margin', [u, targets]),
    checkTargets,
  },
  ops: { 'soft-cross-entropy': lossOp },
  record: (tape, u, targets) => tape.apply('soft-cross-entropy', [u, targets]),
  checkTargets,

  // s p − q; at the greatest p_c as p_c Σ_{k≠c} q_k − q_c Σ_{k≠c} p_k, since 1 − p_c may have no digits left
  gradient(u, targets, start) {
    const p = softmaxColumns(u);
    const out = new Matrix(p.rows, p.cols);
    for (let n = 0; n < p.cols; n++) {
      const [own, q] = [p.column(n), targets.row(start + n)];
      const total = q.reduce((sum, x) => sum + x, 0);
      const top = own.indexOf(Math.max(...own));
      for (let c = 0; c < p.rows; c++) {
        const others = c === top ? except(own, c) : 1 - own[c];
        out.data[c * p.cols + n] = own[c] * (c === top ? except(q, c) : total - q[c]) - q[c] * others;
      }
    }
    return out;
  },

  // √(s p_y) (p − e_y) for every class y
  hessianRoot(u, targets, start) {
    const p = softmaxColumns(u);
    return Array.from({ length: p.rows }, (_, y) => {
      const root = new Matrix(p.rows, p.cols);
      for (let n = 0; n < p.cols; n++) {
        const total = targets.row(start + n).reduce((sum, x) => sum + x, 0);
        setScore(root, n, p, y, Math.sqrt(total * p.at(y, n)));
      }
      return root;
    });
  },

  // p − e_y at classes y drawn from p
  drawnGradients(u, samples, stream) {
    const p = softmaxColumns(u);
    const out = Array.from({ length: samples }, () => new Matrix(p.rows, p.cols));
    for (let n = 0; n < p.cols; n++) {
      const probabilities = p.column(n);
      const random = stream(n);
      for (const drawn of out)
        setScore(drawn, n, p, random.categorical(probabilities), 1 / Math.sqrt(samples));
    }
    return out;
  },

  // the logarithm of the mean row
  constantOutputs: (_, targets) => columnMeans(targets).map((q) => Math.max(log(q), RAREST)),
  linearised: 'outputs',
  trialTargets: (outputs, count, random) => {
    const out = new Matrix(count, outputs);
    for (let n = 0; n < count; n++) {
      const row = out.row(n);
      for (let c = 0; c < outputs; c++) row[c] = random.uniform();
      const total = row.reduce((sum, x) => sum + x, 0);
      for (let c = 0; c < outputs; c++) row[c] /= total;
    }
    return out;
  },
};

/**
 * Rows of probabilities for class labels: (1 − ε) e_y + ε/C, the targets of {@link softCrossEntropy} that PyTorch's `label_smoothing` = ε stands for.
 *
 * @param labels - [n], each in 0..classes−1. @param smoothing - ε in [0, 1]; default 0.
 * @returns [n, classes]. @throws {DomainError} a label out of range, fewer than two classes, or ε outside [0, 1].
 * @example softLabels([1], 2, 0.1).row(0); // [0.05, 0.95]
 */
export function softLabels(labels: IntegersInput, classes: number, smoothing = 0): Matrix {
  const where = 'softLabels';
  checkInteger(where, 'classes', classes, 2, Number.MAX_SAFE_INTEGER);
  checkNonNegative(where, 'smoothing', smoothing);
  if (smoothing > 1) throw new DomainError(where, 'smoothing', 'in [0, 1]', smoothing);
  const own = asIntegers(where, 'labels', labels, 0, classes - 1);
  const out = new Matrix(own.length, classes);
  out.data.fill(smoothing / classes);
  for (const [n, y] of own.entries()) out.data[n * classes + y] += 1 - smoothing;
  return out;
}

function checkTargets(where: string, targets: Matrix): void {
  for (let n = 0; n < targets.rows; n++) {
    const row = targets.row(n);
    let total = 0;
    for (let c = 0; c < row.length; c++) {
      if (!(row[c] >= 0))
        throw new DomainError(where, `targets[${n}][${c}]`, 'a probability for soft-cross-entropy', row[c]);
      total += row[c];
    }
    if (!(Math.abs(total - 1) <= SUM_TOLERANCE))
      throw new DomainError(where, `row ${n} of targets`, 'probabilities that add up to 1', total);
  }
}

/** Σ_{k≠c} x_k. */
function except(x: Vec, c: number): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) if (k !== c) sum += x[k];
  return sum;
}

/** Column n of out ← weight (p − e_y). */
function setScore(out: Matrix, n: number, p: Matrix, y: number, weight: number): void {
  for (let c = 0; c < p.rows; c++) out.data[c * p.cols + n] = weight * p.at(c, n);
  out.data[y * p.cols + n] = -weight * except(p.column(n), y);
}
