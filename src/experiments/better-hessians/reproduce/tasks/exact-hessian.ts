/** @file The exact Hessian of the network at hand, kept by each worker: every Eq. 9 error needs it. */
import { hessianMatrix, type Problem } from '../../../../curvature/index.ts';
import type { Matrix } from '../../../../linalg/index.ts';

/** A Hessian and what it cost when it was computed. */
export interface TimedHessian {
  readonly matrix: Matrix;
  readonly seconds: number;
}

let kept: { key: string; hessian: TimedHessian } | undefined;

/** The Hessian of a problem; computed once per worker and network, and dropped when another network's is asked for. */
export function exactHessian(problem: Problem, networkKey: string): TimedHessian {
  if (kept?.key !== networkKey) {
    kept = undefined; // before computing: two of them need not fit into memory
    const start = performance.now();
    const matrix = hessianMatrix(problem);
    kept = { key: networkKey, hessian: { matrix, seconds: (performance.now() - start) / 1000 } };
  }
  return kept.hessian;
}

/** Lets the kept Hessian go, when what follows needs none. */
export function forgetHessian(): void {
  kept = undefined;
}
