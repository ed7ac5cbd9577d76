/** @file sin πx and cos πx: exact reduction, and bits that do not depend on the engine. */
import { checkNumber } from '../border/arguments.ts';

const ALL_EVEN = 9007199254740992; // 2⁵³: every double from here on is an even integer

/** ⌊x + ½⌋ without the rounding of x + ½, for x ≥ 0. */
function nearestInteger(x: number): number {
  const below = Math.floor(x);
  return x - below < 0.5 ? below : below + 1;
}

/** sin πr for |r| ≤ ¼. Minimax coefficients printed by test/reference/elementary-coefficients.py. */
function sineKernel(r: number): number {
  const z = r * r;
  const rest =
    -5.16771278004997 +
    z *
      (2.5501640398773424 +
        z *
          (-0.5992645293203479 +
            z *
              (0.08214588658203809 +
                z * (-0.007370429926559988 + z * (0.0004662831785578259 + z * -2.1719326178738885e-5)))));
  return r * (Math.PI + (1.2246467991473532e-16 + z * rest)); // π in two parts
}

/** cos πr for |r| ≤ ¼. */
function cosineKernel(r: number): number {
  const z = r * r;
  const rest =
    -4.934802200544679 +
    z *
      (4.058712126416751 +
        z *
          (-1.3352627688521883 +
            z *
              (0.23533063020160805 +
                z * (-0.02580688587932419 + z * (0.0019294681733220877 + z * -0.00010357788567701354)))));
  return 1 + z * rest;
}

/**
 * cos πx.
 *
 * @param x - Any double; ±∞ and NaN give NaN. Exactly 0 at odd multiples of ½, ±1 at integers. Exactly even.
 * @returns Within 1 ulp for every double, however large, as tested: x modulo 2 is exact.
 * Reference: IEEE 754-2019, §9.2 (cosPi).
 * @example cosPi(1 / 3); // 0.5000000000000001
 */
export function cosPi(x: number): number {
  checkNumber('cosPi', 'x', x);
  const a = Math.abs(x);
  if (a >= ALL_EVEN) return a < Number.POSITIVE_INFINITY ? 1 : Number.NaN;
  const halves = nearestInteger(2 * a);
  const r = a - 0.5 * halves;
  const quadrant = halves - 4 * Math.floor(0.25 * halves);
  if (quadrant === 0) return cosineKernel(r);
  if (quadrant === 1) return 0 - sineKernel(r); // +0 at odd multiples of ½
  if (quadrant === 2) return -cosineKernel(r);
  return 0 + sineKernel(r);
}

/**
 * sin πx.
 *
 * @param x - Any double; ±∞ and NaN give NaN. sinPi(±n) = ±0 at integers, ±1 at odd multiples of ½. Exactly odd.
 * @returns Within 2 ulp for every double, however large, as tested: x modulo 2 is exact.
 * Reference: IEEE 754-2019, §9.2 (sinPi).
 * @example sinPi(1 / 6); // 0.49999999999999994
 */
export function sinPi(x: number): number {
  checkNumber('sinPi', 'x', x);
  const a = Math.abs(x);
  if (a >= ALL_EVEN) return a < Number.POSITIVE_INFINITY ? 0 * x : Number.NaN;
  const halves = nearestInteger(2 * a);
  const r = a - 0.5 * halves;
  const quadrant = halves - 4 * Math.floor(0.25 * halves);
  let y: number;
  if (quadrant === 0) y = sineKernel(r);
  else if (quadrant === 1) y = cosineKernel(r);
  else if (quadrant === 2) y = 0 - sineKernel(r);
  else y = -cosineKernel(r);
  return x > 0 ? y : x < 0 ? -y : x;
}
