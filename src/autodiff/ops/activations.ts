/** @file Activations of other networks than an Mlp. */
import { checkFiniteNumber } from '../../linalg/border/arguments.ts';
import { NOT_WANTED } from '../../linalg/kernels/arena.ts';
import { type AllKernels, networkKernels } from '../../linalg/kernels/network/in-arena.ts';
import type { OpDefinition } from '../op.ts';
import { elementwise } from './elementwise.ts';
import { ofOneShape } from './shapes.ts';

/** φ = x σ(x), φ′ = σ + x σ′, φ″ = σ′ (2 + x (1 − 2σ)), σ′ = σ (1 − σ) (Elfwing, Uchibe & Doya 2018). */
export const silu: OpDefinition<undefined, AllKernels> = {
  ...elementwise<AllKernels>((k) => k.silu),
  kernels: networkKernels,
};

/** φ = log(1 + eˣ), φ′ = σ(x), φ″ = σ(x) σ(−x). PyTorch's returns x above 20, which is 2·10⁻⁹ less: `cut-softplus`. */
export const softplus: OpDefinition<undefined, AllKernels> = {
  ...elementwise<AllKernels>((k) => k.softplus),
  kernels: networkKernels,
};

/** φ = ½ x (1 + tanh u), u = √(2/π) (x + 0.044715 x³) (Hendrycks & Gimpel 2016, the form with tanh). */
export const geluTanh: OpDefinition<undefined, AllKernels> = {
  ...elementwise<AllKernels>((k) => (n, x, y, slope, curvature) => {
    k.geluInner(n, x, slope);
    k.tanh(n, slope, y, slope, NOT_WANTED);
    k.geluOuter(n, x, y, slope, curvature);
  }),
  kernels: networkKernels,
};

/** φ = x for x > 0, else α x with the slope α as given; φ′ = α at 0, as PyTorch's. `aux` holds α and φ′. */
export const leakyRelu: OpDefinition<number, AllKernels> = {
  operands: ['reals'],
  result(operands, alpha, at) {
    checkFiniteNumber(at.where, 'alpha', alpha);
    return { ...ofOneShape(operands, undefined, at), constants: [alpha] };
  },
  kernels: networkKernels,
  keeps: { aux: (_, y) => 1 + y.rows * y.cols },
  uses: {
    value: { reads: ['x.value'], writes: ['y.value', 'aux'] },
    jvp: { reads: ['aux', 'x.dot'], writes: ['y.dot'] },
    vjp: { reads: ['aux', 'y.bar'], writes: ['x.bar'] },
    vjpDot: { reads: ['aux', 'y.barDot'], writes: ['x.barDot'] },
  },
  rule: {
    // y = φ(x)
    value: ({ kernels, x, y, aux }) => kernels.leakyRelu(y.size, aux, x.value, y.value, aux + 1),
    // ẏ = φ′ ẋ
    jvp: ({ kernels, x, y, aux }) => kernels.multiply(y.size, aux + 1, x.dot, y.dot),
    // x̄ = φ′ ȳ
    vjp: ({ kernels, x, y, aux }) => kernels.multiply(y.size, aux + 1, y.bar, x.bar),
    // (x̄)˙ = φ′ (ȳ)˙
    vjpDot: ({ kernels, x, y, aux }) => kernels.multiply(y.size, aux + 1, y.barDot, x.barDot),
  },
  kink: 0.1,
  trials: () => [0.2],
};
