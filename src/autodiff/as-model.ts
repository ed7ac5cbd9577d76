/** @file Models and their parameters at the public border. */
import { describe } from '../linalg/border/describe.ts';
import { isInstance } from '../linalg/border/instances.ts';
import { asVector, convert } from '../linalg/border/vector.ts';
import { checkFinite, checkLength } from '../linalg/checks.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Vec } from '../linalg/matrix.ts';
import { Mlp } from './mlp.ts';
import { Network } from './network.ts';

/** The network that a plain object is a structured clone of; undefined: it is none of this kind. */
export type CloneReader = (clone: object) => Network | undefined;

const CLONE_READERS: CloneReader[] = [];

/** Has {@link asModel} know a further kind of network by its clones. Called by the module of the kind, so that programs without it do not carry it. */
export function readClonesBy(reader: CloneReader): void {
  CLONE_READERS.push(reader);
}

/**
 * The network that `model` stands for: itself if it is one, or one with the same bits for a structured clone: an {@link Mlp}, or a
 * `GraphNetwork` where its module is loaded.
 *
 * @throws {DomainError} anything else; naming `where` and `argument`.
 */
export function asModel(where: string, argument: string, model: unknown): Network {
  if (isInstance(model, Network)) return model;
  return convert(where, argument, () => {
    for (const read of CLONE_READERS) {
      const network = read(Object(model));
      if (network !== undefined) return network;
    }
    return asMlp(where, argument, model);
  });
}

/** As {@link asModel}, where it has to be an {@link Mlp}: formats of files of linear layers. */
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
