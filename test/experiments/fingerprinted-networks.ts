/** @file The tasks of the ladder beyond perceptrons on tiny networks: one with shared weights and group normalisation, one with layer normalisation. */
import type { TaskResult } from '../../src/experiments/engine/task.ts';
import { judgeVariant } from '../../src/experiments/judging/judged-predictions.ts';
import { judgeCurvatures } from '../../src/experiments/networks/curvatures.ts';
import { passageScores } from '../../src/experiments/networks/passages.ts';
import { NETWORKS_PROFILES } from '../../src/experiments/networks/profile.ts';
import { trainOnAll } from '../../src/experiments/protocol/base-network.ts';
import {
  type NetworkSetting,
  networkSetting,
  networkSetup,
} from '../../src/experiments/protocol/network-setting.ts';
import { networkSeries } from '../../src/experiments/protocol/network-trainings.ts';
import { sortColumns } from '../../src/influence/judging/lds.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { retrained } from './retrained.ts';

const { extents, networks } = NETWORKS_PROFILES.smoke;
const { queries } = extents.images;
const TINY = networkSetting(networks[0].network, extents, 2, 3);
const SETTINGS: readonly NetworkSetting[] = [
  { ...TINY, architecture: { kind: 'cnn', side: 8, channels: [2, 4], hidden: 3, groups: 2, skip: true } },
  { ...TINY, architecture: { kind: 'mlp', depth: 2, width: 3, activation: 'tanh', layerNorm: true } },
];
/** Reads text. */
const READER = networkSetting('gpt-l1-w4', extents, 2, 3);
const SUBSETS = 5;

/** Results by task. What they are judged by is drawn. @param folder - Of the logs. */
export function networksResults(
  folder: string,
): Record<`network-${'training' | 'retraining' | 'curvatures' | 'judged' | 'passages'}`, TaskResult[]> {
  const trained = SETTINGS.map((setting) => trainOnAll(networkSetup(setting), 1));
  const curvatures = SETTINGS.map((setting, k) =>
    judgeCurvatures(setting, trained[k].arrays['theta'].data, SUBSETS),
  );
  const records = SETTINGS.flatMap((setting) =>
    retrained(folder, networkSeries(setting), () => networkSetup(setting), [{ subset: 1, seed: 0 }]),
  );
  const drawn = rng(3, 'outcomes').fillUniform(new Float64Array(3 * SUBSETS * queries));
  const table = (k: number): Matrix =>
    new Matrix(SUBSETS, queries, drawn.slice(k * SUBSETS * queries, (k + 1) * SUBSETS * queries));
  const { theta } = trainOnAll(networkSetup(READER), 0).arrays;
  return {
    'network-training': trained,
    'network-retraining': records.map(({ values }) => ({
      value: {},
      arrays: Object.fromEntries(
        Object.entries(values).map(([name, data]) => [name, { shape: [data.length], data }]),
      ),
      seconds: {},
    })),
    'network-curvatures': curvatures,
    'network-passages': [passageScores(READER, theta.data, 'λ = 1e-2')],
    'network-judged': [judgeVariant(sortColumns(table(0)), [table(1), table(2)], 3)],
  };
}
