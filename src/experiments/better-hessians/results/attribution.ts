/** @file What is stored of a method at the base models of a setting. */
import type { Matrix } from '../../../linalg/index.ts';
import type { TaskResult } from '../../engine/task.ts';
import { meanScores as meanOf } from '../../judging/stored-scores.ts';
import type { Method } from '../../protocol/methods.ts';
import type { NetworkResults } from '../reproduce/compute-setting.ts';

/** The result of one method at one network. */
export function attribution({ attributions }: NetworkResults, method: Method): TaskResult {
  const found = attributions.get(method);
  if (found === undefined) throw new Error(`no result of ${method}.`);
  return found;
}

/** Scores of a method [query, train], averaged over base models in their order. */
export function meanScores(networks: readonly NetworkResults[], method: Method): Matrix {
  return meanOf(networks.map((network) => attribution(network, method).arrays['scores']));
}
