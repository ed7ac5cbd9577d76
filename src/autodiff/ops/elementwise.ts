/** @file Ops y = φ(x), element by element: what they have in common. */
import {
  type ActivationKernel,
  type ArenaKernels,
  NOT_WANTED,
  type ScalarFunction,
} from '../../linalg/kernels/arena.ts';
import { ABSENT, type OpDefinition, type Rule } from '../op.ts';
import { ofOneShape, sizeOfResult } from './shapes.ts';

/** An op that may lie between the layers of a network. */
export type ActivationDefinition = OpDefinition & { readonly activation: true };

/**
 * The op of an elementwise function; φ′ lies in `aux`, φ″ in `curvature`.
 *
 * @param phi - A kernel that computes all three, or formulas for one number each, which are several times slower.
 * @example elementwise({ value: (x) => x * x, slope: (x) => 2 * x, curvature: () => 2 });
 */
export function elementwise<K extends ArenaKernels = ArenaKernels>(
  phi: ScalarFunction | ((kernels: K) => ActivationKernel),
): OpDefinition<undefined, K> {
  return {
    operands: ['reals'],
    result: ofOneShape,
    keeps: { aux: sizeOfResult, curvature: sizeOfResult },
    uses: {
      value: { reads: ['x.value'], writes: ['y.value', 'aux', 'curvature'] },
      jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
      vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
      vjpDot: { reads: ['aux', 'curvature', 'x.dot', 'y.bar', 'y.barDot'], writes: ['x.barDot'] },
    },
    rule: {
      // y = φ(x)
      value: typeof phi === 'function' ? byKernel(phi) : byFormulas(phi),
      // ẏ = φ′ ẋ
      jvp: ({ kernels, x, y, aux }) => kernels.multiply(y.size, aux, x.dot, y.dot),
      // x̄ = φ′ ȳ
      vjp: ({ kernels, x, y, aux }) => kernels.multiply(y.size, aux, y.bar, x.bar),
      // (x̄)˙ = φ′ (ȳ)˙ + φ″ ẋ ȳ
      vjpDot: ({ kernels, x, y, aux, curvature }) => {
        kernels.multiply(y.size, aux, y.barDot, x.barDot);
        if (x.dot !== ABSENT) kernels.multiplyAdd3(y.size, curvature, x.dot, y.bar, x.barDot);
      },
    },
  };
}

function byKernel<K>(phi: (kernels: K) => ActivationKernel): Rule<K>['value'] {
  return ({ kernels, x, y, aux, curvature }) =>
    phi(kernels)(y.size, x.value, y.value, aux, curvature === ABSENT ? NOT_WANTED : curvature);
}

function byFormulas(phi: ScalarFunction): Rule['value'] {
  return ({ kernels, x, y, aux, curvature }) =>
    kernels.map(y.size, phi, x.value, y.value, aux, curvature === ABSENT ? NOT_WANTED : curvature);
}
