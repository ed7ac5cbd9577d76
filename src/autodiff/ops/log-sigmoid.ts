/** @file The logarithm of the logistic function. */
import type { OpDefinition } from '../op.ts';
import { elementwise } from './elementwise.ts';

/** φ = −log(1 + e^−x), φ′ = σ(−x), φ″ = −σ(x) σ(−x). Stable at both ends. */
export const logSigmoid: OpDefinition = elementwise((k) => k.logSigmoid);
