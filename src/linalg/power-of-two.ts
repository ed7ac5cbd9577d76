/** @file Exact powers of two: scaling by them costs no accuracy. */

/** 2ᵏ, exact, for integers −1074 ≤ k ≤ 1023. */
export function powerOfTwo(k: number): number {
  let result = 1;
  let base = k < 0 ? 0.5 : 2;
  for (let bits = Math.abs(k); bits > 0; bits >>= 1) {
    if (bits & 1) result *= base;
    base *= base;
  }
  return result;
}

/** The integer k with 2ᵏ ≤ |x| < 2ᵏ⁺¹, for finite x ≠ 0. */
export function exponentOf(x: number): number {
  let rest = Math.abs(x);
  let exponent = 0;
  for (let step = 512; step >= 1; step >>= 1) {
    const power = powerOfTwo(step);
    if (rest >= power) {
      rest /= power;
      exponent += step;
    }
    while (rest * power < 2) {
      rest *= power;
      exponent -= step;
    }
  }
  return exponent;
}

/** Two powers of two whose product is 2ᵏ, |k| ≤ 2046: 2ᵏ itself may not be a double. */
export function factorsOfPowerOfTwo(k: number): readonly [number, number] {
  const half = Math.trunc(k / 2);
  return [powerOfTwo(half), powerOfTwo(k - half)];
}

/** The map x ↦ x·2ᵏ for |k| ≤ 2046; exact unless the result is subnormal or too large. */
export function scalingByPowerOfTwo(k: number): (x: number) => number {
  const [first, second] = factorsOfPowerOfTwo(k);
  return (x) => x * first * second;
}
