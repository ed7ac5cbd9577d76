/** @file Layers that are functions of each element. */
import { checkFiniteNumber, checkOneOf } from '../../linalg/border/arguments.ts';
import { DomainError } from '../../linalg/errors.ts';
import { type Layer, unary } from './layer.ts';

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

/** log(1 + e^{beta x})/beta. */
export function softplus(beta = 1): Layer {
  checkFiniteNumber('softplus', 'beta', beta);
  if (beta <= 0) throw new DomainError('softplus', 'beta', '> 0', beta);
  return unary('softplus', { beta });
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
export function softmax(): Layer {
  return unary('softmax', {});
}
