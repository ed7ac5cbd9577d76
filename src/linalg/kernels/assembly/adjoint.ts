/** @file What one adjoint of training needs besides the products of layers (AssemblyScript). Contracts: NetworkKernels. */
import { at } from './address';

/** u ← μ u + r p, μ and r at `settings`; squares[j] ← Σ_i p[8 i + j]², i ascending from 0; n a multiple of 8. */
export function adjointStep(n: i32, settings: i32, p: i32, u: i32, squares: i32): void {
  const m = v128.load64_splat(at(settings));
  const r = v128.load64_splat(at(settings), 8);
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let q = at(p);
  let o = at(u);
  for (const end = o + ((<usize>n) << 3); o < end; o += 64, q += 64) {
    const v0 = v128.load(q);
    const v1 = v128.load(q, 16);
    const v2 = v128.load(q, 32);
    const v3 = v128.load(q, 48);
    a = f64x2.add(a, f64x2.mul(v0, v0));
    b = f64x2.add(b, f64x2.mul(v1, v1));
    c = f64x2.add(c, f64x2.mul(v2, v2));
    d = f64x2.add(d, f64x2.mul(v3, v3));
    const u0 = f64x2.add(f64x2.mul(m, v128.load(o)), f64x2.mul(r, v0));
    const u1 = f64x2.add(f64x2.mul(m, v128.load(o, 16)), f64x2.mul(r, v1));
    const u2 = f64x2.add(f64x2.mul(m, v128.load(o, 32)), f64x2.mul(r, v2));
    const u3 = f64x2.add(f64x2.mul(m, v128.load(o, 48)), f64x2.mul(r, v3));
    v128.store(o, u0);
    v128.store(o, u1, 16);
    v128.store(o, u2, 32);
    v128.store(o, u3, 48);
  }
  v128.store(at(squares), a);
  v128.store(at(squares), b, 16);
  v128.store(at(squares), c, 32);
  v128.store(at(squares), d, 48);
}
