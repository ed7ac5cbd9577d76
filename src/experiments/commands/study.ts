/** @file `study`: which of the paper's statements survive other conventions and everyone's own best regularisation. */
import type { StudyCase } from '../better-hessians/study/prepare-study.ts';
import { checkRetrainings } from '../engine/bounds.ts';
import { CommandError } from '../files/command-error.ts';
import { fewModels, PROFILES, profile, settingConfig } from '../protocol/profile.ts';
import { checkRetrainingTime } from '../protocol/retraining-time.ts';
import { trainingName } from '../protocol/setting.ts';
import { command, type FlagsOf } from '../terminal/command.ts';
import { oneOf, text, texts } from '../terminal/options.ts';
import { refuseGiven } from '../terminal/strict-options.ts';
import { filesLine, runShown, split } from './run-shown.ts';
import {
  baseModels,
  ENGINE_OPTIONS,
  EXPERIMENT_SEED,
  KEEP,
  machines,
  retrainingSeeds,
  SETTING_FORM,
  subsets,
  TO_THE_END,
  timeBudget,
  WORKERS,
} from './shared-options.ts';

const OPTIONS = {
  setting: texts('<names...>', `${SETTING_FORM}, one or more, retrained before`).required(),
  training: texts(
    '<words...>',
    'also with other training, retrained here: m0 (no momentum), unit (pixels/16), xavier, several joined by -, for every setting; or a whole name, d8-w16-e100-m0',
  ),
  profile: oneOf('<name>', 'whose data the settings use', Object.keys(PROFILES)).or('paper'),
  models: baseModels('base models (default: of the profile, at most 5)'),
  subsets: subsets('use at most the first K stored subsets').or(1e6),
  seeds: retrainingSeeds('use at most the first R stored seeds').or(1e6),
  trainingSubsets: subsets('subsets per --training word').or(50),
  trainingSeeds: retrainingSeeds('seeds per --training word').or(4),
  keep: KEEP,
  timeBudget: timeBudget(TO_THE_END),
  seed: EXPERIMENT_SEED,
  workers: WORKERS,
  ...ENGINE_OPTIONS,
  out: text('<DIR>', 'folder of the experiment').or('runs'),
};

export const addStudy = command({
  name: 'study',
  description:
    'judge every method under other conventions, with the retrainings that reproduce stored in the same folder',
  options: OPTIONS,
  async run(flags, given) {
    const { workers, out, trainingSubsets, trainingSeeds } = flags;
    if (flags.training === undefined)
      refuseGiven(given, ['trainingSubsets', 'trainingSeeds'], 'has no effect without --training');
    const { STUDY_EXPERIMENT } = await import('../better-hessians/study/run-study.ts'); // only this command pays for loading Vega
    const { studyLines } = await import('../better-hessians/study/study-table.ts');
    const { readEarlierStudy } = await import('../better-hessians/study/earlier-study.ts');
    const cases = studyCases(flags);
    const earlier = flags.keep === undefined ? undefined : readEarlierStudy(flags.keep); // before the file is written anew: it may be the same
    const retrained = cases.flatMap(({ retrainings, setting }) =>
      retrainings === 'retrained' ? [setting] : [],
    );
    if (retrained.length > 0) {
      checkRetrainings(trainingSubsets, trainingSeeds, retrained[0].data.queries, retrained.length);
      checkRetrainingTime(retrained, trainingSubsets * trainingSeeds, workers * machines(flags));
    }
    return await runShown(
      STUDY_EXPERIMENT,
      { cases, earlier, workers, out, budget: flags.timeBudget },
      flags,
      ({ results, wall }) => {
        const settings = results.settings.map(({ setting }) => setting);
        return {
          figures: { digest: results.digest, settings, seconds: { wall } },
          lines: [...studyLines(results), filesLine('study', out, wall)],
        };
      },
    );
  },
});

function studyCases(flags: FlagsOf<typeof OPTIONS>): StudyCase[] {
  const chosen = profile(flags.profile);
  const names = split(flags.setting);
  const variants = split(flags.training ?? []).flatMap((word) =>
    /^d\d/.test(word) ? [word] : names.map((name) => `${name}-${word}`),
  );
  const { subsets, seeds, trainingSubsets, trainingSeeds } = flags;
  const stored = { retrainings: 'stored', subsets, seeds } as const;
  const retrained = { retrainings: 'retrained', subsets: trainingSubsets, seeds: trainingSeeds } as const;
  const cases = [
    ...names.map((name) => ({ name, ...stored })),
    ...variants.map((name) => ({ name, ...retrained })),
  ].map(({ name, ...rest }) => ({
    setting: settingConfig(chosen, name, flags.seed, flags.models ?? fewModels(chosen)),
    ...rest,
  }));
  for (const { setting } of cases)
    if (setting.name !== trainingName(setting))
      throw new CommandError(
        `--setting: ${setting.name} names conventions that the study varies itself: use ${trainingName(setting)}.`,
      );
  if (new Set(cases.map(({ setting }) => setting.name)).size !== cases.length)
    throw new CommandError('--setting: the same setting is named twice.');
  return cases;
}
