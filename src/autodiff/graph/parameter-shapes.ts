/** @file Shapes of named parameters: given in whole or in part, and what the nodes that use them say. */
import { ShapeError } from '../../linalg/errors.ts';
import { shown } from './values.ts';

/** Shapes by name, as PyTorch has them; a size below 0 is to be inferred from the inputs of its node. */
export type GivenShapes = ReadonlyMap<string, readonly number[]>;

/** Shapes that are known so far. */
export class ParameterShapes {
  private readonly given: GivenShapes;
  private readonly known = new Map<string, readonly number[]>();

  constructor(given: GivenShapes) {
    this.given = given;
  }

  /**
   * The shape of a parameter.
   *
   * @param where - Names the node. @param expected - What its node knows of it; undefined: whatever is given.
   * @throws {ShapeError} it is another one, or a size that nobody says.
   */
  resolve(where: string, name: string, expected: readonly (number | undefined)[]): readonly number[] {
    const given = this.known.get(name) ?? this.given.get(name) ?? expected.map((size) => size ?? -1);
    const fits =
      given.length === expected.length &&
      given.every((size, i) => size < 0 || expected[i] === undefined || size === expected[i]);
    const shape = fits ? given.map((size, i) => (size < 0 ? (expected[i] ?? -1) : size)) : given;
    if (!fits || shape.some((size) => size < 1))
      throw new ShapeError(
        where,
        `parameter ${name}`,
        shown(expected),
        this.known.has(name) || this.given.has(name) ? shown(given) : 'none',
      );
    this.known.set(name, shape);
    return shape;
  }

  /** Of every parameter that a node has asked for. */
  all(): GivenShapes {
    return this.known;
  }
}
