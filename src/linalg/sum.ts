/** @file Sums, means and norms that keep their digits: compensated, and safe from overflow and underflow. arrays/totals.ts has them for people, with accuracy, cost and references. */
import type { ElementsInput } from './border/matrix.ts';
import { asElements } from './border/vector.ts';
import { DomainError } from './errors.ts';
import { kernels } from './kernels/select.ts';
import { exponentOf, scalingByPowerOfTwo } from './power-of-two.ts';
import { withScratch } from './scratch.ts';

/** Squares of numbers between these bounds neither overflow nor lose digits to underflow in a sum of up to 2⁵⁰. */
const SAFE_LOW = 1e-140;
const SAFE_HIGH = 1e140;

/** Σ xᵢ, compensated. */
export function sum(x: ElementsInput): number {
  const values = asElements('sum', 'x', x);
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
}

/** (1/n) Σ xᵢ by {@link sum}. @throws {DomainError} x is empty. */
export function mean(x: ElementsInput): number {
  const values = asElements('mean', 'x', x);
  if (values.length === 0) throw new DomainError('mean', 'length of x', '≥ 1', 0);
  return sum(values) / values.length;
}

/** max |xᵢ|; 0 of nothing, NaN if any element is. */
export function maxAbs(x: ElementsInput): number {
  const values = asElements('maxAbs', 'x', x);
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (!(size <= largest)) {
      if (Number.isNaN(size)) return size;
      largest = size;
    }
  }
  return largest;
}

/** ‖x‖₂, without overflow or underflow. */
export function norm2(x: ElementsInput): number {
  const values = asElements('norm2', 'x', x);
  const largest = maxAbs(values);
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return largest;
  const n = values.length;
  if (largest >= SAFE_LOW && largest <= SAFE_HIGH) return Math.sqrt(kernels().dot(n, values, 0, values, 0));
  const exponent = exponentOf(largest);
  const down = scalingByPowerOfTwo(-exponent);
  return withScratch([n], (scaled) => {
    for (let i = 0; i < n; i++) scaled[i] = down(values[i]);
    return scalingByPowerOfTwo(exponent)(Math.sqrt(kernels().dot(n, scaled, 0, scaled, 0)));
  });
}

/** ‖A‖_F as {@link norm2} of all elements. */
export function frobenius(a: ElementsInput): number {
  return norm2(asElements('frobenius', 'a', a));
}
