/** @file The rectified linear unit. */
import { type ActivationDefinition, elementwise } from './elementwise.ts';

/** φ = max(x, 0), φ′ = [x > 0], φ″ = 0. */
export const relu: ActivationDefinition = { ...elementwise((k) => k.relu), activation: true, kink: 0.1 };
