/** @file The rectified linear unit. */
import { elementwise } from './elementwise.ts';

/** φ = max(x, 0), φ′ = [x > 0], φ″ = 0. */
export const relu = { ...elementwise((k) => k.relu), activation: true, kink: 0.1 } as const;
