/** @file Eigen-operators as named tensors with a description in JSON, and back, to the bit. */
import { checkFinite } from '../linalg/checks.ts';
import { EigenfluenceError, FormatError, UnsupportedError } from '../linalg/errors.ts';
import { isJsonObject, type JsonObject, ownField } from '../linalg/io/json-text.ts';
import type { Tensor, TensorInput } from '../linalg/io/safetensors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import {
  type BasisBlock,
  BlockBasis,
  DenseBasis,
  KroneckerBasis,
  type OrthogonalBasis,
} from '../linalg/operators/basis.ts';
import { IdentityBasis } from '../linalg/operators/identity-basis.ts';
import { EigenOperator, type FactorSpectra } from './eigen-operator.ts';

/** Stands in every file of fits, and in every refusal of one. */
export const FIT_FORMAT = 'eigenfluence-fit';
/** More blocks than any network has. */
const MOST_BLOCKS = 1_000_000;

/** Takes a tensor under a name that is free. */
export type Keep = (name: string, tensor: TensorInput) => void;
/** Gives the tensor of a name, which must be there. */
export type Fetch = (name: string) => Tensor;

/** Puts the arrays of an operator away, and describes the rest. @throws {UnsupportedError} a basis of somebody else's making. */
export function storeOperator(
  { basis, values, structure, factors }: EigenOperator,
  prefix: string,
  keep: Keep,
): JsonObject {
  keep(`${prefix}values`, vector(values));
  for (const [b, { indices, left, right }] of (factors ?? []).entries()) {
    keep(`${prefix}factors.${b}.indices`, integers(indices));
    keep(`${prefix}factors.${b}.left`, vector(left));
    keep(`${prefix}factors.${b}.right`, vector(right));
  }
  return {
    structure,
    basis: storeBasis(basis, prefix, keep),
    ...(factors === undefined ? {} : { factors: factors.length }),
  };
}

function storeBasis(basis: OrthogonalBasis, prefix: string, keep: Keep): JsonObject {
  if (basis instanceof IdentityBasis) return { kind: 'identity', size: basis.size };
  if (basis instanceof DenseBasis) {
    keep(`${prefix}vectors`, matrix(basis.matrix));
    return { kind: 'dense' };
  }
  if (basis instanceof KroneckerBasis) {
    keep(`${prefix}left`, matrix(basis.left));
    keep(`${prefix}right`, matrix(basis.right));
    return { kind: 'kronecker' };
  }
  if (!(basis instanceof BlockBasis))
    throw new UnsupportedError(
      'A basis that is neither dense, Kronecker, the identity nor made of blocks cannot be stored.',
    );
  const blocks = basis.blocks.map(({ indices, basis: own, coordinates }, b) => {
    const name = `${prefix}blocks.${b}.`;
    keep(`${name}indices`, integers(indices));
    if (coordinates !== undefined && coordinates !== indices)
      keep(`${name}coordinates`, integers(coordinates));
    if (own instanceof BlockBasis) throw new UnsupportedError('Blocks of blocks cannot be stored.');
    return {
      ...storeBasis(own, name, keep),
      ...(coordinates === undefined || coordinates === indices ? {} : { coordinates: true }),
    };
  });
  return { kind: 'blocks', blocks };
}

/**
 * The operator that was stored, bit by bit.
 *
 * @throws {FormatError} a description that is none, a tensor that is missing, of another shape or not finite, blocks that do not cover the space.
 */
export function readOperator(description: unknown, prefix: string, fetch: Fetch): EigenOperator {
  if (!isJsonObject(description)) return refuse('an operator has no description');
  const structure = ownField(description, 'structure');
  if (structure !== 'symmetric' && structure !== 'psd')
    return refuse("structure is neither 'symmetric' nor 'psd'");
  const values = readVector(fetch, `${prefix}values`);
  const count = ownField(description, 'factors') ?? 0;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > MOST_BLOCKS)
    return refuse('factors is no number of blocks');
  return asFormatError(() => {
    const factors = Array.from({ length: count }, (_, b): FactorSpectra => {
      const name = `${prefix}factors.${b}.`;
      return {
        indices: readIntegers(fetch, `${name}indices`),
        left: readVector(fetch, `${name}left`),
        right: readVector(fetch, `${name}right`),
      };
    });
    const basis = readBasis(ownField(description, 'basis'), prefix, fetch, values.length, true);
    return new EigenOperator(basis, values, { structure, ...(count === 0 ? {} : { factors }) });
  });
}

