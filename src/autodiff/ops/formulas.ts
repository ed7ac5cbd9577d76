/** @file Functions of each element that are given by formulas: activations with numbers of their own, powers, logarithms. */
import { checkObject } from '../../linalg/border/arguments.ts';
import { erf } from '../../linalg/elementary/erf.ts';
import { exp, expm1 } from '../../linalg/elementary/exp.ts';
import { log, log1p } from '../../linalg/elementary/log.ts';
import { cosPi, sinPi } from '../../linalg/elementary/sin-pi.ts';
import { DomainError } from '../../linalg/errors.ts';
import { type ArenaKernels, NOT_WANTED, type ScalarFunction } from '../../linalg/kernels/arena.ts';
import { ABSENT, type OpDefinition, type Rule } from '../op.ts';
import { elementwise } from './elementwise.ts';
import { power } from './power-of.ts';
import { ofOneShape } from './shapes.ts';

/** The op of a family of functions: its numbers are given when it is recorded, and lie before φ′ in `aux`. */
function family<P>(
  names: readonly (keyof P & string)[],
  of: (numbers: readonly number[]) => ScalarFunction,
): Pick<OpDefinition<P>, 'operands' | 'result' | 'keeps' | 'uses' | 'rule'> {
  const behind = names.length;
  const known = new WeakMap<readonly number[], ScalarFunction>();
  const phiOf = (numbers: readonly number[]): ScalarFunction => {
    const phi = known.get(numbers) ?? of(numbers);
    known.set(numbers, phi);
    return phi;
  };
  const plain = elementwise<ArenaKernels>({ value: Number, slope: Number, curvature: Number });
  const moved =
    (part: 'jvp' | 'vjp' | 'vjpDot'): Rule[typeof part] =>
    (f) =>
      plain.rule[part]({ ...f, aux: f.aux + behind });
  return {
    operands: ['reals'],
    result(operands, given, at) {
      checkObject(at.where, 'given', given);
      const constants = names.map((name) => {
        const value: unknown = given[name];
        if (typeof value !== 'number' || Number.isNaN(value))
          throw new DomainError(at.where, name, 'a number', value);
        return value;
      });
      return { ...ofOneShape(operands, undefined, at), constants };
    },
    keeps: {
      aux: (_, { rows, cols }) => behind + rows * cols,
      curvature: (_, { rows, cols }) => rows * cols,
    },
    uses: plain.uses,
    rule: {
      // y = φ(x)
      value: ({ kernels, x, y, aux, curvature, constants }) =>
        kernels.map(
          y.size,
          phiOf(constants),
          x.value,
          y.value,
          aux + behind,
          curvature === ABSENT ? NOT_WANTED : curvature,
        ),
      jvp: moved('jvp'),
      vjp: moved('vjp'),
      vjpDot: moved('vjpDot'),
    },
  };
}

const straight = (): number => 0;

/** Between which numbers; ±∞ for none. */
export interface ClampGiven {
  readonly min: number;
  readonly max: number;
}

/** φ = min(max(x, min), max); φ′ = 1 within, the ends among it, as PyTorch's clamp. */
export const clamp: OpDefinition<ClampGiven> = {
  ...family<ClampGiven>(['min', 'max'], ([min, max]) => ({
    value: (x) => Math.min(Math.max(x, min), max),
    slope: (x) => Number(x >= min && x <= max),
    curvature: straight,
  })),
  trials: () => [
    { min: -0.6, max: 0.8 },
    { min: 0.1, max: Number.POSITIVE_INFINITY },
  ],
};

/** φ = min(max(x, min), max); φ′ = 1 within and 0 at the ends, as PyTorch's hardtanh, whose form with 0 and 6 is ReLU6. */
export const hardtanh: OpDefinition<ClampGiven> = {
  ...family<ClampGiven>(['min', 'max'], ([min, max]) => ({
    value: (x) => Math.min(Math.max(x, min), max),
    slope: (x) => Number(x > min && x < max),
    curvature: straight,
  })),
  trials: () => [{ min: -0.6, max: 0.8 }],
};

