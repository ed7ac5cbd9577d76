/** @file Workspaces in WebAssembly memory, and the kernels that run on operands that all lie in one of them. */
import type { Vec } from '../matrix.ts';
import { blockedKernels, mirrorLower } from './blocked.ts';
import { GEMM_DEPTH, type Kernels } from './kernels.ts';
import { scalarKernels } from './scalar.ts';
import { instantiateKernels, type KernelInstance } from './wasm.ts';

/** As in assembly/resident-gemm.ts: room to pack 128 rows and 512 columns, and for one block of 4 × 4. */
const PACKING: number = (128 + 512) * GEMM_DEPTH + 16;
/** With what assembly/sums.ts needs behind it: all that one thread writes besides results. */
export const SCRATCH: number = PACKING + 16;
/** Below these numbers of products a call costs more than it saves. */
export const SHORT = 48;
const SMALL = 600;
/** Which part of C a product computes. */
export const WHOLE = 0;
export const LOWER = 1;

export type Address = number;

/** What the module exports for resident operands: addresses in bytes, strides in elements unless said. */
export interface ResidentExports {
  dot(n: number, x: Address, y: Address): number;
  axpy(n: number, alpha: number, x: Address, y: Address): void;
  rotate(n: number, x: Address, y: Address, c: number, s: number): void;
  gemv(m: number, n: number, alpha: number, a: Address, lda: number, x: Address, y: Address): void;
  /** dx: the stride of x in bytes. */
  gemvT(
    m: number,
    n: number,
    alpha: number,
    a: Address,
    lda: number,
    x: Address,
    dx: number,
    y: Address,
  ): void;
  ger(m: number, n: number, alpha: number, x: Address, y: Address, a: Address, lda: number): void;
  rowProducts(rows: number, count: number, samples: number, x: Address, y: Address, out: Address): void;
  /** Of the units from … to−1. */
  pairGemm(
    from: number,
    to: number,
    m: number,
    q: number,
    p: number,
    count: number,
    a: Address,
    x: Address,
    u: Address,
    t: Address,
    v: Address,
    c: Address,
    step: number,
    ones: number,
    scratch: Address,
  ): void;
  secularSums(
    k: number,
    left: number,
    d: Address,
    z: Address,
    origin: number,
    tau: number,
    out: Address,
  ): void;
  loewner(k: number, d: Address, origins: Address, offsets: Address, w: Address): void;
  secularScales(k: number, z: Address, d: Address, origins: Address, offsets: Address, out: Address): void;
  quotients(
    n: number,
    alpha: number,
    z: Address,
    d: Address,
    origin: number,
    tau: number,
    out: Address,
  ): void;
  symv(n: number, alpha: number, a: Address, lda: number, x: Address, y: Address): void;
  gemm(
    shape: number,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Address,
    aRow: number,
    aCol: number,
    b: Address,
    bRow: number,
    bCol: number,
    c: Address,
    ldc: number,
    scratch: Address,
  ): void;
  syr2k(
    n: number,
    k: number,
    alpha: number,
    v: Address,
    vRow: number,
    vCol: number,
    w: Address,
    wRow: number,
    wCol: number,
    c: Address,
    ldc: number,
    scratch: Address,
  ): void;
}

export interface Resident {
  readonly run: ResidentExports;
  readonly scratch: Address;
}

/** How the work on a workspace is shared among threads. */
export interface Sharing {
  /** Doubles of scratch behind each workspace. */
  readonly room: number;
  /** The kernels that are shared, in place of those of the instance; their scratch begins at an address. */
  among(own: KernelInstance<ResidentExports>, scratch: Address): Partial<ResidentExports>;
}

let sharing: Sharing | undefined;

/** Workspaces from now on are shared, or undefined not. */
export function shareWorkspaces(how: Sharing | undefined): void {
  sharing = how;
}

/** A memory that an instance owns knows its instance: found in a tenth of the time of a WeakMap, at every call of a kernel. */
const RESIDENT: unique symbol = Symbol('resident');

/** A memory that threads share is frozen. */
const SHARED: WeakMap<ArrayBufferLike, Resident> = /* @__PURE__ */ new WeakMap();

interface Memory {
  [RESIDENT]?: Resident;
}

