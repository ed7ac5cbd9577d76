/** @file From stored judgements to ladder.json: a pure function of what is stored. */

import { epochBatches } from '../../autodiff/training-config.ts';
import { type NetworksLds, networkInterval, networksDifference } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import type { Store } from '../engine/store.ts';
import { finiteOrNull, numberOrNaN } from '../files/json-number.ts';
import { boundedInterval } from '../judging/bounded-interval.ts';
import { average, ceilingOf, median, spread } from '../judging/judge.ts';
import { decodeJudged } from '../judging/judged-predictions.ts';
import { withEarlier } from '../judging/kept-settings.ts';
import { settingsDigest } from '../judging/results-file.ts';
import { meanMatrix } from '../judging/stored-scores.ts';
import { machine, making } from '../judging/versions.ts';
import type { AnySetting } from '../protocol/any-setting.ts';
import { firstModels } from '../protocol/run-size.ts';
import { settingModel } from '../protocol/setting-model.ts';
import { predictionsCorrelation } from './alike.ts';
import type { Source } from './jobs.ts';
import type { LadderRequest } from './ladder-request.ts';
import {
  LADDER_FORMAT,
  type LadderDifference,
  type LadderResults,
  type LadderSetting,
  type Reading,
  type RunEntry,
  type RungEntry,
} from './ladder-results.ts';
import {
  choiceOf,
  choiceTask,
  judgedTask,
  LADDER_VERSIONS,
  predictionsTask,
  responsesOf,
  responseTask,
} from './ladder-task.ts';
import { type Judged, judgedRungs, type LadderCase, modelsOf, runSources, stored } from './ladder-work.ts';
import { duration } from './run-variants.ts';
import { COMPUTATIONS, SCORES } from './rungs.ts';

/** All results. */
export function assembleLadder(
  cases: readonly LadderCase[],
  request: LadderRequest,
  store: Store,
): LadderResults {
  const own = cases.map((of) => settingOf(of, request, store));
  const { settings, ...kept } = withEarlier(own, request.earlier, ({ setting }) => setting);
  return {
    format: LADDER_FORMAT,
    ...making('networks and subsets', LADDER_VERSIONS),
    machine: machine(),
    ...kept,
    digest: settingsDigest(settings),
    settings,
  };
}

function settingOf(of: LadderCase, request: LadderRequest, store: Store): LadderSetting {
  const { setting, size, bank } = of;
  const rungs = judgedRungs(of, request, store);
  return {
    setting: setting.name,
    ...dataOf(setting),
    parameters: settingModel(setting).parameterCount,
    train: setting.data.train,
    queries: setting.data.queries,
    measurement: setting.measurement,
    models: setting.baseModels,
    ...size,
    ceiling: ceilingOf(setting, bank()).ceiling,
    choice: choiceOf(store.get(choiceTask(setting)).value),
    rungs: rungs.map((judged) => rungEntry(of, judged, rungs, store)),
    failures: failures(of, request, store),
    alike: alikeOf(of, rungs, store),
    runs: runSources(setting, request, store).map((source) => runEntry(of, source, request, store)),
    responses: request.studied.includes(setting.name)
      ? request.responses.flatMap((run) => {
          const { value } = store.get(responseTask({ setting, run }));
          const amplification = finiteOrNull(numberOrNaN(value['amplification']));
          return responsesOf(value['responses']).map((response) => ({ run, amplification, ...response }));
        })
      : [],
  };
}

/** Data and loss, where they are not those of Digits. */
function dataOf({ data, loss }: AnySetting): Pick<LadderSetting, 'data' | 'loss'> {
  return data.dataset === 'digits' ? {} : { data: data.dataset, loss };
}

/** The judgement of a rung in one reading, by its first networks. */
function judgedBy(
  of: LadderCase,
  { rung, ...rest }: Judged,
  reading: 'single' | 'ensemble',
  models: number,
  store: Store,
): NetworksLds {
  const source: Source = { kind: 'rung', of: rung.of };
  return decodeJudged(
    store.get(judgedTask({ setting: of.setting, source, variant: rest[reading], models, size: of.size })),
  );
}

