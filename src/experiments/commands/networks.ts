/** @file `networks`: the ladder of curvatures on networks with shared weights, ReLU and norms. */
import { checkRetrainings, checkTime } from '../engine/bounds.ts';
import type { Json } from '../files/digest.ts';
import { readDigested } from '../files/digested-file.ts';
import { NETWORKS_PROFILES } from '../networks/profile.ts';
import { leastSeconds } from '../protocol/network-trainings.ts';
import { command } from '../terminal/command.ts';
import { oneOf, text, texts } from '../terminal/options.ts';
import { filesLine, runShown, split } from './run-shown.ts';
import {
  baseModels,
  ENGINE_OPTIONS,
  KEEP,
  machines,
  retrainingSeeds,
  STREAM_SEED,
  subsets,
  TO_THE_END,
  timeBudget,
  WORKERS,
} from './shared-options.ts';

export const addNetworks = command({
  name: 'networks',
  description:
    'the ladder of curvatures on networks with shared weights, attention, ReLU and norms: errors, distances, LDS',
  options: {
    profile: oneOf(
      '<name>',
      'quick: minutes; full: hours; smoke: seconds',
      Object.keys(NETWORKS_PROFILES),
    ).or('quick'),
    network: texts(
      '<names...>',
      'one or more, such as cnn-8-16-24, or with a size of its own, subsets × seeds × base networks: gpt-l2-w8@50x5x3 (default: those of the profile)',
    ),
    subsets: subsets('random halves (default: of the profile)'),
    seeds: retrainingSeeds('retrainings per subset (default: of the profile)'),
    models: baseModels('base networks (default: of the profile)'),
    export: text(
      '<network>',
      'write its scores under the rule of the paper, subsets and retrainings as .npy to arrays/',
    ),
    keep: KEEP,
    timeBudget: timeBudget(TO_THE_END),
    seed: STREAM_SEED,
    workers: WORKERS,
    ...ENGINE_OPTIONS,
    out: text('<DIR>', 'folder of the experiment, continued when it exists').or('runs/networks'),
  },
  async run(flags) {
    const { NETWORKS_EXPERIMENT } = await import('../networks/networks.ts'); // only this command pays for loading Vega
    const { networksLines } = await import('../networks/networks-table.ts');
    const { networksCases } = await import('../networks/cases.ts');
    const { NETWORKS_RESULTS } = await import('../networks/networks-results.ts');
    const { out, workers, seed } = flags;
    const names = flags.network === undefined ? undefined : split(flags.network);
    const cases = networksCases(flags.profile, names, flags, seed);
    for (const { setting, size } of cases) {
      checkRetrainings(size.subsets, size.seeds, setting.data.queries, cases.length);
      checkTime(
        (size.subsets * size.seeds * leastSeconds(setting, setting.subsetFraction)) /
          (workers * machines(flags)),
        `${size.subsets} × ${size.seeds} retrainings of ${setting.name}, with ${workers} workers,`,
        'give fewer --subsets or --seeds',
      );
    }
    const parts: readonly (readonly [string, string | number | undefined])[] = [
      ['--profile', flags.profile],
      ['--network', names?.join(' ')],
      ['--subsets', flags.subsets],
      ['--seeds', flags.seeds],
      ['--models', flags.models],
      ['--seed', seed === 0 ? undefined : seed],
      ['--keep', flags.keep],
    ];
    const given = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
    const request = {
      cases,
      workers,
      out,
      exported: flags.export,
      command: ['npm run -s cli -- networks', ...given].join(' '),
      earlier: flags.keep === undefined ? undefined : readDigested(flags.keep, NETWORKS_RESULTS),
      budget: flags.timeBudget,
    };
    return await runShown(NETWORKS_EXPERIMENT, request, flags, ({ results: { results }, wall }) => ({
      figures: {
        digest: results.digest,
        settings: results.settings as unknown as Json,
        claims: Object.fromEntries(results.claims.map(({ id, verdict }) => [id, verdict])),
        seconds: { wall },
      },
      lines: [...networksLines(results), '', filesLine('networks', out, wall)],
    }));
  },
});
