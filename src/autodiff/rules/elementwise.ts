/** @file The rules of y = φ(x), element by element: the kernel supplies φ, φ′ and φ″. */
import type { ActivationKernel, ArenaKernels } from '../../linalg/kernels/arena.ts';
import { ABSENT, type Rule } from '../rule.ts';

/** The four rules of an elementwise function; φ′ lies in `aux`, φ″ in `curvature`. */
function elementwise(phi: (kernels: ArenaKernels) => ActivationKernel): Rule {
  return {
    // y = φ(x)
    value: ({ kernels, x, y, aux, curvature }) => phi(kernels)(y.size, x.value, y.value, aux, curvature),
    // ẏ = φ′ ẋ
    jvp: ({ kernels, x, y, aux }) => kernels.multiply(y.size, aux, x.dot, y.dot),
    // x̄ = φ′ ȳ
    vjp: ({ kernels, x, y, aux }) => kernels.multiply(y.size, aux, y.bar, x.bar),
    // (x̄)˙ = φ′ (ȳ)˙ + φ″ ẋ ȳ
    vjpDot: ({ kernels, x, y, aux, curvature }) => {
      kernels.multiply(y.size, aux, y.barDot, x.barDot);
      if (x.dot !== ABSENT) kernels.multiplyAdd3(y.size, curvature, x.dot, y.bar, x.barDot);
    },
  };
}

/** φ = tanh x, φ′ = 1 − y², φ″ = −2 y φ′. */
export const tanh: Rule = elementwise((k) => k.tanh);

/** φ = max(x, 0), φ′ = [x > 0], φ″ = 0. */
export const relu: Rule = elementwise((k) => k.relu);

/** φ = x Φ(x), φ′ = Φ + x g, φ″ = g (2 − x²), with g the normal density (Hendrycks & Gimpel 2016, the exact form). */
export const gelu: Rule = elementwise((k) => k.gelu);

/** φ = 1/(1 + e^−x), φ′ = y (1 − y), φ″ = φ′ (1 − 2 y). */
export const sigmoid: Rule = elementwise((k) => k.sigmoid);

/** φ = −log(1 + e^−x), φ′ = σ(−x), φ″ = −σ(x) σ(−x). */
export const logSigmoid: Rule = elementwise((k) => k.logSigmoid);
