/** @file TRAK's fit as tensors of a file, and back, to the bit. */
import {
  type Fetch,
  type Keep,
  matrix,
  readFactor,
  readMatrix,
  readVector,
  refuse,
  vector,
} from '../../curvature/stored-operator.ts';
import { asList } from '../../linalg/border/instances.ts';
import { asMatrix } from '../../linalg/border/matrix.ts';
import { type JsonObject, ownField } from '../../linalg/io/json-text.ts';
import type { TrakMethodFit } from './method-fit.ts';

/** Puts the arrays away: features, slopes and the factor of the kernel. */
export function storeTrakFit(where: string, fit: TrakMethodFit, prefix: string, keep: Keep): JsonObject {
  const { features, slopes, factor } = fit;
  for (const [c, part] of asList(where, 'features', features, 'matrices').entries())
    keep(`${prefix}features.${c}`, matrix(asMatrix(where, 'features', part)));
  for (const [c, part] of asList(where, 'slopes', slopes, 'vectors').entries())
    keep(`${prefix}slopes.${c}`, vector(part));
  keep(`${prefix}factor`, matrix(asMatrix(where, 'factor', factor)));
  return { outputs: features.length };
}

/**
 * The fit that was stored, bit by bit.
 *
 * @param outputs - Those that f runs over, of the network that the fit is used with. @param n - Training examples. @param dimension - k.
 * @throws {FormatError} a tensor that is missing, of another shape or not finite, a factor that is not lower triangular with a positive diagonal.
 */
export function readTrakFit(
  description: JsonObject,
  prefix: string,
  fetch: Fetch,
  { outputs, n, dimension }: { readonly outputs: number; readonly n: number; readonly dimension: number },
): TrakMethodFit {
  if (ownField(description, 'outputs') !== outputs)
    return refuse(`outputs must be ${outputs}, those of the network`);
  const shaped = (name: string, rows: number, matrixOf = readMatrix): TrakMethodFit['factor'] => {
    const read = matrixOf(fetch, `${prefix}${name}`);
    if (read.rows !== rows || read.cols !== dimension)
      return refuse(`tensor ${prefix}${name} is [${read.rows}, ${read.cols}], not [${rows}, ${dimension}]`);
    return read;
  };
  const features = Array.from({ length: outputs }, (_, c) => shaped(`features.${c}`, n));
  const slopes = Array.from({ length: outputs }, (_, c) => {
    const read = readVector(fetch, `${prefix}slopes.${c}`);
    if (read.length !== n) return refuse(`tensor ${prefix}slopes.${c} has ${read.length} numbers, not ${n}`);
    return read;
  });
  const factor = shaped('factor', dimension, readFactor);
  return { kind: 'trak', features, slopes, factor };
}
