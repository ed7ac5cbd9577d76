/** @file Layers that are functions of each element. */
import { checkFiniteNumber, checkOneOf } from '../../linalg/border/arguments.ts';
import { checkNoMore } from '../../linalg/border/no-more.ts';
import { DomainError } from '../../linalg/errors.ts';
import { type Layer, unary } from './layer.ts';

/** PyTorch's numbers. */
export const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805, rate: 1 } as const;

export function relu(): Layer {
  return unary('relu', {});
}

export function tanh(): Layer {
  return unary('tanh', {});
}

export function silu(): Layer {
  return unary('silu', {});
}

export function sigmoid(): Layer {
  return unary('sigmoid', {});
}

/** x Φ(x), or its approximation by tanh. */
export function gelu(approximate: 'none' | 'tanh' = 'none'): Layer {
  checkOneOf('gelu', 'approximate', approximate, ['none', 'tanh']);
  return unary('gelu', { approximate });
}

/** x where x > 0, slope · x elsewhere. */
export function leakyRelu(slope = 0.01): Layer {
  checkFiniteNumber('leakyRelu', 'slope', slope);
  return unary('leaky-relu', { slope });
}

/** log(1 + e^{beta x})/beta. @param threshold - From beta x above it on, x itself; PyTorch's default is 20. Default here: nowhere. */
export function softplus(beta = 1, threshold?: number): Layer {
  checkFiniteNumber('softplus', 'beta', beta);
  if (beta <= 0) throw new DomainError('softplus', 'beta', '> 0', beta);
  if (threshold === undefined) return unary('softplus', { beta });
  checkFiniteNumber('softplus', 'threshold', threshold);
  return unary('softplus', { beta, threshold });
}

/** min(max(x, min), max), with slope 0 from the ends on. */
export function hardtanh(min = -1, max = 1): Layer {
  checkFiniteNumber('hardtanh', 'min', min);
  checkFiniteNumber('hardtanh', 'max', max);
  if (!(min < max)) throw new DomainError('hardtanh', 'max', `> min = ${min}`, max);
  return unary('hardtanh', { min, max });
}

/** min(max(x, 0), 6). */
export function relu6(): Layer {
  return unary('hardtanh', { min: 0, max: 6 });
}

/** x where x > 0, alpha (eˣ − 1) elsewhere (Clevert, Unterthiner & Hochreiter 2016). */
export function elu(alpha = 1): Layer {
  checkFiniteNumber('elu', 'alpha', alpha);
  return unary('elu', { alpha, scale: 1, rate: 1 });
}

/** ELU with alpha and scale for which normalised inputs stay normalised (Klambauer et al. 2017). */
export function selu(): Layer {
  return unary('elu', SELU);
}

/** x where x > 0, alpha (e^{x/alpha} − 1) elsewhere (Barron 2017). */
export function celu(alpha = 1): Layer {
  checkFiniteNumber('celu', 'alpha', alpha);
  if (alpha === 0) throw new DomainError('celu', 'alpha', 'not 0', alpha);
  return unary('elu', { alpha, scale: 1, rate: 1 / alpha });
}

/** min(max(x/6 + 1/2, 0), 1). */
export function hardsigmoid(): Layer {
  return unary('hardsigmoid', {});
}

/** x min(max(x + 3, 0), 6)/6 (Howard et al. 2019). */
export function hardswish(): Layer {
  return unary('hardswish', {});
}

/** x tanh(log(1 + eˣ)) (Misra 2020). */
export function mish(): Layer {
  return unary('mish', {});
}

/** log σ(x). */
export function logSigmoid(): Layer {
  return unary('log-sigmoid', {});
}

/** factor · x. */
export function scale(factor: number): Layer {
  checkFiniteNumber('scale', 'factor', factor);
  return unary('scale', { factor });
}

/** x itself, in training too: what is attributed is the training without noise. @param rate - What a written description says of it, in [0, 1). */
export function dropout(rate = 0.5): Layer {
  checkFiniteNumber('dropout', 'rate', rate);
  if (rate < 0 || rate >= 1) throw new DomainError('dropout', 'rate', 'in [0, 1)', rate);
  return unary('dropout', { rate });
}

/** x itself: a place in a residual block, or for a name. */
export function identity(): Layer {
  return unary('identity', {});
}

/** Over the last axis: of outputs that are numbers, not logits, which losses take as they are. */
export function softmax(): Layer;
export function softmax(more?: unknown): Layer {
  checkNoMore('softmax', 'it is over the last axis', undefined, more);
  return unary('softmax', {});
}
