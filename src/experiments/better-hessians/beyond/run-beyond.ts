/** @file The comparison as an experiment: settings of a run in; beyond.json, tables and figures out. */
import type { InverseRule } from '../../../curvature/index.ts';
import type { Experiment, Request, Work } from '../../engine/experiment.ts';
import type { Laboratory } from '../../engine/laboratory.ts';
import { commonCoverage } from '../../judging/coverage.ts';
import { type EarlierSettings, withEarlier } from '../../judging/kept-settings.ts';
import { making } from '../../judging/versions.ts';
import { publishSupplement } from '../../pages/publish.ts';
import { openArchive, retrainingBank, storedSize } from '../../protocol/retrainings.ts';
import { firstModels, type RunSize } from '../../protocol/run-size.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTraining } from '../../protocol/shared-jobs.ts';
import { accepts } from './approach.ts';
import { APPROACHES } from './approaches.ts';
import { assembleBeyond } from './assemble-beyond.ts';
import { BEYOND, BEYOND_FORMAT, type Beyond, beyondDigest, type SettingBeyond } from './beyond.ts';
import { beyondFigures } from './beyond-figure.ts';
import { beyondCsv, beyondMarkdown } from './beyond-table.ts';
import { BEYOND_VERSIONS, beyondTask } from './beyond-task.ts';
import { type BeyondJob, storedUnder } from './compute.ts';

/** What to compare, and where. */
export interface BeyondRequest extends Request {
  readonly settings: readonly SettingConfig[];
  /** Besides each setting's own rule. */
  readonly dampings: readonly number[];
  /** At most this many of the stored retrainings. */
  readonly size: RunSize;
  /** Training gradients for Eq. 9. */
  readonly sample: number;
  /** A comparison whose other settings stay as they stand. */
  readonly earlier?: EarlierSettings<SettingBeyond> | undefined;
}

/** One stored task per network, approach and rule, in one thread, so that processor times compare. */
export const BEYOND_EXPERIMENT: Experiment<BeyondRequest, BeyondJob, undefined, readonly RunSize[], Beyond> =
  {
    name: 'beyond',
    versions: BEYOND_VERSIONS,
    compute: new URL('./compute.ts', import.meta.url),
    task: storedUnder,
    unit: (job) =>
      job.kind === 'approach'
        ? { setting: job.setting, model: job.model, approach: job.approach }
        : undefined,
    async plan(request, laboratory) {
      const { settings, size } = request;
      const { folders, progress } = laboratory;
      const sizes = settings.map((setting) =>
        storedSize(setting, size, openArchive(setting, folders.retrainings, progress.note, true)),
      );
      for (const setting of settings) await computeSetting(setting, request, laboratory);
      return sizes;
    },
    assemble(sizes, work, request) {
      const own = request.settings.map((setting, k) => settingBeyond(setting, sizes[k], request, work));
      const { settings, ...kept } = withEarlier(own, request.earlier, ({ setting }) => setting);
      return {
        format: BEYOND_FORMAT,
        ...making(commonCoverage(settings), BEYOND_VERSIONS),
        ...kept,
        digest: beyondDigest(settings),
        settings,
      };
    },
    pages: (beyond, { out }) =>
      publishSupplement(out, {
        figures: beyond.settings.flatMap(beyondFigures),
        tables: new Map([
          ['beyond.csv', beyondCsv(beyond)],
          ['beyond.md', beyondMarkdown(beyond)],
        ]),
        file: BEYOND,
        value: beyond,
      }),
  };

function rulesOf({ rule }: SettingConfig, { dampings }: BeyondRequest): InverseRule[] {
  return [rule, ...dampings.map((lambda): InverseRule => ({ kind: 'damped', lambda }))];
}

async function computeSetting(
  setting: SettingConfig,
  request: BeyondRequest,
  laboratory: Laboratory<BeyondJob, undefined>,
): Promise<void> {
  const { sample } = request;
  const rules = rulesOf(setting, request);
  const models = firstModels(setting.baseModels);
  await laboratory.finish(
    { name: `${setting.name} base models` },
    models.map((model) => baseTraining(setting, model)),
  );
  const jobs = models.flatMap((model) =>
    APPROACHES.map((approach) => ({
      label: approach.id,
      job: {
        kind: 'approach' as const,
        setting,
        model,
        approach: approach.id,
        rules: rules.filter(
          (rule) =>
            accepts(approach, rule) &&
            !laboratory.isStored(beyondTask(setting, model, approach, rule, sample)),
        ),
        sample,
      },
    })),
  );
  const open = jobs.filter(({ job }) => job.rules.length > 0);
  await laboratory.finish(
    { name: `${setting.name} beyond`, stored: jobs.length - open.length, uneven: 'uneven' },
    open,
  );
}

function settingBeyond(
  setting: SettingConfig,
  size: RunSize,
  request: BeyondRequest,
  { folders, store }: Work,
): SettingBeyond {
  const { sample } = request;
  const archive = openArchive(setting, folders.retrainings);
  const bank = retrainingBank(setting, size, archive);
  const models = firstModels(setting.baseModels);
  return assembleBeyond(setting, bank, APPROACHES, rulesOf(setting, request), sample, (approach, rule) =>
    models.map((index) => store.get(beyondTask(setting, index, approach, rule, sample))),
  );
}
