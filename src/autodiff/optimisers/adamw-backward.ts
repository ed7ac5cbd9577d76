/** @file The step of AdamW backwards. */
import type { Vec } from '../../linalg/matrix.ts';
import type { StepBackward } from './optimiser.ts';

/** Where a step has its numbers, as the kernel reads them: keep, 1 − β₁, β₂, 1 − β₂, rate over bias, root of bias, ε behind the rate. */
const [KEEP, MEAN, SQUARES, RATE, ROOT, EPSILON] = [1, 2, 4, 5, 6, 7];

/**
 * m′ = m + a (g − m), v′ = (1 − b) v + b g², θ′ = k θ − r m′/d with d = √v′/ρ + ε, backwards. With p, s_m and s_v what m owes to θ′, m′ and v′:
 *
 *   M = s_m − r p/d,   V = s_v + r p m′/(2 d² ρ √v′),   u = a M + 2 b g V,   s_m ← (1 − a) M,   s_v ← (1 − b) V,   p ← k p,
 *
 * u what it owes to g. Where v′ = 0 no gradient has been other than 0, and V is s_v.
 */
export function adamwBackward(count: number): StepBackward {
  const [first, second, third] = [0, 1, 2].map(() => new Float64Array(count));
  let [keep, a, b] = [1, 1, 1];
  return {
    prepare(settings, gradient, [m, v]) {
      [keep, a, b] = [settings[KEEP], settings[MEAN], settings[SQUARES]];
      const [rate, root, epsilon] = [settings[RATE], settings[ROOT], settings[EPSILON]];
      for (let i = 0; i < count; i++) {
        const size = Math.sqrt(v[i]);
        const d = size / root + epsilon;
        first[i] = rate / d;
        second[i] = size > 0 ? (0.5 * rate * m[i]) / (d * d * root * size) : 0;
        third[i] = 2 * b * gradient[i];
      }
    },
    take(p: Vec, [mean, squares]: readonly Vec[], u: Vec) {
      for (let i = 0; i < count; i++) {
        const own = mean[i] - first[i] * p[i];
        const other = squares[i] + second[i] * p[i];
        u[i] = a * own + third[i] * other;
        mean[i] = (1 - a) * own;
        squares[i] = (1 - b) * other;
        p[i] *= keep;
      }
    },
  };
}
