/** @file `tokens`: influence token by token on a transformer, by sampling and by curvature. */
import { checkRetrainings, checkTime } from '../engine/bounds.ts';
import type { Json } from '../files/digest.ts';
import { leastSeconds } from '../protocol/network-trainings.ts';
import { command } from '../terminal/command.ts';
import { oneOf, text } from '../terminal/options.ts';
import { TOKENS_PROFILES, tokensProfile, tokensSetting } from '../tokens/tokens-profile.ts';
import { filesLine, runShown } from './run-shown.ts';
import {
  baseModels,
  ENGINE_OPTIONS,
  machines,
  retrainingSeeds,
  STREAM_SEED,
  subsets,
  TO_THE_END,
  timeBudget,
  WORKERS,
} from './shared-options.ts';

export const addTokens = command({
  name: 'tokens',
  description:
    'influence token by token on a transformer: Bayesian and by curvature, how they agree, which tokens are related',
  options: {
    profile: oneOf('<name>', 'full: hours; smoke: seconds', Object.keys(TOKENS_PROFILES)).or('full'),
    subsets: subsets('random halves (default: of the profile)'),
    seeds: retrainingSeeds('retrainings per subset (default: of the profile)'),
    models: baseModels('base networks (default: of the profile)'),
    timeBudget: timeBudget(TO_THE_END),
    seed: STREAM_SEED,
    workers: WORKERS,
    ...ENGINE_OPTIONS,
    out: text('<DIR>', 'folder of the experiment, continued when it exists').or('runs/tokens'),
  },
  async run(flags) {
    const { TOKENS_EXPERIMENT } = await import('../tokens/tokens.ts'); // only this command pays for loading Vega
    const { tokensLines } = await import('../tokens/tokens-table.ts');
    const { out, workers, seed, timeBudget: budget } = flags;
    const chosen = tokensProfile(flags.profile);
    const { subsets = chosen.size.subsets, seeds = chosen.size.seeds, models = chosen.models } = flags;
    const profile = { ...chosen, models, size: { subsets, seeds } };
    const setting = tokensSetting(profile, seed);
    checkRetrainings(subsets, seeds, setting.data.queries);
    checkTime(
      (subsets * seeds * leastSeconds(setting, setting.subsetFraction)) / (workers * machines(flags)),
      `${subsets} × ${seeds} retrainings of ${setting.name}, with ${workers} workers,`,
      'give fewer --subsets or --seeds',
    );
    const parts: readonly (readonly [string, string | number | undefined])[] = [
      ['--profile', flags.profile],
      ['--subsets', flags.subsets],
      ['--seeds', flags.seeds],
      ['--models', flags.models],
      ['--seed', seed === 0 ? undefined : seed],
    ];
    const given = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
    const line = ['npm run -s cli -- tokens', ...given].join(' ');
    const request = { profile, setting, workers, out, command: line, budget };
    return await runShown(TOKENS_EXPERIMENT, request, flags, ({ results: { results, claims }, wall }) => ({
      figures: {
        digest: results.digest,
        settings: results.settings as unknown as Json,
        claims: Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict])),
        seconds: { wall },
      },
      lines: [...tokensLines(results), '', filesLine('tokens', out, wall)],
    }));
  },
});
