/** @file The error function, whose bits do not depend on the engine. */
import { checkNumber } from '../border/arguments.ts';
import { exp } from './exp.ts';

/**
 * erf x = 2/√π ∫₀ˣ e^(−t²) dt. A polynomial in x² up to |x| = 1; beyond, 1 − e^(−x²)·F(t)/(|x| + 3) with
 * t = (|x| − 3)/(|x| + 3), until it is 1 to the last bit at 6. Minimax coefficients printed by
 * test/reference/elementary-coefficients.py.
 *
 * @param x - Any double. erf(±0) = ±0, erf(±∞) = ±1, erf(NaN) = NaN. Exactly odd.
 * @returns Within 1 ulp, as tested.
 * Reference: Shepherd and Laframboise, Chebyshev approximation of (1 + 2x)exp(x²)erfc x (Math. Comp. 36, 1981), for t.
 * @example erf(0.5); // 0.5204998778130465
 */
export function erf(x: number): number {
  checkNumber('erf', 'x', x);
  const a = Math.abs(x);
  if (a <= 1) return x + x * restNearZero(x * x);
  if (a >= 6) return x > 0 ? 1 : -1;
  const inverse = 1 / (a + 3);
  const y = 1 - exp(-x * x) * inverse * scaledComplement((a - 3) * inverse);
  return x < 0 ? -y : y;
}

/** R(z) in erf x = x + x·R(x²), |x| ≤ 1. */
function restNearZero(z: number): number {
  const w = z * z;
  const even =
    0.12837916709551256 +
    w *
      (0.11283791670944185 +
        w *
          (0.005223977606118296 +
            w * (0.00012055293576686918 + w * (1.6447131524503547e-6 + w * 1.37109789045861e-8))));
  const odd =
    -0.3761263890318352 +
    w *
      (-0.02686617064311144 +
        w *
          (-0.0008548325929306829 +
            w * (-1.4924712298094114e-5 + w * (-1.6206313408057644e-7 + w * -7.779465729549996e-10))));
  return even + z * odd;
}

/** F(t) = (x + 3)·e^(x²)·erfc x, t = (x − 3)/(x + 3), 1 ≤ x ≤ 6. */
function scaledComplement(t: number): number {
  const w = t * t;
  const even =
    1.0740069070884022 +
    w *
      (0.5902283571224107 +
        w *
          (0.11952774260172937 +
            w * (-0.0012134518949311 + w * (-0.0005560759910153288 + w * 0.00010931466879982702))));
  const odd =
    -0.8833944531669196 +
    w *
      (-0.3104672627351902 +
        w *
          (-0.026827417096291984 +
            w * (0.0030304185721114043 + w * (-0.0002850116948134289 + w * 4.66560665808221e-5))));
  return even + t * odd;
}

/** out[o + i] ← erf x[s + i] for 0 ≤ i < n. Kernel: no checks; `out` may be `x` with o = s. Same bits as {@link erf}. */
export function erfInto(out: Float64Array, x: Float64Array, n: number, o = 0, s = 0): void {
  for (let i = 0; i < n; i++) out[o + i] = erf(x[s + i]);
}
