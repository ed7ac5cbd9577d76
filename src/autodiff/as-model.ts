/** @file Models and their parameters at the public border. */
import { describe } from '../linalg/border/describe.ts';
import { asVector, convert } from '../linalg/border/vector.ts';
import { checkFinite, checkLength } from '../linalg/checks.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Vec } from '../linalg/matrix.ts';
import { Mlp } from './mlp.ts';

/**
 * The model that `model` stands for: itself if it is an {@link Mlp}, or one of the same shape for a structured clone of it.
 *
 * @throws {DomainError} anything else; naming `where` and `argument`.
 */
export function asModel(where: string, argument: string, model: unknown): Mlp {
  if (isMlp(model)) return model;
  return convert(where, argument, () => {
    const { sizes, activation, options } = (model ?? {}) as Partial<Mlp>;
    if (!Array.isArray(sizes) || typeof activation !== 'string')
      throw new DomainError(where, argument, 'an Mlp', model, describe(model));
    return new Mlp(sizes, activation, options);
  });
}

/** The finite θ of a model, [D], that `theta` stands for. @throws {DomainError} | {ShapeError} | {NonFiniteError} it is none. */
export function asTheta(where: string, model: Mlp, theta: unknown): Vec {
  const values = asVector(where, 'theta', theta);
  checkLength(where, 'theta', values, model.parameterCount);
  checkFinite(where, 'theta', values);
  return values;
}

function isMlp(model: unknown): model is Mlp {
  try {
    return model instanceof Mlp;
  } catch {
    return false; // a revoked proxy
  }
}
