/** @file The whole comparison: settings of a run in; beyond.json, tables and figures out. Safe to interrupt and to repeat. */
import { setImmediate } from 'node:timers/promises';
import type { InverseRule } from '../../../curvature/index.ts';
import { workFolders } from '../../engine/folders.ts';
import type { Progress } from '../../engine/progress.ts';
import type { Store } from '../../engine/store.ts';
import type { TaskResult } from '../../engine/task.ts';
import { inWorkFolder } from '../../engine/work-folder.ts';
import { CommandError } from '../../files/command-error.ts';
import { making } from '../../judging/versions.ts';
import { publishSupplement } from '../../pages/publish.ts';
import { settingModel, trainBaseModel } from '../../protocol/base-network.ts';
import { prepareDigits } from '../../protocol/data/prepare-digits.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { baseTrainingTask } from '../../protocol/tasks.ts';
import { openArchive, type RunSize } from '../reproduce/compute-setting.ts';
import { retrainingBank } from '../results/assemble.ts';
import { type Approach, accepts } from './approach.ts';
import { assembleBeyond } from './assemble-beyond.ts';
import { BEYOND, BEYOND_FORMAT, type Beyond, beyondDigest, type SettingBeyond } from './beyond.ts';
import { beyondFigures } from './beyond-figure.ts';
import { beyondCsv, beyondMarkdown } from './beyond-table.ts';
import { beyondTask, encodeAnswers, type JudgedNetwork, judgedNetwork } from './beyond-task.ts';
import { DAMPED_APPROACHES } from './damped-approaches.ts';
import { EIGEN_APPROACHES } from './eigen-approaches.ts';

/** Every approach, in the order of tables. */
export const APPROACHES: readonly Approach[] = [...EIGEN_APPROACHES, ...DAMPED_APPROACHES];

/** What to compare, and where. */
export interface BeyondRequest {
  readonly settings: readonly SettingConfig[];
  /** Besides each setting's own rule. */
  readonly dampings: readonly number[];
  /** At most this many of the stored retrainings. */
  readonly size: RunSize;
  /** Training gradients for Eq. 9. */
  readonly sample: number;
  readonly out: string;
}

/**
 * Runs or continues, in one thread, so that processor times compare: one stored task per network, approach and rule.
 *
 * @throws {CommandError} a folder in use; fewer than two subsets of a setting stored. What is computed stays.
 */
export async function runBeyond(request: BeyondRequest, progress: Progress): Promise<Beyond> {
  const { out, settings } = request;
  return await inWorkFolder(out, progress, async ({ folders, store }) => {
    const sizes = settings.map((setting) => storedSize(setting, request, folders.retrainings, progress));
    for (const setting of settings) await computeSetting(setting, request, store, progress);
    progress.note('evaluating');
    const results = settings.map((setting, k) => assemble(setting, sizes[k], request, store));
    const beyond: Beyond = {
      format: BEYOND_FORMAT,
      ...making('subsets'),
      digest: beyondDigest(results),
      settings: results,
    };
    await publishSupplement(out, {
      figures: beyond.settings.flatMap(beyondFigures),
      tables: new Map([
        ['beyond.csv', beyondCsv(beyond)],
        ['beyond.md', beyondMarkdown(beyond)],
      ]),
      file: BEYOND,
      value: beyond,
    });
    return beyond;
  });
}

function storedSize(
  setting: SettingConfig,
  { size }: BeyondRequest,
  retrainings: string,
  progress: Progress,
): RunSize {
  const stored = openArchive(setting, retrainings, progress.note, true).largestRectangle();
  const used = {
    subsets: Math.min(size.subsets, stored.subsets),
    seeds: Math.min(size.seeds, stored.seeds),
  };
  if (used.subsets < 2 || used.seeds < 1)
    throw new CommandError(
      `no retrainings of ${setting.name} are stored (${stored.subsets} subsets × ${stored.seeds} seeds): run reproduce --setting ${setting.name} with this --out first.`,
    );
  return used;
}

function rulesOf({ rule }: SettingConfig, { dampings }: BeyondRequest): InverseRule[] {
  return [rule, ...dampings.map((lambda): InverseRule => ({ kind: 'damped', lambda }))];
}

async function computeSetting(
  setting: SettingConfig,
  request: BeyondRequest,
  store: Store,
  progress: Progress,
): Promise<void> {
  const { sample } = request;
  const rules = rulesOf(setting, request);
  const work = Array.from({ length: setting.baseModels }, (_, index) =>
    APPROACHES.map((approach) => ({
      index,
      approach,
      missing: rules
        .filter((rule) => accepts(approach, rule))
        .filter((rule) => store.read(beyondTask(setting, index, approach, rule, sample)) === undefined),
    })),
  );
  const open = work.flat().filter(({ missing }) => missing.length > 0).length;
  const track = progress.track(
    `${setting.name} beyond`,
    work.flat().length,
    work.flat().length - open,
    'uneven',
  );
  for (const [index, jobs] of work.entries()) {
    if (jobs.every(({ missing }) => missing.length === 0)) continue;
    const network = judgedNetwork(setting, baseProblem(setting, index, store), sample);
    for (const { approach, missing } of jobs) {
      if (missing.length === 0) continue;
      track.label(approach.id);
      await setImmediate(); // the display, and Ctrl-C
      computeApproach(approach, missing, network, (rule, result) =>
        store.write(beyondTask(setting, index, approach, rule, sample), result),
      );
      track.advance();
    }
  }
}

function computeApproach(
  approach: Approach,
  rules: readonly InverseRule[],
  network: JudgedNetwork,
  write: (rule: InverseRule, result: TaskResult) => void,
): void {
  const answer = approach.prepare(network);
  for (const rule of rules) write(rule, encodeAnswers(network, answer(rule) ?? []));
}

/** The base model as stored; trained and stored when it is not there. */
function baseProblem(setting: SettingConfig, index: number, store: Store): JudgedNetwork['problem'] {
  const task = baseTrainingTask(setting, index);
  let stored = store.read(task);
  if (stored === undefined) {
    stored = trainBaseModel(setting, index);
    store.write(task, stored);
  }
  const { train } = prepareDigits(setting.data);
  return {
    model: settingModel(setting),
    loss: setting.loss,
    theta: stored.arrays['theta'].data,
    data: train,
  };
}

function assemble(
  setting: SettingConfig,
  size: RunSize,
  request: BeyondRequest,
  store: Store,
): SettingBeyond {
  const { sample, out } = request;
  const archive = openArchive(setting, workFolders(out).retrainings, () => {}, false);
  const bank = retrainingBank(setting, size, archive);
  const models = Array.from({ length: setting.baseModels }, (_, index) => index);
  return assembleBeyond(setting, bank, APPROACHES, rulesOf(setting, request), sample, (approach, rule) =>
    models.map((index) => {
      const result = store.read(beyondTask(setting, index, approach, rule, sample));
      if (result === undefined) throw new Error(`a result of ${approach.id} vanished from ${store.folder}.`);
      return result;
    }),
  );
}

/** What does not vary between runs. */
