/** @file A fitted curvature as tensors of a file, and back, to the bit. */
import { EigenOperator } from '../../curvature/eigen-operator.ts';
import { checkInverseRule, type InverseRule } from '../../curvature/inverse-rule.ts';
import type { CurvatureKind } from '../../curvature/registry.ts';
import {
  asFormatError,
  type Fetch,
  integers,
  type Keep,
  readIntegers,
  readOperator,
  readVector,
  refuse,
  storeOperator,
  vector,
} from '../../curvature/stored-operator.ts';
import { isJsonObject, type JsonObject, ownField } from '../../linalg/io/json-text.ts';
import { asCurvatureFit, type CurvatureFit, type PlainDamping } from './curvature-fit.ts';

/** Puts the arrays away, and describes the rest. */
export function storeCurvatureFit(
  { operator, damped, rule, indices, dampings }: CurvatureFit,
  prefix: string,
  keep: Keep,
): object {
  if (indices !== undefined) keep(`${prefix}parameters`, integers(indices));
  if (damped !== undefined) keep(`${prefix}damped`, vector(damped.values));
  return {
    rule,
    operator: storeOperator(operator, prefix, keep),
    ...(indices === undefined ? {} : { parameters: true }),
    ...(damped === undefined ? {} : { damped: damped.structure }),
    ...(dampings === undefined ? {} : { dampings }),
  };
}

/** The fit that was stored, bit by bit. @param size - Parameters of the network. @throws {FormatError} a part that is missing or damaged. */
export function readCurvatureFit(
  kind: CurvatureKind,
  fit: JsonObject,
  prefix: string,
  fetch: Fetch,
  size: number,
): CurvatureFit {
  const operator = readOperator(ownField(fit, 'operator'), prefix, fetch);
  const rule = ownField(fit, 'rule') as InverseRule;
  const damped = ownField(fit, 'damped');
  const dampings = ownField(fit, 'dampings');
  if (damped !== undefined && damped !== 'psd' && damped !== 'symmetric')
    return refuse('damped is no structure');
  if (dampings !== undefined && !isDampings(dampings))
    return refuse('dampings must be a list of sites with their λ');
  return asFormatError(() => {
    checkInverseRule('rule', rule);
    const read: CurvatureFit = {
      kind,
      operator,
      rule,
      ...(damped === undefined
        ? {}
        : {
            damped: new EigenOperator(operator.basis, readVector(fetch, `${prefix}damped`), {
              structure: damped,
            }),
          }),
      ...(ownField(fit, 'parameters') === true
        ? { indices: readIntegers(fetch, `${prefix}parameters`) }
        : {}),
      ...(dampings === undefined ? {} : { dampings }),
    };
    return asCurvatureFit('fit', kind, read, size);
  });
}

function isDampings(value: unknown): value is readonly PlainDamping[] {
  return (
    Array.isArray(value) &&
    value.every(
      (part: unknown) =>
        isJsonObject(part) &&
        ['site', 'meanEigenvalue', 'damping'].every((name) => typeof ownField(part, name) === 'number') &&
        ['layer', 'weight', 'bias'].includes(ownField(part, 'kind') as string),
    )
  );
}
