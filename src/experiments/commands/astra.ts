/** @file `astra`: the protocol of Wang et al. (2025) on Concrete, on Fashion-MNIST, and with a ResNet-9 on emoji. */
import { availableParallelism } from 'node:os';
import { astraModel } from '../astra/network.ts';
import type { AstraCase } from '../astra/run-astra.ts';
import {
  ASTRA_PROFILES,
  type AstraProfile,
  type AstraProfileName,
  type AstraSize,
  astraSetting,
  SETTING_NAMES,
  type SettingName,
} from '../astra/setting.ts';
import { checkRetrainings, checkTime, leastTrainingSeconds } from '../engine/bounds.ts';
import { CommandError } from '../files/command-error.ts';
import { command, type FlagsOf } from '../terminal/command.ts';
import { oneOf, text, whole, yes } from '../terminal/options.ts';
import { filesLine, runShown } from './run-shown.ts';
import {
  baseModels,
  ENGINE_OPTIONS,
  EXPERIMENT_SEED,
  machines,
  retrainingSeeds,
  subsets,
  timeBudget,
} from './shared-options.ts';

const OPTIONS = {
  profile: oneOf(
    '<name>',
    'quick: Concrete, minutes; full: Concrete and Fashion-MNIST, hours; paper: with all its counts, a day; emoji: a ResNet-9, two hours of a core; emoji-quick: minutes; smoke: seconds, numbers without meaning',
    Object.keys(ASTRA_PROFILES) as AstraProfileName[],
  ).or('quick'),
  setting: oneOf(
    '<name>',
    'one data set with the size that a profile has for it (default: all of the profile)',
    SETTING_NAMES,
  ),
  data: text(
    '<DIR>',
    'folder of the IDX files of Fashion-MNIST, plain or .gz; or of the drawings, which the repository has in data/emoji',
  ),
  subsets: subsets('masks'),
  seeds: retrainingSeeds('retrainings per mask'),
  models: baseModels('base models'),
  queries: whole('<n>', 'score only the first n queries', 1, 1e6),
  seed: EXPERIMENT_SEED,
  workers: whole('<n>', 'worker threads', 1, 256).or(availableParallelism()),
  timeBudget: timeBudget('begin nothing after this time; the same command continues'),
  plan: yes('say what is to do and how long it takes, and stop'),
  ...ENGINE_OPTIONS,
  out: text('<DIR>', 'folder of the experiment').or('runs/astra'),
};

export const addAstra = command({
  name: 'astra',
  description:
    'ASTRA, EK-FAC, stochastic Neumann and others judged by retraining on masks: LDS, convergence, low curvature, implicit damping',
  options: OPTIONS,
  async run(flags) {
    const { out, workers, data, timeBudget: budget } = flags;
    const cases = astraCases(flags);
    if (flags.plan === true) {
      const { planAstra } = await import('../astra/estimate.ts');
      return planAstra(cases, workers, data);
    }
    for (const { setting, size } of cases) checkRetrainings(size.subsets, size.seeds, setting.draw.queries);
    if (budget === undefined)
      checkTime(
        cases.reduce((sum, one) => sum + leastSeconds(one), 0) / (workers * machines(flags)),
        `these trainings, with ${workers} workers,`,
        'give fewer --subsets, --seeds or --models, or a --time-budget',
      );
    const { ASTRA_EXPERIMENT } = await import('../astra/run-astra.ts'); // only this command pays for loading Vega
    const { astraLines } = await import('../astra/tables.ts');
    const request = {
      cases,
      workers,
      out,
      command: `npm run -s cli -- astra --profile ${flags.profile}`,
      ...(data === undefined ? {} : { data }),
      budget,
    };
    return await runShown(ASTRA_EXPERIMENT, request, flags, ({ results, wall }) => {
      const settings = results.settings.map(({ name }) => name);
      return {
        figures: { digest: results.digest, settings, seconds: { wall } },
        lines: [...astraLines(results), '', filesLine('astra', out, wall)],
      };
    });
  },
});

/** @throws {CommandError} more queries than any setting has, data for a setting that reads none. */
function astraCases({ setting: only, profile, seed, data, ...flags }: FlagsOf<typeof OPTIONS>): AstraCase[] {
  const chosen: AstraProfile = ASTRA_PROFILES[profile];
  const names = only === undefined ? SETTING_NAMES.filter((name) => chosen[name] !== undefined) : [only];
  const cases = names.flatMap((name) => {
    const size = chosen[name] ?? usualSize(name);
    if (size === undefined) return [];
    const setting = astraSetting(name, seed);
    const {
      subsets = size.subsets,
      seeds = size.seeds,
      models = size.models,
      queries = size.queries,
    } = flags;
    const some = { subsets, seeds, models, queries: Math.min(queries, setting.draw.queries) };
    return [{ setting, size: { ...size, ...some } }];
  });
  const most = Math.max(...cases.map(({ setting }) => setting.draw.queries));
  if (flags.queries !== undefined && flags.queries > most)
    throw new CommandError(
      `--queries ${flags.queries} is more than the ${most} queries of ${names.join(', ')}.`,
    );
  if (data !== undefined && !names.some((name) => name !== 'concrete'))
    throw new CommandError('--data does not apply to concrete; it belongs to fashion-mnist and emoji.');
  return cases;
}

/** Of a setting that the profile does not have. */
function usualSize(name: SettingName): AstraSize | undefined {
  const profiles: readonly AstraProfile[] = [ASTRA_PROFILES.full, ASTRA_PROFILES.emoji, ASTRA_PROFILES.smoke];
  return profiles.map((sizes) => sizes[name]).find((size) => size !== undefined);
}

/** Of all retrainings and base networks, on a machine that nobody has. */
function leastSeconds({ setting, size }: AstraCase): number {
  const { training, draw, subsetFraction } = setting;
  const { parameterCount } = astraModel(setting);
  const of = (examples: number): number => {
    const steps = training.epochs * Math.max(1, Math.floor(examples / training.batch));
    return leastTrainingSeconds(steps, Math.min(training.batch, examples), parameterCount);
  };
  return size.subsets * size.seeds * of(draw.train * subsetFraction) + size.models * of(draw.train);
}