/** What an exponential linear unit is given: SELU has α 1.6732…, scale 1.0507…; CELU has rate 1/α. */
export interface EluGiven {
  readonly alpha: number;
  readonly scale: number;
  readonly rate: number;
}

/** φ = s x for x > 0, else s α (e^{r x} − 1) (Clevert, Unterthiner & Hochreiter 2016). */
export const elu: OpDefinition<EluGiven> = {
  ...family<EluGiven>(['alpha', 'scale', 'rate'], ([alpha, scale, rate]) => ({
    value: (x) => (x > 0 ? scale * x : scale * alpha * expm1(rate * x)),
    slope: (x) => (x > 0 ? scale : scale * alpha * rate * exp(rate * x)),
    curvature: (x) => (x > 0 ? 0 : scale * alpha * rate * rate * exp(rate * x)),
  })),
  kink: 0.1,
  trials: () => [
    { alpha: 1, scale: 1, rate: 1 },
    { alpha: 0.7, scale: 1.3, rate: 2 },
  ],
};

/** φ = min(max(x/6 + 1/2, 0), 1) (Courbariaux, Bengio & David 2015, as PyTorch has it). */
export const hardSigmoid: OpDefinition = elementwise({
  value: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  slope: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  curvature: straight,
});

/** φ = x min(max(x + 3, 0), 6)/6 (Howard et al. 2019). */
export const hardSwish: OpDefinition = elementwise({
  value: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  slope: (x) => (x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1),
  curvature: (x) => (x > -3 && x < 3 ? 1 / 3 : 0),
});

/** tanh(log(1 + eˣ)), its complement 1 − that², and σ(x), without overflow. */
function mishParts(x: number): readonly [gate: number, rest: number, sigmoid: number] {
  const e = exp(-Math.abs(x));
  if (x >= 0) {
    const d = 1 + 2 * e * (1 + e);
    return [(1 + 2 * e) / d, (4 * e * e * (1 + e) * (1 + e)) / (d * d), 1 / (1 + e)];
  }
  const n = e * (e + 2);
  return [n / (n + 2), (4 * (1 + e) * (1 + e)) / ((n + 2) * (n + 2)), e / (1 + e)];
}

/** φ = x tanh(log(1 + eˣ)) (Misra 2020). */
export const mish: OpDefinition = elementwise({
  value: (x) => x * mishParts(x)[0],
  slope(x) {
    const [gate, rest, s] = mishParts(x);
    return gate + x * rest * s;
  },
  curvature(x) {
    const [gate, rest, s] = mishParts(x);
    return rest * s * (2 + x * (1 - s - 2 * gate * s));
  },
});

/** At which size a shrinkage begins. */
export interface ShrinkGiven {
  readonly lambda: number;
}

/** φ = x − sign(x) λ for |x| > λ, else 0. */
export const softShrink: OpDefinition<ShrinkGiven> = {
  ...family<ShrinkGiven>(['lambda'], ([lambda]) => ({
    value: (x) => (x > lambda ? x - lambda : x < -lambda ? x + lambda : 0),
    slope: (x) => Number(x > lambda || x < -lambda),
    curvature: straight,
  })),
  trials: () => [{ lambda: 0.5 }],
};

/** A softplus that ends: of beta x, at `threshold`. */
export interface CutSoftplusGiven {
  readonly beta: number;
  readonly threshold: number;
}

/** φ = log(1 + e^{βx})/β for βx ≤ threshold, else x; φ″ is 0 from there on, as PyTorch's softplus. */
export const cutSoftplus: OpDefinition<CutSoftplusGiven> = {
  ...family<CutSoftplusGiven>(['beta', 'threshold'], ([beta, end]) => ({
    value: (x) => (beta * x > end ? x : (Math.max(beta * x, 0) + log1p(exp(-Math.abs(beta * x)))) / beta),
    slope: (x) => (beta * x > end ? 1 : sigmoid(beta * x)),
    curvature: (x) => (beta * x < end ? beta * sigmoid(beta * x) * sigmoid(-beta * x) : 0),
  })),
  trials: () => [
    { beta: 1, threshold: 20 },
    { beta: 2.5, threshold: 0.35 },
  ],
};

