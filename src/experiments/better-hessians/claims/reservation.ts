/** @file Where a run is smaller than the paper's protocol: few retrainings, a single base model. */
import { counted } from '../../judging/table.ts';
import { PROFILES } from '../../protocol/profile.ts';
import type { SettingResults } from '../results/results.ts';
import type { NamedResults } from './sweeps.ts';

/** † few retrainings, § intervals over subsets alone, ‡ a single base model. */
export type Mark = '†' | '§' | '‡';

const { subsets: SUBSETS, seeds: SEEDS } = PROFILES.paper;

/** Fewer retrainings than the paper's K × R: wider intervals, and a lower ceiling on the LDS. */
export function isFew({ subsets, seeds }: Pick<SettingResults, 'subsets' | 'seeds'>): boolean {
  return subsets < SUBSETS || seeds < SEEDS;
}

/** One base model: its errors and distances have no range. */
export function isSingle({ models }: Pick<SettingResults, 'models'>): boolean {
  return models < 2;
}

/** Intervals of LDS that cover the draw of subsets, not that of the networks. */
export function isSubsetsOnly({ covers }: Pick<SettingResults, 'covers'>): boolean {
  return covers === undefined;
}

/** What the marks mean in this run, a sentence each; none where every setting is whole. */
export function reservations(settings: readonly NamedResults[]): string[] {
  const few = settings
    .filter(({ results }) => isFew(results))
    .map(({ name, results }) => `${name} (${results.subsets} × ${results.seeds})`);
  const subsetsOnly = settings.filter(({ results }) => isSubsetsOnly(results));
  const single = settings.filter(({ results }) => isSingle(results)).map(({ name }) => name);
  return [
    ...(few.length === 0
      ? []
      : [
          `† fewer retrainings than the paper’s ${SUBSETS} subsets × ${SEEDS} seeds: ${few.join(', ')}. Outcomes averaged over fewer seeds are noisier: every LDS is lower, and small differences stay undecided.`,
        ]),
    ...(subsetsOnly.length === 0
      ? []
      : [
          `§ intervals of LDS that cover the draw of subsets, not that of the networks: ${subsetsOnly.map(({ name, results }) => `${name} (${counted(results.models, 'base network')})`).join(', ')}. Other networks may turn what they decide.`,
        ]),
    ...(single.length === 0
      ? []
      : [
          `‡ a single base network, whose errors and distances have no range: ${single.join(', ')}. What is said of them is said of that network alone.`,
        ]),
  ];
}
