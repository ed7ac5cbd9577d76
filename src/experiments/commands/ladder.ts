/** @file `ladder`: from realised retraining over derivatives of training to K-FAC, what each rung loses. */
import { checkRetrainings } from '../engine/bounds.ts';
import type { Json } from '../files/digest.ts';
import { readDigested } from '../files/digested-file.ts';
import { LADDER_PROFILES, ladderProfile } from '../ladder/ladder-profile.ts';
import { ladderSetting, OTHER_FORM } from '../ladder/ladder-setting.ts';
import { checkRetrainingTime } from '../protocol/retraining-time.ts';
import { command } from '../terminal/command.ts';
import { oneOf, text, texts } from '../terminal/options.ts';
import { filesLine, runShown, split } from './run-shown.ts';
import {
  baseModels,
  ENGINE_OPTIONS,
  KEEP,
  machines,
  retrainingSeeds,
  SETTING_FORM,
  STREAM_SEED,
  subsets,
  TO_THE_END,
  timeBudget,
  WORKERS,
} from './shared-options.ts';

export const addLadder = command({
  name: 'ladder',
  description: 'from realised retraining over derivatives of training to K-FAC: what each rung loses',
  options: {
    profile: oneOf(
      '<name>',
      'quick: minutes; full: hours; other-data: Concrete and Fashion-MNIST, an hour; smoke: seconds',
      Object.keys(LADDER_PROFILES),
    ).or('quick'),
    setting: texts(
      '<names...>',
      `${SETTING_FORM} or ${OTHER_FORM}, one or more (default: those of the profile)`,
    ),
    subsets: subsets('random halves (default: of the profile)'),
    seeds: retrainingSeeds('retrainings per subset (default: of the profile)'),
    models: baseModels('base models (default: of the profile)'),
    retrainings: text(
      '<DIR>',
      'use the retrainings stored by reproduce in this folder, which is only read (default: retrain in --out)',
    ),
    data: text('<DIR>', 'folder of the IDX files of Fashion-MNIST, plain or .gz'),
    keep: KEEP,
    timeBudget: timeBudget(TO_THE_END),
    seed: STREAM_SEED,
    workers: WORKERS,
    ...ENGINE_OPTIONS,
    out: text('<DIR>', 'folder of the experiment, continued when it exists').or('runs/ladder'),
  },
  async run(flags) {
    const { LADDER_EXPERIMENT } = await import('../ladder/ladder.ts'); // only this command pays for loading Vega
    const { ladderLines } = await import('../ladder/ladder-table.ts');
    const { LADDER_RESULTS } = await import('../ladder/ladder-results.ts');
    const { out, workers, seed, retrainings } = flags;
    const chosen = ladderProfile(flags.profile);
    const names = split(flags.setting ?? chosen.settings);
    const { subsets = chosen.subsets, seeds = chosen.seeds, models = chosen.models } = flags;
    const settings = names.map((name) => ladderSetting(chosen, name, seed, models, flags.data));
    if (retrainings === undefined) {
      checkRetrainings(
        subsets,
        seeds,
        Math.max(...settings.map(({ data }) => data.queries)),
        settings.length,
      );
      checkRetrainingTime(settings, subsets * seeds, workers * machines(flags));
    }
    const parts: readonly (readonly [string, string | number | undefined])[] = [
      ['--profile', flags.profile],
      ['--setting', flags.setting?.join(' ')],
      ['--subsets', flags.subsets],
      ['--seeds', flags.seeds],
      ['--models', flags.models],
      ['--seed', seed === 0 ? undefined : seed],
      ['--data', flags.data],
      ['--keep', flags.keep],
    ];
    const given = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
    const request = {
      settings,
      studied: chosen.studied,
      responses: chosen.responses,
      size: { subsets, seeds },
      wholeModels: Math.min(models, chosen.wholeModels),
      runModels: Math.min(models, chosen.runModels),
      workers,
      out,
      command: ['npm run -s cli -- ladder', ...given].join(' '),
      ...(retrainings === undefined ? {} : { retrainings }),
      earlier: flags.keep === undefined ? undefined : readDigested(flags.keep, LADDER_RESULTS),
      budget: flags.timeBudget,
    };
    return await runShown(LADDER_EXPERIMENT, request, flags, ({ results, wall }) => {
      return {
        figures: { digest: results.digest, settings: results.settings as unknown as Json, seconds: { wall } },
        lines: [...ladderLines(results), '', filesLine('ladder', out, wall)],
      };
    });
  },
});
