/** @file The Gaussian error linear unit, in its exact form. */
import { type ActivationDefinition, elementwise } from './elementwise.ts';

/** φ = x Φ(x), φ′ = Φ + x g, φ″ = g (2 − x²), with g the normal density (Hendrycks & Gimpel 2016, the exact form). */
export const gelu: ActivationDefinition = {
  ...elementwise((k) => k.gelu),
  activation: true,
  attributes: { approximate: 'none' },
};
