/** @file `reproduce`: train, attribute, retrain, judge; resumable. */

import { planFigures, planLines } from '../better-hessians/reproduce/plan-text.ts';
import type { RunOutcome } from '../better-hessians/results/publish.ts';
import type { Extent, Incomplete } from '../better-hessians/results/results.ts';
import { resultTable } from '../better-hessians/results/setting-table.ts';
import type { Json } from '../files/digest.ts';
import { counted } from '../judging/table.ts';
import { CONVENTION_WORDS } from '../protocol/conventions.ts';
import { PROFILES, profile, settingConfig } from '../protocol/profile.ts';
import { retrainedInFloat32 } from '../protocol/setting.ts';
import { command } from '../terminal/command.ts';
import { oneOf, text, texts, yes } from '../terminal/options.ts';
import type { Output } from '../terminal/output.ts';
import { runShown, type Shown, split } from './run-shown.ts';
import {
  baseModels,
  ENGINE_OPTIONS,
  PRECISION,
  retrainingSeeds,
  SETTING_FORM,
  STREAM_SEED,
  subsets,
  timeBudget,
  WORKERS,
} from './shared-options.ts';

export const addReproduce = command({
  name: 'reproduce',
  description:
    'train on Digits, score with every method, retrain on random halves, and compare; continues a stopped run',
  options: {
    profile: oneOf('<name>', 'quick: minutes; paper: hours; smoke: seconds', Object.keys(PROFILES)).or(
      'quick',
    ),
    setting: texts(
      '<names...>',
      `${SETTING_FORM}, one or more (default: those of the profile); conventions that are not the default ` +
        `follow in this order: ${CONVENTION_WORDS}`,
    ),
    subsets: subsets('random halves of the training set (default: of the profile)'),
    seeds: retrainingSeeds('trainings per subset (default: of the profile)'),
    models: baseModels('base models whose scores are averaged (default: of the profile)'),
    keep: text(
      '<results.json>',
      'keep the settings of an earlier results.json that are not stored here as they stand',
    ),
    timeBudget: timeBudget(
      'begin nothing that would not be done by then, and write what is complete; the same command continues',
    ),
    plan: yes('only show what there is to do, and what it takes'),
    precision: PRECISION,
    seed: STREAM_SEED,
    workers: WORKERS,
    ...ENGINE_OPTIONS,
    out: text('<DIR>', 'folder of results, continued when it exists').or('runs'),
  },
  async run(flags) {
    const { seed, workers, out } = flags;
    const chosen = profile(flags.profile);
    const names = split(flags.setting ?? chosen.settings).map((name) =>
      flags.precision === 'float32' ? retrainedInFloat32(name) : name,
    );
    const request = {
      profile: chosen,
      settings: names.map((name) => settingConfig(chosen, name, seed, flags.models)),
      size: { subsets: flags.subsets ?? chosen.subsets, seeds: flags.seeds ?? chosen.seeds },
      seed,
      workers,
      out,
      keep: flags.keep,
      budget: flags.timeBudget,
    };
    const { planOnly, REPRODUCE } = await import('../better-hessians/reproduce/reproduce.ts'); // only this command pays for loading Vega
    if (flags.plan !== true) return await runShown(REPRODUCE, request, flags, report);
    const notices: string[] = [];
    const plan = planOnly(request, (line) => notices.push(line));
    return { figures: { ...planFigures(plan), notices }, lines: [...notices, ...planLines(plan)] };
  },
});

function report({ results: outcome, wall }: Shown<RunOutcome>): Output {
  const { results, incomplete, digest, resultsFile, reportFile } = outcome;
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
    `${subsets} subsets × ${seeds} seeds and ${counted(models, 'base model')}`;
  return used === null
    ? `${name} is left out: there is too little of it for any result.`
    : `${name} rests on ${extent(used)} of the ${extent(asked)} asked for.`;
}
