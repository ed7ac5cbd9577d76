/** @file What scores are made of: pairs of output positions, and blocks of parameters; means over several models. */

import type { Dataset } from '../../autodiff/dataset.ts';
import { checkFinite } from '../../linalg/checks.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import type { FittedMethod } from './method.ts';
import type { MethodName } from './method-name.ts';
import { METHOD_NAMES, METHODS } from './registry.ts';

/** What is asked of which method. */
interface Question {
  readonly method: MethodName;
  readonly queries: Dataset;
}

/** [nQuery · P, N · P]. @throws {UnsupportedError} a method that has no such scores. */
export function meanTokens({ method, queries }: Question, fits: readonly FittedMethod[]): Matrix {
  const parts = fits.map((fit) => fit.tokenScores?.(queries)).filter((part) => part !== undefined);
  if (parts.length < fits.length) throw without(method, 'tokens');
  const mean = meanMatrix(parts);
  checkFinite('attribute', 'the scores of tokens', mean.data);
  return mean;
}

/** One [nQuery, N] per block of θ. @throws {UnsupportedError} a method that has no such scores. */
export function meanModules({ method, queries }: Question, fits: readonly FittedMethod[]): Matrix[] {
  const parts = fits.map((fit) => fit.moduleScores?.(queries)).filter((part) => part !== undefined);
  if (parts.length < fits.length) throw without(method, 'modules');
  const means = parts[0].map((_, block) => meanMatrix(parts.map((part) => part[block])));
  for (const mean of means) checkFinite('attribute', 'the scores of modules', mean.data);
  return means;
}

function without(method: MethodName, parts: 'tokens' | 'modules'): UnsupportedError {
  const known = METHOD_NAMES.filter((name) => METHODS[name][parts] === true).join(', ');
  return new UnsupportedError(`attribute: ${method} has no scores of ${parts}; ${known} do.`);
}

/** Σ/M element by element, in the order of the models. */
export function meanMatrix(parts: readonly Matrix[]): Matrix {
  const [first, ...others] = parts;
  const out = first.clone();
  for (const part of others) for (let k = 0; k < out.data.length; k++) out.data[k] += part.data[k];
  if (parts.length > 1) for (let k = 0; k < out.data.length; k++) out.data[k] /= parts.length;
  return out;
}
