/** @file What is stored of a method at the base models of a setting. */
import { Matrix } from '../../../linalg/index.ts';
import type { TaskResult } from '../../engine/task.ts';
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
  const { shape, data } = attribution(networks[0], method).arrays['scores'];
  const total = data.slice();
  for (const network of networks.slice(1)) {
    const more = attribution(network, method).arrays['scores'].data;
    for (let k = 0; k < total.length; k++) total[k] += more[k];
  }
  return new Matrix(
    shape[0],
    shape[1],
    total.map((x) => x / networks.length),
  );
}
