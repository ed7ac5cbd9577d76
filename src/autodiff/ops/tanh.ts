/** @file The hyperbolic tangent. */
import { elementwise } from './elementwise.ts';

/** φ = tanh x, φ′ = 1 − y², φ″ = −2 y φ′. */
export const tanh = { ...elementwise((k) => k.tanh), activation: true } as const;
