/** @file From stored work to networks.json: a pure function of what is stored. */
import { type NetworksLds, networkInterval, networksDifference } from '../../influence/index.ts';
import type { Store } from '../engine/store.ts';
import { finiteOrNull, numberOrNaN } from '../files/json-number.ts';
import { boundedInterval } from '../judging/bounded-interval.ts';
import type { JudgedClaim } from '../judging/claim.ts';
import { average, ceilingOf, median } from '../judging/judge.ts';
import { decodeJudged } from '../judging/judged-predictions.ts';
import { type EarlierSettings, withEarlier } from '../judging/kept-settings.ts';
import { settingsDigest } from '../judging/results-file.ts';
import { machine, making } from '../judging/versions.ts';
import { GRADIENT_DOT } from '../protocol/methods.ts';
import { networkSetup, settingNetwork } from '../protocol/network-setting.ts';
import { networkSeries, trainingTask } from '../protocol/network-trainings.ts';
import { passagesOf } from '../protocol/passages.ts';
import { openSeries } from '../protocol/retraining-series.ts';
import { firstModels } from '../protocol/run-size.ts';
import { stepEntries } from './assemble-steps.ts';
import {
  curvaturesTask,
  judgedTask,
  NETWORKS_VERSIONS,
  passagesTask,
  type StoredCurvatures,
  storedCurvatures,
} from './network-tasks.ts';
import { judgeNetworksClaims, publishedClaim } from './networks-claims.ts';
import {
  type DifferenceEntry,
  type LdsEntry,
  NETWORKS_FORMAT,
  type NetworkResults,
  type NetworksResults,
  type OverNetworks,
  READINGS,
  type Reading,
  type RungEntry,
} from './networks-results.ts';
import { ALL_TREATMENTS, type Chosen, type ChosenCase, shownVariant } from './networks-work.ts';
import { overNetworks } from './over-networks.ts';
import type { Treatment } from './rungs.ts';

/** What networks.json holds, and its claims in full for the page. */
export interface Assembled {
  readonly results: NetworksResults;
  readonly claims: readonly JudgedClaim[];
}

/** All results. @param retrainings - Their folder. */
export function assembleNetworks(
  cases: readonly ChosenCase[],
  store: Store,
  retrainings: string,
  earlier?: EarlierSettings<NetworkResults>,
): Assembled {
  const own = cases.map((of) => networkResults(of, store, retrainings));
  const { settings, ...kept } = withEarlier(own, earlier, ({ network }) => network);
  const claims = judgeNetworksClaims(settings);
  return {
    results: {
      format: NETWORKS_FORMAT,
      ...making('networks and subsets', NETWORKS_VERSIONS),
      machine: machine(),
      ...kept,
      digest: settingsDigest(settings),
      settings,
      claims: claims.map(publishedClaim),
    },
    claims,
  };
}

function networkResults(of: ChosenCase, store: Store, retrainings: string): NetworkResults {
  const { setting, size, bank, chosen } = of;
  const { name, training, data, measurement, baseModels } = setting;
  const models = firstModels(baseModels);
  const base = models.map((model) => store.get(trainingTask(setting, model)).value);
  const mean = (field: string): number => average(base.map((value) => numberOrNaN(value[field])));
  const found = models.map((model) => {
    const { value, seconds } = store.get(curvaturesTask({ setting, model, subsets: size.subsets }));
    return { value: storedCurvatures(value), seconds };
  });
  const distance = (field: keyof StoredCurvatures['distances']): OverNetworks =>
    overNetworks(found.map(({ value }) => value.distances[field]));
  const archive = openSeries(networkSeries(setting), retrainings, () => {}, false);
  const variant = shownVariant(setting, chosen);
  const { train, query } = networkSetup(setting);
  return {
    network: name,
    parameters: settingNetwork(setting).parameterCount,
    train: data.train,
    queries: data.queries,
    epochs: training.epochs,
    measurement,
    models: baseModels,
    ...size,
    ceiling: ceilingOf(setting, bank).ceiling,
    accuracy: { train: mean('trainAccuracy'), query: mean('queryAccuracy') },
    loss: { train: mean('trainLoss'), query: mean('queryLoss') },
    rungs: chosen.map((one) => rungEntry(of, one, found, store)),
    differences: differences(of, store),
    residual: distance('residual'),
    crossLayer: distance('crossLayer'),
    hollow: distance('hollow'),
    steps: stepEntries(found.map(({ value }) => value)),
    ...(variant === undefined
      ? {}
      : {
          passages: {
            variant,
            ...passagesOf(train, query, store.get(passagesTask({ setting, variant })).arrays['scores']),
          },
        }),
    seconds: {
      retraining: average(archive.within(size).map(({ seconds }) => seconds)),
      curvatures: average(found.map(({ seconds }) => Object.values(seconds).reduce((sum, x) => sum + x, 0))),
    },
  };
}

