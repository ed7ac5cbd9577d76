/** @file The study as an experiment: settings in; study.json, tables and figures out. */
import { CLASS_MEASUREMENTS, type ClassMeasurement } from '../../../influence/index.ts';
import type { Experiment, Request, Work } from '../../engine/experiment.ts';
import type { Laboratory } from '../../engine/laboratory.ts';
import { digest, type Json } from '../../files/digest.ts';
import { finiteOrNull, numberOrNaN } from '../../files/json-number.ts';
import { recordBy } from '../../files/record-by.ts';
import { commonCoverage } from '../../judging/coverage.ts';
import { average, ceilingOf } from '../../judging/judge.ts';
import { type EarlierSettings, withEarlier } from '../../judging/kept-settings.ts';
import { making } from '../../judging/versions.ts';
import { publishSupplement } from '../../pages/publish.ts';
import { openArchive, retrainingBank } from '../../protocol/retrainings.ts';
import { firstModels, type RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { settingModel } from '../../protocol/setting-model.ts';
import { isRetraining, retrainingOf } from '../../protocol/shared-jobs.ts';
import { baseTrainingTask } from '../../protocol/tasks.ts';
import { conventionResults, rounded, studyEntries } from './assemble-study.ts';
import type { JudgedVariant } from './choice.ts';
import { type StudyJob, storedUnder } from './compute.ts';
import { caseSize, prepareCase, type StudyCase } from './prepare-study.ts';
import { type SettingStudy, STUDY, STUDY_FORMAT, STUDY_TABLE, type Study } from './study.ts';
import { studyFigures } from './study-figures.ts';
import { studyCsv, studyMarkdown } from './study-table.ts';
import { decodeJudged, STUDY_VERSIONS, studyTask, variantRules } from './study-task.ts';
import { studyVariants, trainingTime, type Variant } from './variant.ts';

/** What to study, and where. */
export interface StudyRequest extends Request {
  readonly cases: readonly StudyCase[];
  /** A study whose other settings stay as they stand. */
  readonly earlier?: EarlierSettings<SettingStudy> | undefined;
}

/** A case with everything it needs at hand. */
interface ReadyCase {
  readonly setting: SettingConfig;
  readonly size: RunSize;
  readonly variants: readonly Variant[];
}

/** Networks, retrainings of training variants, then one stored task per curvature variant. */
export const STUDY_EXPERIMENT: Experiment<StudyRequest, StudyJob, undefined, readonly ReadyCase[], Study> = {
  name: 'study',
  versions: STUDY_VERSIONS,
  compute: new URL('./compute.ts', import.meta.url),
  task: storedUnder,
  finishes: isRetraining,
  retraining: retrainingOf,
  async plan({ cases }, laboratory) {
    // the sizes before anything is trained
    const ready = cases.map(
      (study): ReadyCase => ({
        setting: study.setting,
        size: caseSize(study, laboratory),
        // other networks are enough of a change: labels and blocks stay at their default there
        variants: study.retrainings === 'stored' ? studyVariants() : studyVariants(['type-2'], ['layer']),
      }),
    );
    await Promise.all(cases.map((study, rank) => prepareCase(study, rank, laboratory)));
    await Promise.all(ready.map((one, rank) => judge(one, rank, laboratory)));
    return ready;
  },
  assemble(cases, work, { earlier }) {
    const own = cases.map((ready) => settingStudy(ready, work));
    const { settings, ...kept } = withEarlier(own, earlier, ({ setting }) => setting);
    return {
      format: STUDY_FORMAT,
      ...making(commonCoverage(settings), STUDY_VERSIONS),
      ...kept,
      digest: digest(settings as unknown as Json),
      settings,
    };
  },
  pages: (study, { out }) =>
    publishSupplement(out, {
      figures: studyFigures(study),
      tables: new Map([
        [STUDY_TABLE, studyCsv(study)],
        ['study.md', studyMarkdown(study)],
      ]),
      file: STUDY,
      value: study,
    }),
};

async function judge(
  { setting, size, variants }: ReadyCase,
  rank: number,
  laboratory: Laboratory<StudyJob, undefined>,
): Promise<void> {
  await laboratory.finish(
    { name: `${setting.name} study`, uneven: 'uneven' },
    variants.map((variant) => ({ job: { kind: 'variant', setting, variant, size }, rank })),
  );
}

function settingStudy({ setting, size, variants }: ReadyCase, { folders, store }: Work): SettingStudy {
  const judged = variants.map((variant): JudgedVariant => {
    const judged = decodeJudged(store.get(studyTask(setting, variant, size)));
    return { variant, rules: variantRules(setting, variant), judged };
  });
  const bank = retrainingBank(setting, size, openArchive(setting, folders.retrainings));
  const ceiling = (measurement: ClassMeasurement): number | null =>
    rounded(ceilingOf({ measurement, seed: setting.seed }, bank).ceiling ?? undefined);
  const accuracies = firstModels(setting.baseModels).map((model) =>
    numberOrNaN(store.read(baseTrainingTask(setting, model))?.value['queryAccuracy']),
  );
  return {
    setting: setting.name,
    parameters: settingModel(setting).parameterCount,
    models: setting.baseModels,
    ...size,
    ...(setting.baseModels < 2 ? {} : { covers: 'networks and subsets' as const }),
    time: trainingTime(setting),
    queryAccuracy: finiteOrNull(average(accuracies)),
    ceiling: recordBy(CLASS_MEASUREMENTS, ceiling),
    conventions: conventionResults(judged),
    entries: studyEntries(judged),
  };
}
