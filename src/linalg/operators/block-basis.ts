/** @file A direct sum of bases as its users make it. */
import { checkFunction, checkObject } from '../border/arguments.ts';
import { describe, isArray } from '../border/describe.ts';
import { checkInteger, checkLength } from '../checks.ts';
import { DomainError } from '../errors.ts';
import { type BasisBlock, BlockBasis } from './basis.ts';

/**
 * A direct sum of bases over index lists. Rotated coordinate j of block b lies where its j-th index points, so that the
 * coordinates of a block stay at the places of its vectors; partial blocks say where theirs lie.
 *
 * @param blocks - Their indices cover 0..n−1 once, their coordinates 0..w−1, in any order. Kept by reference.
 * @throws {ShapeError} a list and its basis differ in size. @throws {DomainError} an index or coordinate out of range, or twice.
 * Cost per row: that of the blocks, and four passes over the row.
 * @example new BlockBasis([{ indices: Int32Array.of(0, 2), basis }, { indices: Int32Array.of(1), basis: one }]);
 */
export class CheckedBlockBasis extends BlockBasis {
  constructor(blocks: readonly BasisBlock[]) {
    checkBlocks(blocks);
    super(blocks);
    const indexSeen = new Uint8Array(this.size);
    const coordinateSeen = new Uint8Array(this.width);
    for (const [b, block] of blocks.entries()) {
      const { indices, basis, coordinates = indices } = block;
      checkPlaces(`blocks[${b}].indices`, indices, basis.size, indexSeen);
      checkPlaces(`blocks[${b}].coordinates`, coordinates, basis.width, coordinateSeen);
    }
  }

  /** Those that curvatures have are one, too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits this, and means itself
    return Function.prototype[Symbol.hasInstance].call(this === CheckedBlockBasis ? BlockBasis : this, value);
  }
}

/** Refuses what is no list of blocks: what is wrong with the numbers in it, {@link checkPlaces} says. */
function checkBlocks(blocks: readonly BasisBlock[]): void {
  const where = 'BlockBasis';
  if (!isArray(blocks))
    throw new DomainError(where, 'blocks', 'an array of blocks', blocks, describe(blocks));
  for (const [b, block] of Array.from(blocks as readonly BasisBlock[]).entries()) {
    const name = `blocks[${b}]`;
    checkObject(where, name, block);
    checkObject(where, `${name}.basis`, block.basis);
    for (const size of ['size', 'width'] as const)
      checkInteger(where, `${name}.basis.${size}`, block.basis[size], 0, Number.MAX_SAFE_INTEGER);
    for (const method of ['rotate', 'unrotate', 'toDense'] as const)
      checkFunction(where, `${name}.basis.${method}`, block.basis[method]);
    checkInt32(`${name}.indices`, block.indices);
    if (block.coordinates !== undefined) checkInt32(`${name}.coordinates`, block.coordinates);
  }
}

function checkInt32(argument: string, places: unknown): void {
  if (!(ArrayBuffer.isView(places) && places instanceof Int32Array))
    throw new DomainError('BlockBasis', argument, 'an Int32Array', places, describe(places));
}

/** Refuses a list that is not of the given length, or that names a place out of range or seen before; marks its places. */
function checkPlaces(argument: string, places: Int32Array, length: number, seen: Uint8Array): void {
  checkLength('BlockBasis', argument, places, length);
  for (const [j, place] of places.entries()) {
    checkInteger('BlockBasis', `${argument}[${j}]`, place, 0, seen.length - 1);
    if (seen[place]++ !== 0)
      throw new DomainError('BlockBasis', `${argument}[${j}]`, 'in one block only', place);
  }
}
