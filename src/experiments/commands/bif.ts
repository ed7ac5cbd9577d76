/** @file `bif`: the protocol of Kreer et al. (2026) for Bayesian influence functions, on Digits or emoji. */
import { BIF_PROFILES, bifProfile, bifSetting } from '../bayesian/bif-profile.ts';
import { leastSeconds } from '../bayesian/bif-setting.ts';
import { checkRetrainings, checkTime } from '../engine/bounds.ts';
import { command } from '../terminal/command.ts';
import { oneOf, text } from '../terminal/options.ts';
import { runShown } from './run-shown.ts';
import { ENGINE_OPTIONS, machines, retrainingSeeds, subsets, timeBudget, WORKERS } from './shared-options.ts';

export const addBif = command({
  name: 'bif',
  description:
    'Bayesian influence functions: LDS against subset size over five seeds, stability of the sampler, time against network size',
  options: {
    profile: oneOf(
      '<name>',
      'quick: minutes; full: hours; resnet: a ResNet-9 on emoji, hours; smoke: seconds, on 60 examples',
      Object.keys(BIF_PROFILES),
    ).or('quick'),
    subsets: subsets('subsets per seed and α (default: of the profile)'),
    repeats: retrainingSeeds('retrainings per subset (default: of the profile)'),
    timeBudget: timeBudget(
      'begin nothing that would not be done by then, and write what is complete; the same command continues',
    ),
    workers: WORKERS,
    ...ENGINE_OPTIONS,
    out: text('<DIR>', 'folder of results, continued when it exists').or('runs/bif'),
  },
  async run(flags) {
    const { profile: name, workers, out, timeBudget: budget } = flags;
    const { BIF_EXPERIMENT } = await import('../bayesian/run-bif.ts'); // only this command pays for loading Vega
    const { curveTable } = await import('../bayesian/bif-tables.ts');
    const chosen = bifProfile(name);
    const { subsets = chosen.subsets, repeats = chosen.repeats } = flags;
    const profile = { ...chosen, subsets, repeats };
    const cells = profile.fractions.flatMap((fraction) =>
      Array.from({ length: profile.seeds }, (_, seed) => bifSetting(profile, seed, fraction)),
    );
    checkRetrainings(subsets, repeats, bifSetting(profile, 0, 0.5).data.queries, cells.length, '--repeats');
    const unbounded = budget === undefined ? cells : cells.slice(0, 1); // what the grid is judged by
    const seconds = unbounded.reduce((sum, cell) => sum + leastSeconds(cell, cell.subsetFraction), 0);
    checkTime(
      (seconds * subsets * repeats) / (workers * machines(flags)),
      `${unbounded.length} × ${subsets * repeats} retrainings, with ${workers} workers,`,
      'give fewer --subsets, or fewer of each',
    );
    const request = { name, profile, workers, out, budget };
    return await runShown(BIF_EXPERIMENT, request, flags, ({ results, wall }) => {
      const { digest, complete, curves, timing } = results;
      return {
        figures: {
          digest,
          complete,
          curves: curves.map(({ method, fraction, value, standardError }) => ({
            method,
            fraction,
            lds: value,
            standardError,
          })),
          timing: timing.map((entry) => ({ ...entry })),
          seconds: { wall },
        },
        lines: [
          ...curveTable(results),
          '',
          `bif: ${out}/results.json, bayesian.md, bif.md, bif.csv, figures/bif-*.svg, ${wall.toFixed(1)} s${complete ? '' : '; not complete, the same command continues'}`,
        ],
      };
    });
  },
});
