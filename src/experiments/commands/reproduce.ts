/** @file `reproduce`: train, attribute, retrain, judge; resumable. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { planFigures, planLines } from '../better-hessians/reproduce/plan-text.ts';
import type { RunRequest } from '../better-hessians/reproduce/reproduce.ts';
import type { RunOutcome } from '../better-hessians/results/publish.ts';
import type { Extent, Incomplete } from '../better-hessians/results/results.ts';
import { resultTable } from '../better-hessians/results/setting-table.ts';
import { runExperiment } from '../engine/experiment.ts';
import { createProgress } from '../engine/progress.ts';
import type { Json } from '../files/digest.ts';
import { CONVENTION_WORDS } from '../protocol/conventions.ts';
import { PROFILES, profile, settingConfig } from '../protocol/profile.ts';
import { choice, integerIn, positive, withJson } from '../terminal/options.ts';
import { type Output, printOutput } from '../terminal/output.ts';
import { checkDistinct } from '../terminal/strict-options.ts';

interface Flags {
  readonly profile: string;
  readonly setting?: readonly string[];
  readonly subsets?: number;
  readonly seeds?: number;
  readonly models?: number;
  readonly timeBudget?: number;
  readonly plan?: true;
  readonly seed: number;
  readonly workers: number;
  readonly out: string;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addReproduce(program: Command): void {
  withJson(
    program
      .command('reproduce')
      .description(
        'train on Digits, score with every method, retrain on random halves, and compare; continues a stopped run',
      )
      .addOption(
        choice(
          '--profile <name>',
          'quick: minutes; paper: hours; smoke: seconds',
          Object.keys(PROFILES),
          'quick',
        ),
      )
      .option(
        '--setting <names...>',
        'd{depth}-w{width}-e{epochs}, one or more (default: those of the profile); conventions that are not the default ' +
          `follow in this order: ${CONVENTION_WORDS}`,
      )
      .option(
        '--subsets <K>',
        'random halves of the training set (default: of the profile)',
        integerIn(2, 1e6),
      )
      .option('--seeds <R>', 'trainings per subset (default: of the profile)', integerIn(1, 1e6))
      .option(
        '--models <n>',
        'base models whose scores are averaged (default: of the profile)',
        integerIn(1, 1000),
      )
      .option(
        '--time-budget <minutes>',
        'begin nothing that would not be done by then, and write what is complete; the same command continues',
        positive,
      )
      .option('--plan', 'only show what there is to do, and what it takes')
      .option('--seed <n>', 'names every random stream', integerIn(0), 0)
      .option('--workers <n>', 'threads', integerIn(1, 1024), availableParallelism())
      .option('--out <DIR>', 'folder of results, continued when it exists', 'runs'),
  ).action(run);
}

async function run(flags: Flags): Promise<void> {
  const start = performance.now();
  const chosen = profile(flags.profile);
  const names = (flags.setting ?? chosen.settings).flatMap((name) => name.split(','));
  checkDistinct('--setting', names);
  const { seed, workers, out, timeBudget } = flags;
  const request: RunRequest = {
    profile: chosen,
    settings: names.map((name) => settingConfig(chosen, name, seed, flags.models)),
    size: { subsets: flags.subsets ?? chosen.subsets, seeds: flags.seeds ?? chosen.seeds },
    seed,
    workers,
    out,
    ...(timeBudget === undefined ? {} : { budget: 60 * timeBudget }),
  };
  const { planOnly, REPRODUCE } = await import('../better-hessians/reproduce/reproduce.ts'); // only this command pays for loading Vega
  const json = flags.json === true;
  if (flags.plan === true) {
    const notices: string[] = [];
    const plan = planOnly(request, (line) => notices.push(line));
    printOutput(
      { figures: { ...planFigures(plan), notices }, lines: [...notices, ...planLines(plan)] },
      json,
    );
    return;
  }
  const outcome = await runExperiment(REPRODUCE, request, createProgress(json));
  printOutput(report(outcome, Math.round(performance.now() - start) / 1000), json);
}

function report({ results, incomplete, digest, resultsFile, reportFile }: RunOutcome, wall: number): Output {
  const seconds = Object.fromEntries([...results].map(([name, result]) => [name, result.seconds]));
  return {
    figures: {
      digest,
      results: resultsFile,
      report: reportFile,
      lds: Object.fromEntries(
        [...results].map(([name, { lds }]) => [
          name,
          Object.fromEntries(Object.entries(lds).map(([method, entry]) => [method, entry.mean])),
        ]),
      ),
      incomplete: Object.fromEntries(incomplete) as unknown as Json,
      seconds: { wall, ...seconds },
    },
    lines: [
      ...[...results].flatMap(([name, result]) => ['', ...resultTable(name, result)]),
      '',
      ...[...incomplete].map(([name, state]) => unfinished(name, state)),
      ...(incomplete.size === 0 ? [] : ['The same command continues where this run ended.']),
      `results: ${resultsFile} (digest ${digest.slice(0, 16)}), report: ${reportFile}, ${wall.toFixed(1)} s`,
    ],
  };
}

function unfinished(name: string, { asked, used }: Incomplete): string {
  const extent = ({ subsets, seeds, models }: Extent): string =>
    `${subsets} subsets × ${seeds} seeds and ${models} base ${models === 1 ? 'model' : 'models'}`;
  return used === null
    ? `${name} is left out: there is too little of it for any result.`
    : `${name} rests on ${extent(used)} of the ${extent(asked)} asked for.`;
}
