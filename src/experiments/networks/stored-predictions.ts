/** @file Predictions of one inverse of a rung at several networks, as they are stored. */
import type { Matrix } from '../../linalg/index.ts';
import type { Store } from '../engine/store.ts';
import { variantOf } from '../judging/judged-predictions.ts';
import type { NetworkSetting } from '../protocol/network-setting.ts';
import { firstModels, type RunSize } from '../protocol/run-size.ts';
import { curvaturesTask } from './network-tasks.ts';
import { rungsOf, variantsOf } from './rungs.ts';

/** [K, queries] of each of the first networks; undefined where one of them has no finite inverse. */
export function predictionsOf(
  setting: NetworkSetting,
  id: string,
  variant: string,
  models: number,
  { subsets }: RunSize,
  store: Store,
): Matrix[] | undefined {
  const rung = rungsOf(setting).find((one) => one.id === id);
  if (rung === undefined) return undefined;
  const found = firstModels(models).map((model) => {
    const { arrays } = store.get(curvaturesTask({ setting, model, subsets }));
    return variantOf(arrays[`${id}/predictions`], variantsOf(rung).indexOf(variant));
  });
  return found.every((one) => one !== undefined) ? found : undefined;
}
