/** @file `beyond`: can the loss of Kronecker factorisation be won back, and at what cost? */
import type { Command } from 'commander';
import { runExperiment } from '../engine/experiment.ts';
import { createProgress } from '../engine/progress.ts';
import { PROFILES, profile, settingConfig } from '../protocol/profile.ts';
import { choice, integerIn, positive, withJson } from '../terminal/options.ts';
import { printOutput } from '../terminal/output.ts';
import { checkDistinct } from '../terminal/strict-options.ts';

interface Flags {
  readonly profile: string;
  readonly setting: readonly string[];
  readonly damping: readonly string[];
  readonly models: number;
  readonly subsets: number;
  readonly seeds: number;
  readonly gradients: number;
  readonly seed: number;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addBeyond(program: Command): void {
  withJson(
    program
      .command('beyond')
      .description(
        'better Kronecker approximations and few-step solvers beside the paper’s ladder: LDS, Eq. 9 and cost, with the retrainings that reproduce stored',
      )
      .requiredOption('--setting <names...>', 'd{depth}-w{width}-e{epochs}, one or more, retrained before')
      .addOption(choice('--profile <name>', 'whose data the settings use', Object.keys(PROFILES), 'paper'))
      .option('--damping <lambdas...>', 'λ of the damped rules, beside the setting’s own rule', [
        '1e-3',
        '1e-2',
      ])
      .option('--models <n>', 'base models whose scores are averaged', integerIn(1, 1e3), 1)
      .option('--gradients <n>', 'training gradients that Eq. 9 is averaged over', integerIn(1), 200)
      .option('--subsets <K>', 'use at most the first K stored subsets', integerIn(2, 1e6), 1e6)
      .option('--seeds <R>', 'use at most the first R stored seeds', integerIn(1, 1e6), 1e6)
      .option('--seed <n>', 'seed of the experiment', integerIn(0), 0)
      .option('--out <DIR>', 'folder of the experiment', 'runs'),
  ).action(run);
}

async function run(flags: Flags): Promise<void> {
  const { BEYOND_EXPERIMENT } = await import('../better-hessians/beyond/run-beyond.ts'); // only this command pays for loading Vega
  const { beyondLines } = await import('../better-hessians/beyond/beyond-table.ts');
  const start = performance.now();
  const json = flags.json === true;
  const { out, gradients: sample, subsets, seeds } = flags;
  const names = flags.setting.flatMap((name) => name.split(','));
  checkDistinct('--setting', names);
  const chosen = profile(flags.profile);
  const settings = names.map((name) => settingConfig(chosen, name, flags.seed, flags.models));
  const dampings = flags.damping.flatMap((text) => text.split(',')).map(positive);
  checkDistinct('--damping', dampings.map(String));
  const request = { settings, dampings, size: { subsets, seeds }, sample, out, workers: 1 };
  const beyond = await runExperiment(BEYOND_EXPERIMENT, request, createProgress(json));
  const wall = Math.round(performance.now() - start) / 1000;
  printOutput(
    {
      figures: { digest: beyond.digest, settings: names, seconds: { wall } },
      lines: [
        ...beyondLines(beyond),
        '',
        `beyond: ${out}/beyond.json, beyond.md, beyond.csv, ${wall.toFixed(1)} s`,
      ],
    },
    json,
  );
}
