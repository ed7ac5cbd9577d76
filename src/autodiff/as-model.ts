/** @file Models and their parameters at the public border. */
import { describe } from '../linalg/border/describe.ts';
import { isInstance } from '../linalg/border/instances.ts';
import { asVector, convert } from '../linalg/border/vector.ts';
import { checkFinite, checkLength } from '../linalg/checks.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Vec } from '../linalg/matrix.ts';
import { Mlp } from './mlp.ts';
import { Network } from './network.ts';

/**
 * The network that `model` stands for: itself if it is one, or an {@link Mlp} of the same shape for a structured clone of that.
 *
 * @throws {DomainError} anything else; naming `where` and `argument`.
 */
export function asModel(where: string, argument: string, model: unknown): Network {
  return isInstance(model, Network) ? model : asMlp(where, argument, model);
}

/** As {@link asModel}, where it has to be an {@link Mlp}: formats of files, and threads, to which only its shape is sent. */
export function asMlp(where: string, argument: string, model: unknown): Mlp {
  if (isInstance(model, Mlp)) return model;
  return convert(where, argument, () => {
    const { sizes, activation, options } = (model ?? {}) as Partial<Mlp>;
    if (!Array.isArray(sizes) || typeof activation !== 'string')
      throw new DomainError(where, argument, 'an Mlp', model, describe(model));
    return new Mlp(sizes, activation, options);
  });
}

/** The finite θ of a model, [D], that `theta` stands for. @throws {DomainError} | {ShapeError} | {NonFiniteError} it is none. */
export function asTheta(where: string, model: Network, theta: unknown): Vec {
  const values = asVector(where, 'theta', theta);
  checkLength(where, 'theta', values, model.parameterCount);
  checkFinite(where, 'theta', values);
  return values;
}
