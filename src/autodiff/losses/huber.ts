/** @file The Huber loss. */
import { checkFiniteNumber } from '../../linalg/border/arguments.ts';
import { DomainError } from '../../linalg/errors.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { huber as lossOp } from '../ops/huber.ts';
import type { TargetLoss } from './loss.ts';

/**
 * The Huber loss: Σ_c h(u_c − t_c), h(d) = ½ d² for |d| ≤ δ and δ (|d| − ½ δ) beyond: half the squared error near the target, δ times the absolute error away
 * from it. Its second derivative is 1 within δ and 0 beyond; it depends on the target, so that no labels drawn from a model stand for it and the
 * Fisher type `mc` is refused.
 *
 * PyTorch's HuberLoss(delta) with reduction 'mean' also divides by the number of outputs. SmoothL1Loss(beta) is huber(beta) divided by beta.
 *
 * @param delta - δ > 0, in units of the outputs; default 1. @throws {DomainError} otherwise.
 * Reference: Huber, Robust estimation of a location parameter (1964).
 * @example new Trainer(model, huber(0.5), { inputs, targets }, config);
 */
export function huber(delta = 1): TargetLoss {
  checkFiniteNumber('huber', 'delta', delta);
  if (delta <= 0) throw new DomainError('huber', 'delta', 'above 0', delta);
  const cut = (d: number): number => Math.min(Math.max(d, -delta), delta);
  return {
    name: `huber(${delta})`,
    answers: 'targets',
    measured: 'absolute-error',
    ops: { huber: lossOp },
    record: (tape, u, targets) => tape.apply('huber', [u, targets], delta),
    // u − t, cut off at ±δ
    gradient: (u, targets, start) => distances(u, targets, start, cut),
    // e_k for every output k within δ of its target
    hessianRoot(u, targets, start) {
      const within = distances(u, targets, start, (d) => (Math.abs(d) <= delta ? 1 : 0));
      return Array.from({ length: u.rows }, (_, k) => {
        const root = new Matrix(u.rows, u.cols);
        root.row(k).set(within.row(k));
        return root;
      });
    },
    drawnGradients: undefined,
    constantOutputs: (_, targets) =>
      Float64Array.from({ length: targets.cols }, (_, c) => centre(targets.column(c), delta)),
    linearised: 'outputs',
  };
}

/** f(u − t), [C, count]. */
function distances(u: Matrix, targets: Matrix, start: number, f: (d: number) => number): Matrix {
  const out = new Matrix(u.rows, u.cols);
  for (let c = 0, k = 0; c < u.rows; c++)
    for (let n = 0; n < u.cols; n++, k++) out.data[k] = f(u.data[k] - targets.at(start + n, c));
  return out;
}

/**
 * x with Σ cut(x − t) = 0: where the least Huber loss of one number for all targets is. Between neighbours among the points t ± δ the sum is linear in x, and it
 * rises: the piece with the root is found by bisection, the root in it by a mean.
 */
function centre(targets: Vec, delta: number): number {
  const knots = Float64Array.from([...targets].flatMap((t) => [t - delta, t + delta])).sort();
  const sum = (x: number): number =>
    targets.reduce((total, t) => total + Math.min(Math.max(x - t, -delta), delta), 0);
  let [low, high] = [0, knots.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sum(knots[middle]) <= 0) low = middle;
    else high = middle;
  }
  const x = (knots[low] + knots[high]) / 2;
  const inside = targets.filter((t) => Math.abs(x - t) < delta);
  const pull = targets.reduce(
    (total, t) => (x - t >= delta ? total + delta : x - t <= -delta ? total - delta : total),
    0,
  );
  return inside.length === 0 ? x : (inside.reduce((total, t) => total + t, 0) - pull) / inside.length;
}
