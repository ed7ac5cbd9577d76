/** @file Where `influence --token-scores` has an answer: methods whose scores fall into parts, networks that read tokens. */
import { type Dataset, datasetSize } from '../../autodiff/index.ts';
import {
  type FittedModel,
  METHOD_NAMES,
  METHODS,
  type MethodName,
  type MethodOptions,
} from '../../influence/index.ts';
import { checkMemory } from '../engine/bounds.ts';
import { CommandError } from '../files/command-error.ts';

const DOUBLE = 8;

/** @throws {CommandError} a method without such scores; the message names those that have them. */
export function checkPartsMethod(parts: 'tokens' | 'modules', method: MethodName): void {
  if (METHODS[method][parts] === true) return;
  const known = METHOD_NAMES.filter((name) => METHODS[name][parts] === true).join(', ');
  const flag = parts === 'tokens' ? '--token-scores' : '--module-scores';
  throw new CommandError(`${flag} does not apply to ${method}; it belongs to ${known}.`);
}

/** So many matrices of token scores are held at once: one, or the sums of every chain with those that are pooled. */
export function tokenCopies(method: MethodName, { chains = 4 }: MethodOptions): number {
  return method === 'bif' ? chains + 2 : 1;
}

/** @throws {CommandError} inputs that are no tokens, one output per example, or more scores than the memory holds. */
export function checkTokens(
  models: readonly FittedModel[],
  files: readonly string[],
  train: Dataset,
  queries: Dataset,
  copies: number,
): void {
  for (const [m, { model }] of models.entries()) {
    const { vocabulary, outputPositions: positions, parameterCount } = model;
    if (vocabulary === undefined)
      throw new CommandError(`--token-scores is for networks that read tokens; ${files[m]} does not.`);
    if (positions === 1)
      throw new CommandError(
        `--token-scores is for networks with an output at each token; ${files[m]} has one output per example.`,
      );
    const [n, q] = [datasetSize(train) * positions, datasetSize(queries) * positions];
    checkMemory(
      DOUBLE * q * (copies * n + 2 * parameterCount),
      `the scores of ${q} × ${n} tokens`,
      'give fewer queries',
    );
  }
}
