/** @file The ladder as text: words for its readings, CSV of every entry, lines for the terminal. */
import { type Basis, basisSentence } from '../judging/basis.ts';
import { fixed } from '../judging/table.ts';
import { aligned, type Columns, csv, fields, withInterval } from '../pages/table.ts';
import type { LadderResults, LadderSetting, Reading, RungEntry } from './ladder-results.ts';

/** What each reading is called. */
export const READINGS = { single: 'one network', ensemble: 'scores averaged' } as const;

/** The rung above all: what was measured. */
export const REALISED = 'Realised retraining';

/** Whether an entry is a step of the ladder, and not something beside it. */
export function onLadder({ group }: RungEntry): boolean {
  return group === 'rung';
}

/** The label without what chose the damping. */
export function shortLabel({ label }: RungEntry): string {
  return label.replace(', best λ', '');
}

interface Line {
  readonly setting: string;
  readonly entry: RungEntry;
  readonly reading: keyof typeof READINGS;
  readonly found: Reading;
}

const FILE_COLUMNS: Columns<Line> = {
  setting: ({ setting }) => setting,
  rung: ({ entry }) => entry.id,
  group: ({ entry }) => entry.group,
  reading: ({ reading }) => reading,
  variant: ({ found }) => ({ quoted: found.variant }),
  models: ({ entry }) => entry.models,
  ...withInterval('lds', ({ found }: Line) => [found.lds, ...found.ci]),
  ...withInterval('lost', ({ found: { lost } }: Line) =>
    lost === undefined ? [] : [lost.difference, ...lost.ci],
  ),
  ...withInterval('behind', ({ found: { behind } }: Line) => (behind === undefined ? [] : [behind.difference, ...behind.ci])), // biome-ignore format: one line
  sd_models: ({ entry }) => entry.sd,
  seconds: ({ entry }) => entry.seconds,
  amplification: ({ entry }) => entry.amplification,
};

/** One line per setting, entry and reading. */
export function ladderCsv({ settings }: LadderResults): string {
  const lines = settings.flatMap(({ setting, rungs }) =>
    rungs.flatMap((entry) =>
      (['single', 'ensemble'] as const).map(
        (reading): Line => ({ setting, entry, reading, found: entry[reading] }),
      ),
    ),
  );
  return csv(FILE_COLUMNS, lines);
}

/** What the numbers of a setting rest on. */
export function ladderBasis({ setting, models, measurement, subsets, seeds }: LadderSetting): Basis {
  return { setting, networks: models, measurement, subsets, seeds, intervals: 'networks and subsets' };
}

/**
 * Which rungs were computed at fewer networks than the setting has, as a sentence; empty where none was. Averages of fewer networks stand
 * lower, and a single one says nothing of the others.
 */
export function fewerNetworks(settings: readonly LadderSetting[]): string {
  const found = settings.flatMap(({ setting, models, rungs }) => {
    const counts = [...new Set(rungs.filter(onLadder).map((rung) => rung.models))].filter((n) => n < models);
    return counts
      .sort((a, b) => a - b)
      .map((n) => {
        const own = rungs.filter((rung) => onLadder(rung) && rung.models === n).map(shortLabel);
        return `${n} at ${setting} (${own.join(', ')})`;
      });
  });
  return found.length === 0
    ? ''
    : `Rungs of fewer networks: ${found.join('; ')}. Their averages do not compare with those of more; differences are taken over the networks that both have, and the interval of a single network covers the subsets alone.`;
}

const TERMINAL: Columns<RungEntry> = {
  rung: ({ label }) => label,
  one: ({ single }) => fixed(single.lds, 3),
  averaged: ({ ensemble }) => fixed(ensemble.lds, 3),
  ...fields('models'),
  seconds: ({ seconds }) => fixed(seconds, 2),
};

/** Settings for the terminal. */
export function ladderLines({ settings }: LadderResults): string[] {
  return settings.flatMap((result) => [
    '',
    `${result.setting}: noise ceiling ${fixed(result.ceiling, 3)}`,
    basisSentence(ladderBasis(result)),
    ...aligned(TERMINAL, result.rungs),
  ]);
}