/** The judgement of a rung under the inverse of a treatment, chosen for a reading. */
function judgedBy(
  of: ChosenCase,
  { rung, inverse }: Chosen,
  t: Treatment,
  reading: Reading,
  store: Store,
): NetworksLds {
  const { setting, size } = of;
  const variant = inverse[t][reading];
  return decodeJudged(
    store.get(judgedTask({ setting, rung: rung.id, variant, models: setting.baseModels, size })),
  );
}

interface Found {
  readonly value: StoredCurvatures;
  readonly seconds: { readonly [stage: string]: number };
}

function rungEntry(of: ChosenCase, chosen: Chosen, found: readonly Found[], store: Store): RungEntry {
  const { rung, inverse } = chosen;
  const treatment = (t: Treatment): RungEntry['published'] => {
    const entry = (reading: Reading): LdsEntry => {
      const drawn = judgedBy(of, chosen, t, reading, store)[reading];
      return {
        lds: finiteOrNull(drawn.estimate),
        ci: boundedInterval(networkInterval(drawn), 1),
        variant: inverse[t][reading],
      };
    };
    const { perNetwork } = judgedBy(of, chosen, t, 'single', store);
    return {
      single: entry('single'),
      ensemble: entry('ensemble'),
      values: Array.from(perNetwork, finiteOrNull),
    };
  };
  const own = found.flatMap(({ value }) => value.rungs[rung.id] ?? []);
  const seconds = found.map(
    ({ seconds: of }) => (of[`${rung.id}/matrix`] ?? 0) + (of[`${rung.id}/operator`] ?? Number.NaN),
  );
  return {
    id: rung.id,
    label: rung.label,
    above: rung.above ?? null,
    published: treatment('published'),
    best: treatment('best'),
    ...(own.length === 0 ? {} : { error: overNetworks(own.map(({ error }) => error)) }),
    rank: finiteOrNull(average(own.map(({ rank }) => rank))),
    negative: finiteOrNull(average(own.map(({ negative }) => negative))),
    seconds: finiteOrNull(median(seconds)),
  };
}

/** Every rung with the one above it; both forms of a Kronecker product; sums of them with one; every rung with the baseline. */
function differences(of: ChosenCase, store: Store): DifferenceEntry[] {
  const { chosen } = of;
  const byId = new Map(chosen.map((one) => [one.rung.id, one]));
  const pairs: [string, string][] = [
    ...chosen.flatMap(({ rung }): [string, string][] =>
      rung.above === undefined ? [] : [[rung.above, rung.id]],
    ),
    ...(['ekfac', 'kfac'] as const).map((kind): [string, string] => [`${kind}-expand`, `${kind}-reduce`]),
    ...chosen.flatMap(({ rung }): [string, string][] =>
      rung.variation === 'sum' ? [[rung.id, 'ekfac-expand']] : [],
    ),
    ...chosen.flatMap(({ rung }): [string, string][] =>
      rung.kind === undefined ? [] : [[rung.id, GRADIENT_DOT]],
    ),
  ];
  return pairs.flatMap(([a, b]) => {
    const [first, second] = [byId.get(a), byId.get(b)];
    if (first === undefined || second === undefined) return [];
    return ALL_TREATMENTS.flatMap((treatment) =>
      READINGS.map((reading): DifferenceEntry => {
        const [x, y] = [first, second].map((one) => judgedBy(of, one, treatment, reading, store));
        const drawn = networksDifference(x, y)[reading];
        return {
          a,
          b,
          treatment,
          reading,
          difference: finiteOrNull(drawn.estimate),
          ci: boundedInterval(networkInterval(drawn), 2),
        };
      }),
    );
  });
}
