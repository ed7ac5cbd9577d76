/** @file The fit of Arnoldi influence as tensors of a file, and back, to the bit. */
import {
  asFormatError,
  type Fetch,
  type Keep,
  matrix,
  readMatrix,
  readVector,
  refuse,
  vector,
} from '../../curvature/stored-operator.ts';
import { isJsonObject, type JsonObject, ownField } from '../../linalg/io/json-text.ts';
import type { LanczosStats } from '../../linalg/operators/lanczos.ts';
import { type ArnoldiSizes, asArnoldiFit } from '../baselines/arnoldi-fit.ts';
import type { ArnoldiMethodFit } from './method-fit.ts';

/** No sentence about a search is longer. */
const LONGEST = 400;

/** Puts the arrays away, eigenpairs with their residuals and the training features, and describes the search. */
export function storeArnoldiFit(
  where: string,
  fit: ArnoldiMethodFit,
  prefix: string,
  keep: Keep,
  sizes: ArnoldiSizes,
): object {
  const { values, vectors, residuals, features, stats } = asArnoldiFit(where, fit, sizes);
  const { history, ...search } = stats;
  keep(`${prefix}values`, vector(values));
  keep(`${prefix}vectors`, matrix(vectors));
  keep(`${prefix}residuals`, vector(residuals));
  keep(`${prefix}features`, matrix(features));
  keep(`${prefix}history`, vector(history));
  return { damping: fit.damping, search };
}

/**
 * The fit that was stored, bit by bit.
 *
 * @throws {FormatError} a tensor that is missing, of another shape or not finite, eigenvalues that do not ascend, a search that is none.
 */
export function readArnoldiFit(
  description: JsonObject,
  prefix: string,
  fetch: Fetch,
  sizes: ArnoldiSizes,
): ArnoldiMethodFit {
  const damping = ownField(description, 'damping');
  if (typeof damping !== 'number' || !(damping >= 0)) return refuse('damping must be a number ≥ 0');
  const values = readVector(fetch, `${prefix}values`);
  if (values.some((value, i) => i > 0 && value < values[i - 1]))
    return refuse(`tensor ${prefix}values does not ascend`);
  const residuals = readVector(fetch, `${prefix}residuals`);
  if (residuals.some((residual) => residual < 0)) return refuse(`tensor ${prefix}residuals has one below 0`);
  const vectors = readMatrix(fetch, `${prefix}vectors`);
  const features = readMatrix(fetch, `${prefix}features`);
  const stats = readSearch(ownField(description, 'search'), readVector(fetch, `${prefix}history`));
  const fit = { values, vectors, residuals, features, stats };
  return { kind: 'arnoldi', damping, ...asFormatError(() => asArnoldiFit('fit', fit, sizes)) };
}

function readSearch(search: unknown, history: Float64Array): LanczosStats {
  if (!isJsonObject(search)) return refuse('the search for eigenpairs has no description');
  const status = ownField(search, 'status');
  if (status !== 'converged' && status !== 'iteration-limit') return refuse('status is none of a search');
  const [iterations, residual, tolerance] = ['iterations', 'residual', 'tolerance'].map((name) => {
    const value = ownField(search, name);
    return typeof value === 'number' && value >= 0 ? value : refuse(`${name} must be a number ≥ 0`);
  });
  const message = ownField(search, 'message');
  if (typeof message !== 'string' || message.length > LONGEST) return refuse('message must be a sentence');
  return { status, iterations, residual, tolerance, history, message };
}
