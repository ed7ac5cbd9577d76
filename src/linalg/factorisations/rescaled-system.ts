/** @file A system A x = b near the ends of the doubles as one whose sizes are all about 1, by exact powers of two. */
import type { Vec } from '../matrix.ts';
import { exponentOf } from '../power-of-two.ts';
import { timesPowerOfTwo } from '../safe-scale.ts';
import { maxAbs, norm2 } from '../sum.ts';

/** x ↦ A x. */
type Product = (x: Vec) => Vec;

/** A′ x′ = b′ with A = 2ᵃ A′, b = 2ᵇ b′ and hence x = 2ᵇ⁻ᵃ x′; M⁻¹ is a multiple of M′⁻¹, which changes nothing. */
export interface RescaledSystem {
  readonly apply: Product;
  readonly inverse: Product | undefined;
  readonly b: Vec;
  /** x₀′, absent where it is so far off that a start from 0 is better. */
  readonly x0: Vec | undefined;
  /** a and b, the exponents. */
  readonly exponentA: number;
  readonly exponentB: number;
}

/** Inputs of A are made so much smaller where A of a unit vector overflows, and larger where it is all but subnormal. */
const SHRINK = 600;
const TINY = 1e-270;
const FAR_OFF = 1e100;

/**
 * @param apply - A. @param inverse - M⁻¹. @param b - Finite, not zero. @param x0 - Where to start.
 * Cost: two or three products with A, one with M⁻¹, which do not count as iterations.
 */
export function rescaledSystem(
  apply: Product,
  inverse: Product | undefined,
  b: Vec,
  x0: Vec | undefined,
): RescaledSystem {
  const exponentB = exponentOf(maxAbs(b)); // the norm may overflow
  const unit = timesPowerOfTwo(b, -exponentB);
  const scaledInverse = inverse === undefined ? undefined : unitSized(inverse, unit).product;
  const start = scaledInverse?.(unit) ?? unit;
  const { product, exponent } = unitSized(apply, start);
  const scaled = x0 && timesPowerOfTwo(x0, exponent - exponentB);
  const near = scaled !== undefined && norm2(scaled) < FAR_OFF;
  return {
    apply: product,
    inverse: scaledInverse,
    b: unit,
    x0: near ? scaled : undefined,
    exponentA: exponent,
    exponentB,
  };
}

/** 2^−exponent times the product, so that it keeps the size of `probe`. */
function unitSized(apply: Product, probe: Vec): { product: Product; exponent: number } {
  let size = norm2(apply(probe));
  const shrink = !Number.isFinite(size) ? SHRINK : size < TINY ? -SHRINK : 0;
  const small = (x: Vec): Vec => apply(timesPowerOfTwo(x, -shrink));
  if (shrink !== 0) size = norm2(small(probe));
  if (!(size > 0 && Number.isFinite(size))) return { product: apply, exponent: 0 };
  const exponent = exponentOf(size) + shrink;
  return { product: (x) => timesPowerOfTwo(small(x), shrink - exponent), exponent };
}