function readBasis(
  description: unknown,
  prefix: string,
  fetch: Fetch,
  size: number | undefined,
  blocksAllowed: boolean,
): OrthogonalBasis {
  if (!isJsonObject(description)) return refuse('a basis has no description');
  const kind = ownField(description, 'kind');
  if (kind === 'identity') {
    const own = ownField(description, 'size');
    if (own !== size && size !== undefined) return refuse('an identity of another size than its eigenvalues');
    return new IdentityBasis(typeof own === 'number' ? own : Number.NaN);
  }
  if (kind === 'dense') return new DenseBasis(readMatrix(fetch, `${prefix}vectors`));
  if (kind === 'kronecker')
    return new KroneckerBasis(readMatrix(fetch, `${prefix}left`), readMatrix(fetch, `${prefix}right`));
  const blocks = ownField(description, 'blocks');
  if (kind !== 'blocks' || !blocksAllowed || !Array.isArray(blocks) || blocks.length > MOST_BLOCKS)
    return refuse('an unknown kind of basis');
  return new BlockBasis(
    blocks.map((block: unknown, b): BasisBlock => {
      const name = `${prefix}blocks.${b}.`;
      const indices = readIntegers(fetch, `${name}indices`);
      const basis = readBasis(block, name, fetch, indices.length, false);
      if (!isJsonObject(block) || ownField(block, 'coordinates') !== true) return { indices, basis };
      return { indices, basis, coordinates: readIntegers(fetch, `${name}coordinates`) };
    }),
  );
}

/** An error about an argument is here one about the file. */
export function asFormatError<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof FormatError || !(error instanceof EigenfluenceError)) throw error;
    return refuse(error.message.replace(/\.$/, ''));
  }
}

/** Numbers of one row, finite. */
export function readVector(fetch: Fetch, name: string): Vec {
  const { shape, dtype, data } = fetch(name);
  if (dtype !== 'F64' || shape.length !== 1) refuse(`tensor ${name} must be F64 with one axis`);
  asFormatError(() => checkFinite(name, 'the tensor', data));
  return data;
}

/** Whole numbers of one row. */
export function readIntegers(fetch: Fetch, name: string): Int32Array {
  const { shape, dtype, data } = fetch(name);
  if (dtype !== 'I32' || shape.length !== 1) refuse(`tensor ${name} must be I32 with one axis`);
  return Int32Array.from(data);
}

/** Numbers of rows and columns, finite. */
export function readMatrix(fetch: Fetch, name: string): Matrix {
  const { shape, dtype, data } = fetch(name);
  if (dtype !== 'F64' || shape.length !== 2) return refuse(`tensor ${name} must be F64 with two axes`);
  asFormatError(() => checkFinite(name, 'the tensor', data));
  return new Matrix(shape[0], shape[1], data);
}

/** A Cholesky factor. @throws {FormatError} also one that is not lower triangular with a positive diagonal. */
export function readFactor(fetch: Fetch, name: string): Matrix {
  const factor = readMatrix(fetch, name);
  if (factor.rows !== factor.cols)
    return refuse(`tensor ${name} is [${factor.rows}, ${factor.cols}], not square`);
  for (let r = 0; r < factor.rows; r++)
    if (!(factor.at(r, r) > 0) || factor.row(r).some((x, c) => c > r && x !== 0))
      return refuse(`tensor ${name} is not lower triangular with a positive diagonal`);
  return factor;
}

/** A vector as a tensor. */
export function vector(data: Vec): TensorInput {
  return { shape: [data.length], data };
}

/** Whole numbers as a tensor. */
export function integers(data: Int32Array): TensorInput {
  return { shape: [data.length], dtype: 'I32', data };
}

/** A matrix as a tensor. */
export function matrix({ rows, cols, data }: Matrix): TensorInput {
  return { shape: [rows, cols], data };
}

/** @throws {FormatError} always. */
export function refuse(problem: string): never {
  throw new FormatError(FIT_FORMAT, `${problem}.`);
}
