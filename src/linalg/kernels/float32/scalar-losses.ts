/** @file The scalar tier of the float32 losses; the operations of assembly/float32/losses.ts. */
const { fround } = Math;

type Memory = Float32Array;

const BITS = new Int32Array(1);
const VALUE = new Float32Array(BITS.buffer);

const ROUNDING = 12582912;
const LOG2_E = fround(Math.LOG2E);
const LN2 = fround(Math.LN2);
const LN2_LOW = fround(-0.00021219444);
const EXPONENTIAL = Float32Array.of(1, 1, 0.5, 0.16666667, 0.041666668, 0.008333334, 0.0013888889);
const ARTANH = Float32Array.of(2, 0.6666667, 0.4, 0.2857143, 0.22222222);

/** e^x for x ≤ 0, at least e^−87. */
function exponential(given: number): number {
  const x = given < -87 ? -87 : given;
  VALUE[0] = fround(x * LOG2_E) + ROUNDING;
  const shift = BITS[0] << 23;
  const k = fround(VALUE[0] - ROUNDING);
  const r = fround(fround(x - fround(k * 0.693359375)) - fround(k * LN2_LOW));
  VALUE[0] = horner(EXPONENTIAL, r);
  BITS[0] += shift;
  return VALUE[0];
}

/** log(1 + s), s ≥ 0. */
function logOnePlus(s: number): number {
  const u = fround(1 + s);
  if (u === 1) return s;
  VALUE[0] = u;
  const k = (BITS[0] - 0x3f3504f3) >> 23;
  BITS[0] -= k << 23;
  const f = fround(VALUE[0] - 1);
  const t = fround(f / fround(2 + f));
  const log = fround(fround(k * LN2) + fround(t * horner(ARTANH, fround(t * t))));
  return fround(log * fround(s / fround(u - 1)));
}

function horner(coefficients: Float32Array, z: number): number {
  let p = coefficients[coefficients.length - 1];
  for (let i = coefficients.length - 2; i >= 0; i--) p = fround(coefficients[i] + fround(z * p));
  return p;
}

/** Four partial sums of the examples, combined as (s₀ + s₂) + (s₁ + s₃). */
export function laneSum(lanes: Float32Array): number {
  return fround(lanes[0] + lanes[2]) + fround(lanes[1] + lanes[3]);
}

/** See Float32Kernels.crossEntropy. */
export function crossEntropyKernel(
  m: Memory,
  classes: number,
  lanes: number,
  u: number,
  labels: number,
  weights: number,
  out: number,
  loss: number,
): void {
  const total = new Float32Array(4);
  for (let b = 0; b < lanes; b++) {
    const y = m[labels + b];
    let top = m[u + b];
    for (let c = 1; c < classes; c++) {
      const v = m[u + c * lanes + b];
      if (!(v < top)) top = v;
    }
    let others = 0;
    let own = 0;
    let score = 0;
    for (let c = 0; c < classes; c++) {
      const shifted = fround(m[u + c * lanes + b] - top);
      const e = exponential(shifted);
      if (c === y) [own, score] = [e, shifted];
      others = fround(others + (c === y ? 0 : e));
      m[out + c * lanes + b] = e;
    }
    const sum = fround(others + own);
    const scale = fround(m[weights + b] / sum);
    for (let c = 0; c < classes; c++) {
      const o = out + c * lanes + b;
      m[o] = (c === y ? -others : m[o]) * scale;
    }
    const rest = score === 0 ? others : fround(sum - 1);
    total[b & 3] += fround(m[weights + b] * fround(logOnePlus(rest) - score));
  }
  m[loss] = laneSum(total);
}

/** See Float32Kernels.squaredError. */
export function squaredErrorKernel(
  m: Memory,
  outputs: number,
  lanes: number,
  u: number,
  targets: number,
  weights: number,
  out: number,
  loss: number,
): void {
  const total = new Float32Array(4);
  for (let b = 0; b < lanes; b++) {
    const weight = m[weights + b];
    let sum = 0;
    for (let c = b; c < outputs * lanes; c += lanes) {
      const d = fround(m[u + c] - m[targets + c]);
      sum = fround(sum + fround(d * d));
      m[out + c] = weight * d;
    }
    total[b & 3] += fround(weight * fround(0.5 * sum));
  }
  m[loss] = laneSum(total);
}
