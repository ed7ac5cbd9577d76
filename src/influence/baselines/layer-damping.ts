/** @file How much damping a layer gets: a number, or a share of the layer's mean eigenvalue. */
import { checkFields } from '../../linalg/border/fields.ts';
import { checkNonNegative } from '../../linalg/checks.ts';
import { SingularError } from '../../linalg/errors.ts';

/**
 * λ of every layer: absolute, in the units of the mean-loss curvature, or `relative` times the mean eigenvalue of the layer's
 * matrix, which for an empirical Fisher is the mean squared entry of the layer's gradients.
 */
export type LayerDamping = number | { readonly relative: number };

/** A tenth of the mean eigenvalue: Grosse et al. 2023, Kwon et al. 2023 and Choe et al. 2024 all use it. */
export const LAYER_DAMPING: LayerDamping = { relative: 0.1 };

/** @throws {DomainError} negative or not finite. */
export function checkLayerDamping(where: string, argument: string, damping: LayerDamping): void {
  if (typeof damping === 'number') checkNonNegative(where, argument, damping);
  else checkFields(where, damping, { relative: checkNonNegative }, argument, ['relative']);
}

/** λ of a layer. @throws {SingularError} it would be 0. */
export function layerDamping(where: string, damping: LayerDamping, meanEigenvalue: number): number {
  const lambda = typeof damping === 'number' ? damping : damping.relative * meanEigenvalue;
  if (lambda > 0) return lambda;
  throw new SingularError(where, lambda, 'A layer without gradients or damping: give a damping > 0.');
}
