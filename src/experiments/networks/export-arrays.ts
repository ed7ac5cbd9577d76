/** @file Arrays of one network for other programs: scores under the rule of the paper, subsets, retrainings. */
import path from 'node:path';
import { writeNpy } from '../../linalg/io/index.ts';
import { ARRAYS } from '../engine/folders.ts';
import type { Store } from '../engine/store.ts';
import type { FileContent } from '../files/atomic-write.ts';
import { firstModels } from '../protocol/run-size.ts';
import { curvaturesTask } from './network-tasks.ts';
import type { ChosenCase } from './networks-work.ts';
import { rungsOf, SCORES } from './rungs.ts';

/**
 * The files of arrays/NETWORK: scores-RUNG.npy [network, query, train], subsets.npy [K, kept] with positions in the training set, losses.npy [K, R, query].
 *
 * @param folder - Where arrays/ lies.
 */
export function exportArrays(
  { setting, size, bank }: ChosenCase,
  store: Store,
  folder: string,
): FileContent[] {
  const { name, baseModels, data } = setting;
  const { subsets, seeds } = size;
  const file = (what: string, bytes: Uint8Array): FileContent => ({
    path: path.join(folder, ARRAYS, name, `${what}.npy`),
    bytes,
  });
  const stored = firstModels(baseModels).map(
    (model) => store.get(curvaturesTask({ setting, model, subsets })).arrays,
  );
  const kept = new Int32Array(bank.subsets.flatMap((subset) => Array.from(subset)));
  const { queries, train } = data;
  return [
    ...rungsOf(setting).map(({ id }) => {
      const all = new Float64Array(baseModels * queries * train);
      for (const [m, arrays] of stored.entries())
        all.set(arrays[`${id}/${SCORES}`].data, m * queries * train);
      return file(`scores-${id}`, writeNpy({ shape: [baseModels, queries, train], dtype: 'f8', data: all }));
    }),
    file('subsets', writeNpy({ shape: [subsets, kept.length / subsets], dtype: 'i4', data: kept })),
    file('losses', writeNpy({ shape: [subsets, seeds, queries], dtype: 'f8', data: bank.losses })),
  ];
}
