/** @file Parameter blocks as data: which entries of θ a block-diagonal curvature keeps together. */
import { asModel } from '../autodiff/as-model.ts';
import type { Network, Site } from '../autodiff/network.ts';
import { checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { asIntegers, type IntegersInput } from '../linalg/border/integers.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { checkInteger, checkLength, checkShape, checkSquare } from '../linalg/checks.ts';
import { DomainError, ShapeError } from '../linalg/errors.ts';
import { Matrix } from '../linalg/matrix.ts';

/** One block per layer (weight with bias), or one per parameter tensor (weight, bias). */
export type PartitionKind = 'layer' | 'tensor';

/** Every kind, for messages. */
export const PARTITION_KINDS: readonly PartitionKind[] = ['layer', 'tensor'];

/**
 * A block of parameters, seen as a matrix V [rows, cols] in row-major order: `indices[r·cols + c]` is the position of
 * V[r, c] in θ. `rows` counts the layer's units; `cols` its inputs, with one for the bias (`layer`), without (`weight`),
 * or 1 (`bias`). (G ⊗ A) vec(V) = vec(G V Aᵀ). A block that tied layers share is there once. Of a table, rows counts its rows and cols its columns.
 */
export interface ParameterBlock {
  readonly kind: 'layer' | 'weight' | 'bias';
  /** The first layer that uses it. */
  readonly layer: number;
  readonly rows: number;
  readonly cols: number;
  readonly indices: Int32Array;
  /** Only of blocks with Kronecker factors (`SharedWeights.splitBlocks`): one of the layer's groups. */
  readonly group?: number;
  /** Only of these: no Kronecker product; all of its parameters are rows. */
  readonly exact?: true;
}

/**
 * The blocks of a model's parameters. They cover θ once; a layer's weight comes before its bias.
 *
 * @returns per layer one block, or two: `weight` and, if there is one, `bias`.
 * @throws {DomainError} no model; unknown kind.
 * @example partition(new Mlp([2, 3], 'tanh'), 'tensor').map((block) => block.indices.length); // [6, 3]
 */
export function partition(model: Network, kind: PartitionKind): readonly ParameterBlock[] {
  const { blocks } = asModel('partition', 'model', model);
  switch (kind) {
    case 'layer':
      return blocks.map(({ sites, cols }) => columnBlock(sites[0], 'layer', 0, cols));
    case 'tensor':
      return blocks.flatMap(({ sites, inputs }) => [
        columnBlock(sites[0], 'weight', 0, inputs),
        ...sites.flatMap((site, i) =>
          site.bias === undefined || sites.slice(0, i).some(({ bias }) => bias === site.bias)
            ? []
            : [columnBlock(site, 'bias', site.bias, 1)],
        ),
      ]);
    default:
      throw new DomainError('partition', 'kind', "'layer' or 'tensor'", kind satisfies never);
  }
}

/** The sites that use a block: one, or several that are tied. */
export function blockUsers(model: Network, { kind, layer }: ParameterBlock): readonly Site[] {
  const { block, bias } = model.sites[layer];
  const { sites } = model.blocks[block];
  return kind === 'bias' ? sites.filter((user) => user.bias === bias) : sites;
}

/**
 * The rows of a site's ā that a block is multiplied by: all, those of the weight, or the one of the bias.
 *
 * @param a - [width, count]. @param bias - The row of the bias; default the last.
 * @returns [cols, count], a view.
 */
export function seenBy(block: ParameterBlock, a: Matrix, bias: number = a.rows - 1): Matrix {
  return block.kind === 'bias' ? a.rowRange(bias, bias + 1) : a.rowRange(0, block.cols);
}

/** Columns first..first+cols−1 of a layer's [out, width] matrix. */
function columnBlock(layer: Site, kind: ParameterBlock['kind'], first: number, cols: number): ParameterBlock {
  const { rows, width, offset } = layer;
  const indices = new Int32Array(rows * cols);
  for (let r = 0, k = 0; r < rows; r++)
    for (let c = 0; c < cols; c++, k++) indices[k] = offset + r * width + first + c;
  return { kind, layer: layer.index, rows, cols, indices };
}

/**
 * The diagonal block of C at `indices`, as a matrix of its own.
 *
 * @param c - Square [n, n]. @param indices - Positions in 0..n−1.
 * @throws {ShapeError} c is not square. @throws {DomainError} no matrix, or an index outside.
 * @returns shape [k, k], entry (a, b) = C[indices[a], indices[b]].
 */
export function extractBlock(c: MatrixInput, indices: IntegersInput): Matrix {
  const whole = asMatrix('extractBlock', 'c', c);
  checkSquare('extractBlock', 'c', whole);
  const chosen = asIntegers('extractBlock', 'indices', indices, 0, whole.rows - 1);
  return blockOf(whole, chosen);
}

/** The same of a square matrix, at indices within it: neither is checked. */
export function blockOf(c: Matrix, indices: Int32Array): Matrix {
  const k = indices.length;
  const out = new Matrix(k, k);
  for (let a = 0; a < k; a++) {
    const row = indices[a] * c.cols;
    for (let b = 0; b < k; b++) out.data[a * k + b] = c.data[row + indices[b]];
  }
  return out;
}

/**
 * The block-diagonal matrix of size n with the given blocks, zero elsewhere.
 *
 * @param blocks - Index lists within 0..n−1 that cover it once (which is not checked); `matrices[b]` is [k, k] for k indices.
 * @throws {ShapeError} a matrix does not have its block's size, or there are not as many.
 */
export function assembleBlocks(
  n: number,
  blocks: readonly { readonly indices: IntegersInput }[],
  matrices: readonly MatrixInput[],
): Matrix {
  const where = 'assembleBlocks';
  checkInteger(where, 'n', n, 0, Number.MAX_SAFE_INTEGER);
  asList(where, 'blocks', blocks, 'blocks');
  asList(where, 'matrices', matrices, 'matrices');
  if (matrices.length !== blocks.length)
    throw new ShapeError('assembleBlocks', 'matrices', `${blocks.length} matrices`, `${matrices.length}`);
  const checked = blocks.map((block, b) => {
    checkObject(where, `blocks[${b}]`, block);
    const indices = asIntegers(where, `blocks[${b}].indices`, block.indices, 0, n - 1);
    const matrix = asMatrix(where, `matrices[${b}]`, matrices[b]);
    checkShape(where, `matrices[${b}]`, matrix, indices.length, indices.length);
    return { block: { indices }, matrix };
  });
  return placeBlocks(n, checked);
}

/** The same of blocks with their matrices: nothing is checked. */
export function placeBlocks(
  n: number,
  blocks: readonly { readonly block: { readonly indices: Int32Array }; readonly matrix: Matrix }[],
): Matrix {
  const out = new Matrix(n, n);
  for (const { block, matrix } of blocks) {
    const { indices } = block;
    const k = indices.length;
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) out.data[indices[i] * n + indices[j]] = matrix.data[i * k + j];
  }
  return out;
}

/** Refuses what is no block of parameters. @throws {DomainError} | {ShapeError} naming the part at fault. */
export function checkBlock(where: string, argument: string, block: ParameterBlock): void {
  checkObject(where, argument, block);
  const { kind, layer, rows, cols, indices } = block;
  checkOneOf(where, `${argument}.kind`, kind, ['layer', 'weight', 'bias']);
  checkInteger(where, `${argument}.layer`, layer, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, `${argument}.rows`, rows, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, `${argument}.cols`, cols, 0, Number.MAX_SAFE_INTEGER);
  const positions = asIntegers(where, `${argument}.indices`, indices, 0);
  checkLength(where, `${argument}.indices`, positions, rows * cols);
}
