/** @file The logistic function. */
import { type ActivationDefinition, elementwise } from './elementwise.ts';

/** φ = 1/(1 + e^−x), φ′ = y (1 − y), φ″ = φ′ (1 − 2 y). */
export const sigmoid: ActivationDefinition = { ...elementwise((k) => k.sigmoid), activation: true };