/** Zeros in a WebAssembly memory of their own; undefined where there is none. @throws {RangeError} it cannot be had, as beyond 4 GiB. */
export function residentWorkspace(length: number): Vec | undefined {
  const room = sharing?.room ?? SCRATCH;
  const own = instantiateKernels<ResidentExports>(8 * (length + room), sharing !== undefined);
  if (own === undefined) return undefined;
  const { buffer } = own.memory;
  const scratch = own.base + 8 * length;
  const run = sharing === undefined ? own.exports : { ...own.exports, ...sharing.among(own, scratch) };
  if (sharing === undefined) (buffer as Memory)[RESIDENT] = { run, scratch };
  else SHARED.set(buffer, { run, scratch });
  return new Float64Array(buffer, own.base, length);
}

/** The instance that owns the memory of all the operands, if there is one. */
export function owner(x: Vec, y: Vec, z: Vec): Resident | undefined {
  const { buffer } = x;
  if (y.buffer !== buffer || z.buffer !== buffer) return undefined;
  return (buffer as Memory)[RESIDENT] ?? (sharing && SHARED.get(buffer));
}

export function at(x: Vec, x0: number): Address {
  return x.byteOffset + 8 * x0;
}

/** The kernels, with `staged` for products of which an operand lies elsewhere. */
export function residentKernels(staged: Pick<Kernels, 'gemm' | 'syrk'>): Omit<Kernels, 'tier'> {
  const gemm: Kernels['gemm'] = (m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc) => {
    const own = m > 3 && n > 3 && m * n * k > SMALL ? owner(c, a, b) : undefined;
    if (own === undefined) staged.gemm(m, n, k, alpha, a, a0, aRow, aCol, b, b0, bRow, bCol, c, c0, ldc);
    else
      own.run.gemm(
        WHOLE,
        m,
        n,
        k,
        alpha,
        at(a, a0),
        aRow,
        aCol,
        at(b, b0),
        bRow,
        bCol,
        at(c, c0),
        ldc,
        own.scratch,
      );
  };

  const { syr2k } = blockedKernels(gemm);
  return {
    workspace: (length) => residentWorkspace(length) ?? new Float64Array(length),
    gemm,

    dot(n, x, x0, y, y0) {
      const own = n < SHORT ? undefined : owner(x, y, y);
      return own === undefined ? scalarKernels.dot(n, x, x0, y, y0) : own.run.dot(n, at(x, x0), at(y, y0));
    },

    axpy(n, alpha, x, x0, y, y0) {
      const own = n < SHORT ? undefined : owner(x, y, y);
      if (own === undefined) scalarKernels.axpy(n, alpha, x, x0, y, y0);
      else own.run.axpy(n, alpha, at(x, x0), at(y, y0));
    },

    rotate(n, x, x0, y, y0, c, s) {
      const own = n < SHORT ? undefined : owner(x, y, y);
      if (own === undefined) scalarKernels.rotate(n, x, x0, y, y0, c, s);
      else own.run.rotate(n, at(x, x0), at(y, y0), c, s);
    },

    gemv(m, n, alpha, a, a0, lda, x, x0, y, y0) {
      const own = m * n < SHORT ? undefined : owner(a, x, y);
      if (own === undefined) scalarKernels.gemv(m, n, alpha, a, a0, lda, x, x0, y, y0);
      else own.run.gemv(m, n, alpha, at(a, a0), lda, at(x, x0), at(y, y0));
    },

    gemvT(m, n, alpha, a, a0, lda, x, x0, y, y0) {
      const own = m * n < SHORT ? undefined : owner(a, x, y);
      if (own === undefined) scalarKernels.gemvT(m, n, alpha, a, a0, lda, x, x0, y, y0);
      else own.run.gemvT(m, n, alpha, at(a, a0), lda, at(x, x0), 8, at(y, y0));
    },

    ger(m, n, alpha, x, x0, y, y0, a, a0, lda) {
      const own = m * n < SHORT ? undefined : owner(a, x, y);
      if (own === undefined) scalarKernels.ger(m, n, alpha, x, x0, y, y0, a, a0, lda);
      else own.run.ger(m, n, alpha, at(x, x0), at(y, y0), at(a, a0), lda);
    },

    symv(n, alpha, a, a0, lda, x, x0, y, y0) {
      const own = owner(a, x, y);
      if (own === undefined) scalarKernels.symv(n, alpha, a, a0, lda, x, x0, y, y0);
      else own.run.symv(n, alpha, at(a, a0), lda, at(x, x0), at(y, y0));
    },

    rowProducts(rows, count, samples, x, x0, y, y0, out, out0) {
      const own = rows * count < SHORT ? undefined : owner(x, y, out);
      if (own === undefined) scalarKernels.rowProducts(rows, count, samples, x, x0, y, y0, out, out0);
      else own.run.rowProducts(rows, count, samples, at(x, x0), at(y, y0), at(out, out0));
    },

    pairGemm(...given) {
      const [units, m, q, p, count, a, x, u, t, v, c, step, ones] = given;
      const own = owner(a, x, u);
      if (own === undefined || owner(t, v, c) !== own) scalarKernels.pairGemm(...given);
      else
        own.run.pairGemm(
          0,
          units,
          m,
          q,
          p,
          count,
          a.byteOffset,
          x.byteOffset,
          u.byteOffset,
          t.byteOffset,
          v.byteOffset,
          c.byteOffset,
          step,
          ones,
          own.scratch,
        );
    },

    secularSums(k, left, d, d0, z, z0, origin, tau, out, out0) {
      const own = k < SHORT ? undefined : owner(d, z, out);
      if (own === undefined) scalarKernels.secularSums(k, left, d, d0, z, z0, origin, tau, out, out0);
      else own.run.secularSums(k, left, at(d, d0), at(z, z0), origin, tau, at(out, out0));
    },

    loewner(k, d, d0, origins, origins0, offsets, offsets0, w, w0) {
      const own = origins.buffer === offsets.buffer ? owner(origins, d, w) : undefined;
      if (own === undefined) scalarKernels.loewner(k, d, d0, origins, origins0, offsets, offsets0, w, w0);
      else own.run.loewner(k, at(d, d0), at(origins, origins0), at(offsets, offsets0), at(w, w0));
    },

    secularScales(k, z, z0, d, d0, origins, origins0, offsets, offsets0, out, out0) {
      const own =
        origins.buffer === offsets.buffer && z.buffer === d.buffer ? owner(origins, d, out) : undefined;
      if (own === undefined)
        scalarKernels.secularScales(k, z, z0, d, d0, origins, origins0, offsets, offsets0, out, out0);
      else
        own.run.secularScales(
          k,
          at(z, z0),
          at(d, d0),
          at(origins, origins0),
          at(offsets, offsets0),
          at(out, out0),
        );
    },

    quotients(n, alpha, z, z0, d, d0, origin, tau, out, out0) {
      const own = n < SHORT ? undefined : owner(z, d, out);
      if (own === undefined) scalarKernels.quotients(n, alpha, z, z0, d, d0, origin, tau, out, out0);
      else own.run.quotients(n, alpha, at(z, z0), at(d, d0), origin, tau, at(out, out0));
    },

    syrk(n, k, alpha, a, a0, aRow, aCol, c, c0, ldc) {
      const own = owner(a, c, c);
      if (own === undefined || n < 4 || k === 0) {
        staged.syrk(n, k, alpha, a, a0, aRow, aCol, c, c0, ldc);
        return;
      }
      const x = at(a, a0);
      own.run.gemm(LOWER, n, n, k, alpha, x, aRow, aCol, x, aCol, aRow, at(c, c0), ldc, own.scratch);
      mirrorLower(n, c, c0, ldc);
    },

    syr2k(n, k, alpha, v, v0, vRow, vCol, w, w0, wRow, wCol, c, c0, ldc) {
      const own = owner(c, v, w);
      if (own === undefined || k === 0 || 2 * k > GEMM_DEPTH)
        syr2k(n, k, alpha, v, v0, vRow, vCol, w, w0, wRow, wCol, c, c0, ldc);
      else
        own.run.syr2k(n, k, alpha, at(v, v0), vRow, vCol, at(w, w0), wRow, wCol, at(c, c0), ldc, own.scratch);
    },
  };
}
