/** @file `methods`: every attribution method on Digits, by quality and cost, alone and in ensembles. */
import { METHOD_NAMES, type MethodName } from '../../influence/index.ts';
import { checkRetrainings } from '../engine/bounds.ts';
import { CommandError } from '../files/command-error.ts';
import type { Json } from '../files/digest.ts';
import { METHODS_PROFILES, methodsProfile } from '../methods/methods-profile.ts';
import { settingConfig } from '../protocol/profile.ts';
import { checkRetrainingTime } from '../protocol/retraining-time.ts';
import { command, type FlagsOf } from '../terminal/command.ts';
import { oneOf, text, texts } from '../terminal/options.ts';
import { filesLine, runShown, split } from './run-shown.ts';
import {
  baseModels,
  ENGINE_OPTIONS,
  machines,
  retrainingSeeds,
  SETTING_FORM,
  STREAM_SEED,
  subsets,
  timeBudget,
  WORKERS,
} from './shared-options.ts';

const OPTIONS = {
  profile: oneOf(
    '<name>',
    'quick: five minutes; full: hours; smoke: seconds',
    Object.keys(METHODS_PROFILES),
  ).or('quick'),
  setting: texts('<names...>', `${SETTING_FORM}, one or more (default: those of the profile)`),
  method: texts('<names...>', `some of ${METHOD_NAMES.join(', ')} (default: all)`),
  subsets: subsets('random halves (default: of the profile)'),
  seeds: retrainingSeeds('retrainings per subset (default: of the profile)'),
  models: baseModels('base models (default: of the profile)'),
  slowModels: baseModels('base models of cg, lissa, astra and astra-source (default: of the profile)'),
  retrainings: text(
    '<DIR>',
    'use the retrainings stored by reproduce in this folder, which is only read (default: retrain in --out)',
  ),
  timeBudget: timeBudget('begin no scores that would not be done by then; the same command continues'),
  seed: STREAM_SEED,
  workers: WORKERS,
  ...ENGINE_OPTIONS,
  out: text('<DIR>', 'folder of the experiment, continued when it exists').or('runs/methods'),
};

export const addMethods = command({
  name: 'methods',
  description:
    'judge every attribution method on Digits by the same retrainings: LDS against time, one base model and ensembles',
  options: OPTIONS,
  async run(flags) {
    const { METHODS_EXPERIMENT } = await import('../methods/run-methods.ts'); // only this command pays for loading Vega
    const { methodsLines } = await import('../methods/methods-table.ts');
    const { out, workers, seed, retrainings } = flags;
    const chosen = methodsProfile(flags.profile);
    const names = split(flags.setting ?? chosen.settings);
    const { models = chosen.models, slowModels = Math.min(models, chosen.slowModels) } = flags;
    if (slowModels > models)
      throw new CommandError(`--slow-models ${slowModels} is more than the ${models} of --models.`);
    const { subsets = chosen.subsets, seeds = chosen.seeds } = flags;
    const settings = names.map((name) => settingConfig(chosen.base, name, seed, models));
    if (retrainings === undefined) {
      checkRetrainings(subsets, seeds, chosen.base.queries, settings.length);
      checkRetrainingTime(settings, subsets * seeds, workers * machines(flags));
    }
    const request = {
      settings,
      size: { subsets, seeds },
      methods: methodNames(flags.method),
      slowModels,
      slowGrid: chosen.slowGrid,
      workers,
      out,
      command: commandLine(flags),
      ...(retrainings === undefined ? {} : { retrainings }),
      budget: flags.timeBudget,
    };
    return await runShown(METHODS_EXPERIMENT, request, flags, ({ results: made, wall }) => {
      const { results } = made;
      return {
        figures: {
          digest: results.digest,
          settings: results.settings as unknown as Json,
          claims: Object.fromEntries(results.claims.map(({ id, verdict }) => [id, verdict])),
          seconds: { wall },
        },
        lines: [...methodsLines(results), '', filesLine('methods', out, wall)],
      };
    });
  },
});

/** In the order of the registry. */
function methodNames(given: readonly string[] | undefined): readonly MethodName[] {
  const names = given && split(given);
  for (const name of names ?? [])
    if (!(METHOD_NAMES as readonly string[]).includes(name))
      throw new CommandError(
        `--method: expected some of ${METHOD_NAMES.join(', ')}, got ${JSON.stringify(name)}.`,
      );
  return names === undefined ? METHOD_NAMES : METHOD_NAMES.filter((name) => names.includes(name));
}

/** What a reader types to get the same numbers; folders and threads do not change them. */
function commandLine(flags: FlagsOf<typeof OPTIONS>): string {
  const { profile, setting, method, subsets, seeds, models, slowModels, seed } = flags;
  const parts: readonly (readonly [string, string | number | undefined])[] = [
    ['--profile', profile],
    ['--setting', setting?.join(' ')],
    ['--method', method?.join(' ')],
    ['--subsets', subsets],
    ['--seeds', seeds],
    ['--models', models],
    ['--slow-models', slowModels],
    ['--seed', seed === 0 ? undefined : seed],
  ];
  return [
    'npm run -s cli -- methods',
    ...parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])),
  ].join(' ');
}
