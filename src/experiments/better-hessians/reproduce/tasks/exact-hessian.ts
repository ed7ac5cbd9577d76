/** @file The exact Hessian of the network at hand, kept by each worker: every Eq. 9 error needs it. */
import { hessianMatrix, type Problem } from '../../../../curvature/index.ts';
import type { Matrix } from '../../../../linalg/index.ts';
import type { Bench } from '../../../engine/bench.ts';

/** A Hessian and what it cost when it was computed. */
export interface TimedHessian {
  readonly matrix: Matrix;
  readonly seconds: number;
}

/** Where a worker keeps it. */
export const HESSIAN_PLACE = 'hessian';

/** Gives the Hessian of a problem: computed once per worker and network, and let go when another network's is asked for. */
export function keptHessian(problem: Problem, networkKey: string, bench: Bench): () => TimedHessian {
  return () => bench.keep(HESSIAN_PLACE, networkKey, () => timedHessian(problem));
}

function timedHessian(problem: Problem): TimedHessian {
  const start = performance.now();
  const matrix = hessianMatrix(problem);
  return { matrix, seconds: (performance.now() - start) / 1000 };
}
