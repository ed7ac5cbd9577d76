/** @file SOURCE's fit, the curvature of every segment, as tensors of a file, and back, to the bit. */
import {
  type Fetch,
  type Keep,
  readOperator,
  refuse,
  storeOperator,
} from '../../curvature/stored-operator.ts';
import { asList } from '../../linalg/border/instances.ts';
import { type JsonObject, ownField } from '../../linalg/io/json-text.ts';
import type { SourceMethodFit } from './method-fit.ts';

/** No run is cut into more segments. */
const MOST_SEGMENTS = 1_000_000;

/** Puts the arrays away, and describes the rest. */
export function storeSourceFit(where: string, fit: SourceMethodFit, prefix: string, keep: Keep): object {
  const operators = asList(where, 'curvatures', fit.curvatures, 'one per segment');
  return { segments: operators.map((operator, l) => storeOperator(operator, `${prefix}${l}.`, keep)) };
}

/**
 * The fit that was stored, bit by bit.
 *
 * @param size - Parameters of the network. @throws {FormatError} a part that is missing or damaged.
 */
export function readSourceFit(
  description: JsonObject,
  prefix: string,
  fetch: Fetch,
  size: number,
): SourceMethodFit {
  const segments = ownField(description, 'segments');
  if (!Array.isArray(segments) || segments.length === 0 || segments.length > MOST_SEGMENTS)
    return refuse('segments must be a list of curvatures');
  return {
    kind: 'source',
    curvatures: segments.map((segment: unknown, l) => {
      const operator = readOperator(segment, `${prefix}${l}.`, fetch);
      if (operator.values.length !== size)
        return refuse(`the curvature of segment ${l} has ${operator.values.length} eigenvalues, not ${size}`);
      return operator;
    }),
  };
}