function rungEntry(of: LadderCase, judged: Judged, all: readonly Judged[], store: Store): RungEntry {
  const { rung, models } = judged;
  const ladder = all.filter((other) => other.rung.group === 'rung');
  const above = rung.group === 'rung' ? ladder[ladder.indexOf(judged) - 1] : undefined;
  const top = all.find((other) => other.rung.id === 'trajectory' && other.rung.id !== rung.id);
  const reading = (name: 'single' | 'ensemble'): Reading => {
    const drawn = judgedBy(of, judged, name, models, store)[name];
    const less = (other: Judged | undefined): LadderDifference | undefined => {
      if (other === undefined) return undefined;
      const common = Math.min(models, other.models);
      const [a, b] = [other, judged].map((one) => judgedBy(of, one, name, common, store));
      const difference = networksDifference(a, b)[name];
      return {
        difference: finiteOrNull(difference.estimate),
        ci: boundedInterval(networkInterval(difference), 2),
      };
    };
    const [lost, behind] = [less(above), less(top)];
    return {
      lds: finiteOrNull(drawn.estimate),
      ci: boundedInterval(networkInterval(drawn), 1),
      variant: judged[name],
      ...(lost === undefined ? {} : { lost }),
      ...(behind === undefined ? {} : { behind }),
    };
  };
  const { values, sd } = spread([...judgedBy(of, judged, 'single', models, store).perNetwork]);
  const stories = predictionsOf(of, { kind: 'rung', of: rung.of }, models, store);
  return {
    ...{ id: rung.id, label: rung.label, group: rung.group, models, values, sd },
    seconds: finiteOrNull(median(stories.map(({ seconds }) => seconds['cpu'] ?? Number.NaN))),
    amplification: geometric(stories.map(({ value }) => numberOrNaN(value['median']))),
    single: reading('single'),
    ensemble: reading('ensemble'),
  };
}

function predictionsOf(
  { setting, size: { subsets } }: LadderCase,
  source: Source,
  models: number,
  store: Store,
) {
  return firstModels(models).map((model) => store.get(predictionsTask({ setting, source, model, subsets })));
}

/** The geometric mean; null where there is none. */
function geometric(values: readonly number[]): number | null {
  return finiteOrNull(Math.exp(average(values.map(Math.log))));
}

function failures(of: LadderCase, request: LadderRequest, store: Store): LadderSetting['failures'] {
  return COMPUTATIONS.flatMap((name) => {
    const models = modelsOf(name, of.setting, request);
    const reasons = predictionsOf(of, { kind: 'rung', of: name }, models, store).flatMap(({ value }) =>
      typeof value['failed'] === 'string' ? [value['failed']] : [],
    );
    return reasons.slice(0, 1).map((reason) => ({ of: name, reason }));
  });
}

function runEntry(
  of: LadderCase,
  source: Extract<Source, { kind: 'run' }>,
  { runModels }: LadderRequest,
  store: Store,
): RunEntry {
  const { setting, size } = of;
  const { run } = source;
  const stories = predictionsOf(of, source, runModels, store);
  const failed = stories.map(({ value }) => value['failed']).find((reason) => typeof reason === 'string');
  const networks = stored(of, source, SCORES, runModels, store);
  const judged =
    networks === undefined
      ? undefined
      : decodeJudged(store.get(judgedTask({ setting, source, variant: SCORES, models: runModels, size })));
  const reading = (name: 'single' | 'ensemble'): RunEntry['single'] =>
    judged === undefined
      ? { lds: null, ci: [null, null] }
      : { lds: finiteOrNull(judged[name].estimate), ci: boundedInterval(networkInterval(judged[name]), 1) };
  const perEpoch = epochBatches(setting.training, setting.data.train).length;
  return {
    ...run,
    duration: duration(run, perEpoch),
    models: runModels,
    amplification: geometric(stories.map(({ value }) => numberOrNaN(value['median']))),
    single: reading('single'),
    ensemble: reading('ensemble'),
    alike: networks === undefined ? null : pairsAlike(networks),
    failed: typeof failed === 'string' ? failed : null,
  };
}

function pairsAlike(networks: readonly Matrix[]): number | null {
  const pairs = networks.flatMap((a, i) => networks.slice(i + 1).map((b) => predictionsCorrelation(a, b)));
  return finiteOrNull(average(pairs));
}

/** Every rung of the ladder with every other, and with labels alone. */
function alikeOf(of: LadderCase, rungs: readonly Judged[], store: Store): LadderSetting['alike'] {
  const shown = rungs.filter(({ rung }) => rung.group === 'rung' || rung.group === 'control');
  const means = shown.map(({ rung, models, ensemble }) => {
    const networks = stored(of, { kind: 'rung', of: rung.of }, ensemble, models, store);
    return networks === undefined ? undefined : meanMatrix(networks);
  });
  return {
    of: shown.map(({ rung }) => rung.id),
    values: means.map((a) =>
      means.map((b) =>
        a === undefined || b === undefined ? null : finiteOrNull(predictionsCorrelation(a, b)),
      ),
    ),
  };
}
