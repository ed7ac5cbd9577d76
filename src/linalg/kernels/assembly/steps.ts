/** @file Tasks of a product that is shared by threads, in steps (AssemblyScript). */
import { pairGemm } from './pair-gemm';
import { gemmRows, syr2kRows } from './resident-gemm';
import { symvPart } from './symv';

/** As in threads/shared-products.ts. */
const SYMV: i32 = 0;
const ROWS: i32 = 1;
const COLUMNS: i32 = 2;
const PAIRS: i32 = 4;
/** Rows of a step of symv. */
const STEP_ROWS: i32 = 64;

@inline
function whole(at: usize, i: usize): i32 {
  return <i32>load<f64>(at + (i << 3));
}

@inline
function address(at: usize, i: usize): usize {
  return <usize>load<f64>(at + (i << 3));
}

/**
 * Step `step` of task `task` of the product whose arguments are the doubles at `at`: 0 its kind; 3 n, 4 α, 5 its first matrix, 6 its row stride.
 * For symv 7 x, 8 y, 9 lanes, and from 11 on the columns at which tasks begin; a step is 64 rows of them. For the others 1 the rows, or
 * columns, of a task, 2 m, 7 the other stride, 8 to 10 the second matrix, 11 and 12 the result, 14 shape, 15 k; they have one step.
 * For pairs 1 the units of a task and from 2 on the arguments of pairGemm behind its first two.
 */
export function step(at: usize, task: i32, step: i32, scratch: usize): void {
  const kind = whole(at, 0);
  const first = task * whole(at, 1);
  const alpha = load<f64>(at + 32);
  const n = whole(at, 3);
  const a = address(at, 5);
  if (kind === SYMV) {
    const left = whole(at, 11 + task);
    const right = whole(at, 12 + task);
    const top = step * STEP_ROWS;
    if (top < right) symvPart(top, min(top + STEP_ROWS, n), left, right, n, alpha, a, whole(at, 6), address(at, 7), address(at, 8), address(at, 9));
  } else if (kind === ROWS) {
    const m = min(first + whole(at, 1), whole(at, 2));
    gemmRows(first, m, whole(at, 14), n, whole(at, 15), alpha, a, whole(at, 6), whole(at, 7), address(at, 8), whole(at, 9), whole(at, 10), address(at, 11), whole(at, 12), scratch);
  } else if (kind === COLUMNS) {
    const cols = min(whole(at, 1), n - first);
    const b = address(at, 8) + ((<usize>first * <usize>whole(at, 10)) << 3);
    gemmRows(0, whole(at, 2), 0, cols, whole(at, 15), alpha, a, whole(at, 6), whole(at, 7), b, whole(at, 9), whole(at, 10), address(at, 11) + ((<usize>first) << 3), whole(at, 12), scratch);
  } else if (kind === PAIRS) {
    pairGemm(first, min(first + whole(at, 1), whole(at, 14)), whole(at, 2), n, whole(at, 4), whole(at, 5), address(at, 6), address(at, 7), address(at, 8), address(at, 9), address(at, 10), address(at, 11), whole(at, 12), whole(at, 13), scratch);
  } else {
    const m = min(first + whole(at, 1), n);
    syr2kRows(first, m, n, whole(at, 15), alpha, a, whole(at, 6), whole(at, 7), address(at, 8), whole(at, 9), whole(at, 10), address(at, 11), whole(at, 12), scratch);
  }
}
