/** @file The products of a workspace that several threads share: cut into tasks, with the bits of one thread. */
import { type Address, type ResidentExports, SCRATCH, type Sharing, WHOLE } from '../kernels/resident.ts';
import type { Pool, SharedMemory } from './pool.ts';

/** Kinds of products, as in kernels/assembly/steps.ts. */
const SYMV = 0;
const ROWS = 1;
const COLUMNS = 2;
const SYR2K = 3;
const PAIRS = 4;
/** Rows of a step of symv, as there. */
const STEP_ROWS = 64;
/** Doubles of arguments behind the scratch of all threads. */
const ARGUMENTS = 64;
/** Below these numbers of products a fork costs more than it saves. */
const SMALL = 2 ** 19;
const SMALL_SYMV = 2 ** 16;

let known = 0;

/** How the threads of a pool share workspaces. An element of a result is one thread's, in the order of the contract. */
export function sharingOf(pool: Pool): Sharing {
  const { threads } = pool;
  const last = 8 * SCRATCH * threads;
  return {
    room: SCRATCH * threads + ARGUMENTS,

    among({ memory, exports }, scratch) {
      const run = exports as ResidentExports & Pick<SharedMemory, 'step'>;
      const shared: SharedMemory = { id: ++known, memory, scratch, step: run.step };
      const at = scratch + last;
      const args = new Float64Array(memory.buffer, at, ARGUMENTS);

      /** Tasks of `size` rows or columns out of n. */
      const fork = (n: number, size: number, ...numbers: number[]): void => {
        args.set(numbers);
        args[1] = size;
        pool.run(shared, at, Math.ceil(n / size), 1);
      };

      return {
        symv(n: number, alpha: number, a: Address, lda: number, x: Address, y: Address) {
          if (n * n < SMALL_SYMV) {
            run.symv(n, alpha, a, lda, x, y);
            return;
          }
          const bounds = columnsOfEqualArea(n, 2 * threads);
          args.set([SYMV, 0, 0, n, alpha, a, lda, x, y, scratch, 0, ...bounds]);
          pool.run(shared, at, bounds.length - 1, Math.ceil(n / STEP_ROWS));
        },

        gemm(shape, m, n, k, alpha, a, aRow, aCol, b, bRow, bCol, c, ldc, room) {
          if (m * n * k < SMALL) {
            run.gemm(shape, m, n, k, alpha, a, aRow, aCol, b, bRow, bCol, c, ldc, room);
            return;
          }
          const byColumns = shape === WHOLE && n > m;
          const length = byColumns ? n : m;
          const size = taskSize(length, shape === WHOLE ? 2 * threads : 4 * threads);
          const kind = byColumns ? COLUMNS : ROWS;
          fork(length, size, kind, 0, m, n, alpha, a, aRow, aCol, b, bRow, bCol, c, ldc, 0, shape, k);
        },

        pairGemm(from, to, m, q, p, count, a, x, u, t, v, c, step, ones, room) {
          if (to * m * q * p * count < SMALL)
            run.pairGemm(from, to, m, q, p, count, a, x, u, t, v, c, step, ones, room);
          else
            fork(
              to,
              Math.ceil(to / (2 * threads)),
              PAIRS,
              0,
              m,
              q,
              p,
              count,
              a,
              x,
              u,
              t,
              v,
              c,
              step,
              ones,
              to,
            );
        },

        syr2k(n, k, alpha, v, vRow, vCol, w, wRow, wCol, c, ldc, room) {
          if (n * n * k < SMALL) {
            run.syr2k(n, k, alpha, v, vRow, vCol, w, wRow, wCol, c, ldc, room);
            return;
          }
          const size = taskSize(n, 4 * threads);
          fork(n, size, SYR2K, 0, n, n, alpha, v, vRow, vCol, w, wRow, wCol, c, ldc, 0, 0, k);
        },
      };
    },
  };
}

/** About n / parts, a multiple of 8, and not so small that packing the other operand for each task would show. */
function taskSize(n: number, parts: number): number {
  return Math.max(32, 8 * Math.ceil(n / (8 * parts)));
}

/** The columns 0 … n at which parts of an upper triangle begin that are as large as each other, multiples of 8 but for n. */
function columnsOfEqualArea(n: number, parts: number): number[] {
  const bounds = [0];
  for (let p = 1; p < parts; p++) {
    const column = 8 * Math.round((n * Math.sqrt(p / parts)) / 8);
    if (column > bounds[bounds.length - 1] && column < n) bounds.push(column);
  }
  return [...bounds, n];
}
