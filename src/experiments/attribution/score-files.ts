/** @file What `influence` writes beside its scores: bounds, errors, scores by tokens and by layers, self-influence. */
import type { AttributionResult, MethodName } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import { writeNpy } from '../../linalg/io/index.ts';
import { CommandError } from '../files/command-error.ts';
import { byModule } from './module-scores.ts';

/** Where each goes. */
export interface ScoreTargets {
  readonly method: MethodName;
  readonly out: string;
  readonly bounds?: string | undefined;
  readonly errors?: string | undefined;
  readonly tokenScores?: string | undefined;
  readonly moduleScores?: string | undefined;
  readonly selfInfluence?: string | undefined;
}

/** Every file, before any is written. @throws {CommandError} asked for what the method does not give. */
export function scoreFiles(
  flags: ScoreTargets,
  result: AttributionResult,
): { path: string; bytes: Uint8Array }[] {
  const { out, bounds, errors, method, tokenScores, moduleScores, selfInfluence } = flags;
  const files = [{ path: out, bytes: writeNpy(result.scores) }];
  const add = (flag: string, target: string | undefined, matrix: Matrix | undefined, why: string): void => {
    if (target === undefined) return;
    if (matrix === undefined) throw new CommandError(`${flag}: ${method} gives none here; ${why}.`);
    files.push({ path: target, bytes: writeNpy(matrix) });
  };
  add(
    '--bounds',
    bounds,
    result.bounds,
    'cg, lissa, astra and astra-source do, with a psd curvature (ggn) and λ > 0',
  );
  add(
    '--errors',
    errors,
    method === 'trajectory' ? result.modelErrors : result.standardErrors,
    'bif does, solvers with --repeats of at least 2, and trajectory with --models of at least 2',
  );
  if (tokenScores !== undefined && result.tokenScores !== undefined) {
    const { rows: queries, cols: train } = result.scores;
    const { rows, cols, data } = result.tokenScores;
    const shape = [queries, rows / queries, train, cols / train];
    files.push({ path: tokenScores, bytes: writeNpy({ shape, data }) });
  }
  if (moduleScores !== undefined && result.moduleScores !== undefined)
    files.push({ path: moduleScores, bytes: writeNpy(byModule(result.moduleScores)) });
  if (selfInfluence !== undefined && result.selfInfluence !== undefined) {
    const data = result.selfInfluence;
    files.push({ path: selfInfluence, bytes: writeNpy({ shape: [data.length], data }) });
  }
  return files;
}
