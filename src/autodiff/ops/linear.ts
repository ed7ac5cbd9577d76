/** @file Ops that are linear in their first operand: what they have in common. */
import type { Buffer, Frame, Rule, Uses } from '../op.ts';

/** y ← A x, or x ← Aᵀ y: from one offset to another. */
type Map<K> = (f: Frame<K>, from: number, to: number) => void;

/** Rules of y = A x. @param constant - What A depends on. */
export function linear<K>(
  forward: Map<K>,
  adjoint: Map<K>,
  constant: readonly Buffer[] = [],
): { readonly rule: Rule<K>; readonly uses: { readonly [R in keyof Rule]: Uses } } {
  return {
    uses: {
      value: { reads: [...constant, 'x.value'], writes: ['y.value'] },
      jvp: { reads: [...constant, 'x.dot'], writes: ['y.dot'] },
      vjp: { reads: [...constant, 'y.bar'], writes: ['x.bar'] },
      vjpDot: { reads: [...constant, 'y.barDot'], writes: ['x.barDot'] },
    },
    rule: {
      value: (f) => forward(f, f.x.value, f.y.value),
      jvp: (f) => forward(f, f.x.dot, f.y.dot),
      vjp: (f) => adjoint(f, f.y.bar, f.x.bar),
      vjpDot: (f) => adjoint(f, f.y.barDot, f.x.barDot),
    },
  };
}