/** σ(x) without overflow. */
function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** What lies at or below `threshold` is `value`. */
export interface ThresholdGiven {
  readonly threshold: number;
  readonly value: number;
}

/** φ = x for x > threshold, else value. */
export const threshold: OpDefinition<ThresholdGiven> = {
  ...family<ThresholdGiven>(['threshold', 'value'], ([least, otherwise]) => ({
    value: (x) => (x > least ? x : otherwise),
    slope: (x) => Number(x > least),
    curvature: straight,
  })),
  kink: 0.1,
  trials: () => [{ threshold: 0, value: 0.3 }],
};

/** |x|; φ′ = 0 at 0. */
export const absolute: OpDefinition = {
  ...elementwise({ value: Math.abs, slope: Math.sign, curvature: straight }),
  kink: 0.1,
};

/** eˣ. */
export const exponential: OpDefinition = elementwise({ value: exp, slope: exp, curvature: exp });

const TWO_OVER_ROOT_PI = 1.1283791670955126;
const PER_PI = 1 / Math.PI;

/** sin x, to |x| ulp. */
export const sine: OpDefinition = elementwise({
  value: (x) => sinPi(x * PER_PI),
  slope: (x) => cosPi(x * PER_PI),
  curvature: (x) => -sinPi(x * PER_PI),
});

/** cos x, to |x| ulp. */
export const cosine: OpDefinition = elementwise({
  value: (x) => cosPi(x * PER_PI),
  slope: (x) => -sinPi(x * PER_PI),
  curvature: (x) => -cosPi(x * PER_PI),
});

/** 2/√π ∫₀ˣ e^{−t²} dt. */
export const errorFunction: OpDefinition = elementwise({
  value: erf,
  slope: (x) => TWO_OVER_ROOT_PI * exp(-x * x),
  curvature: (x) => -2 * x * TWO_OVER_ROOT_PI * exp(-x * x),
});

/** log x. */
export const logarithm: OpDefinition = {
  ...elementwise({ value: log, slope: (x) => 1 / x, curvature: (x) => -1 / (x * x) }),
  positive: true,
};

/** log(1 + x). */
export const logarithmOfMore: OpDefinition = {
  ...elementwise({
    value: log1p,
    slope: (x) => 1 / (1 + x),
    curvature: (x) => -1 / ((1 + x) * (1 + x)),
  }),
  positive: true,
};

/** To which power. */
export interface PowerGiven {
  readonly exponent: number;
}

/** x^p. Multiples of 1/4 by multiplication and roots; others as e^{p log x}, for x > 0. */
export const powerOp: OpDefinition<PowerGiven> = {
  ...family<PowerGiven>(['exponent'], ([p]) => ({
    value: (x) => power(x, p),
    slope: (x) => (p === 0 ? 0 : p * power(x, p - 1)),
    curvature: (x) => (p === 0 || p === 1 ? 0 : p * (p - 1) * power(x, p - 2)),
  })),
  positive: true,
  trials: () => [0.5, -0.5, -1, 3, 0.75, 0.3].map((exponent) => ({ exponent })),
};

/** √x, with φ′ = 0 at 0: of a sum of squares it is the norm, whose derivative at 0 PyTorch takes as 0. */
export const norm: OpDefinition = {
  ...elementwise({
    value: Math.sqrt,
    slope: (x) => (x === 0 ? 0 : 0.5 / Math.sqrt(x)),
    curvature: (x) => (x === 0 ? 0 : -0.25 / (x * Math.sqrt(x))),
  }),
  positive: true,
};
