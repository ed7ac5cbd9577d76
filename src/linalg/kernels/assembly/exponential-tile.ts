/**
 * @file Exponentials of many numbers in short passes (AssemblyScript): a processor overlaps only as many elements as fit its scheduler, and the constants of
 * a pass stay in registers, so that V8 can join neighbouring pairs. The bits of `expNormal`.
 */
import { E_EVEN, E_ODD, expConstant, HALF, LN2_HIGH, LN2_LOW, LOG2E, MAGIC, ONE } from './exponential';

/** Bytes of a tile. */
export const TILE: usize = 1024;

const HIGH: usize = memory.data(1024, 16);
const LOW: usize = memory.data(1024, 16);
const WHOLE: usize = memory.data(1024, 16);

/** x ← e^x of `size` bytes, a multiple of 32 up to a tile, where `ordinary` holds. */
export function expTile(x: usize, size: usize): void {
  reduce(x, size);
  even(x, size);
  assemble(x, size);
}

/** x = k ln 2 + high − low. */
function reduce(x: usize, size: usize): void {
  const perUnit = expConstant(LOG2E);
  const half = expConstant(HALF);
  const ln2High = expConstant(LN2_HIGH);
  const ln2Low = expConstant(LN2_LOW);
  for (let i: usize = 0; i < size; i += 32) {
    const v = v128.load(x + i);
    const w = v128.load(x + i, 16);
    const k = f64x2.floor(f64x2.add(f64x2.mul(v, perUnit), half));
    const l = f64x2.floor(f64x2.add(f64x2.mul(w, perUnit), half));
    v128.store(WHOLE + i, k);
    v128.store(WHOLE + i, l, 16);
    v128.store(HIGH + i, f64x2.sub(v, f64x2.mul(k, ln2High)));
    v128.store(HIGH + i, f64x2.sub(w, f64x2.mul(l, ln2High)), 16);
    v128.store(LOW + i, f64x2.mul(k, ln2Low));
    v128.store(LOW + i, f64x2.mul(l, ln2Low), 16);
  }
}

/** out ← the even part of E(r). */
function even(out: usize, size: usize): void {
  const c0 = expConstant(E_EVEN);
  const c1 = expConstant(E_EVEN + 16);
  const c2 = expConstant(E_EVEN + 32);
  const c3 = expConstant(E_EVEN + 48);
  const c4 = expConstant(E_EVEN + 64);
  for (let i: usize = 0; i < size; i += 32) {
    const r = f64x2.sub(v128.load(HIGH + i), v128.load(LOW + i));
    const s = f64x2.sub(v128.load(HIGH + i, 16), v128.load(LOW + i, 16));
    v128.store(out + i, horner(f64x2.mul(r, r), c0, c1, c2, c3, c4));
    v128.store(out + i, horner(f64x2.mul(s, s), c0, c1, c2, c3, c4), 16);
  }
}

/** out ← e^x from the even part there. */
function assemble(out: usize, size: usize): void {
  const c0 = expConstant(E_ODD);
  const c1 = expConstant(E_ODD + 16);
  const c2 = expConstant(E_ODD + 32);
  const c3 = expConstant(E_ODD + 48);
  const c4 = expConstant(E_ODD + 64);
  const one = expConstant(ONE);
  const magic = expConstant(MAGIC);
  for (let i: usize = 0; i < size; i += 32) {
    const h = v128.load(HIGH + i);
    const g = v128.load(HIGH + i, 16);
    const l = v128.load(LOW + i);
    const m = v128.load(LOW + i, 16);
    const r = f64x2.sub(h, l);
    const s = f64x2.sub(g, m);
    const z = f64x2.mul(r, r);
    const w = f64x2.mul(s, s);
    const a = f64x2.mul(z, f64x2.add(v128.load(out + i), f64x2.mul(r, horner(z, c0, c1, c2, c3, c4))));
    const b = f64x2.mul(w, f64x2.add(v128.load(out + i, 16), f64x2.mul(s, horner(w, c0, c1, c2, c3, c4))));
    const y = f64x2.add(one, f64x2.add(h, f64x2.sub(a, l)));
    const x = f64x2.add(one, f64x2.add(g, f64x2.sub(b, m)));
    const p = i64x2.shl(f64x2.add(v128.load(WHOLE + i), magic), 52);
    const q = i64x2.shl(f64x2.add(v128.load(WHOLE + i, 16), magic), 52);
    v128.store(out + i, f64x2.mul(y, p));
    v128.store(out + i, f64x2.mul(x, q), 16);
  }
}

@inline
function horner(z: v128, c0: v128, c1: v128, c2: v128, c3: v128, c4: v128): v128 {
  let sum = f64x2.add(f64x2.mul(z, c0), c1);
  sum = f64x2.add(f64x2.mul(z, sum), c2);
  sum = f64x2.add(f64x2.mul(z, sum), c3);
  return f64x2.add(f64x2.mul(z, sum), c4);
}
