/** @file The hyperbolic tangent. */
import { type ActivationDefinition, elementwise } from './elementwise.ts';

/** φ = tanh x, φ′ = 1 − y², φ″ = −2 y φ′. */
export const tanh: ActivationDefinition = { ...elementwise((k) => k.tanh), activation: true };
