/** @file Two readings of one entry of results.json: the scores of all its networks averaged, and those of a single network. */
import type { LadderStep } from '../../../curvature/index.ts';
import { LADDER_STEPS } from '../../../curvature/index.ts';
import { recordBy } from '../../files/record-by.ts';
import { METHODS } from '../../protocol/methods.ts';
import type { SettingResults } from './results.ts';

/** `ensemble`: LDS of the scores averaged over networks. `single`: the mean LDS of single networks. */
export type Reading = 'ensemble' | 'single';

/** An entry in a reading; absent: `ensemble`. */
export type ReadResults = SettingResults & { readonly reading?: Reading };

/** Whether the LDS of two entries may be set against each other: an average over more networks has a higher one. */
export function comparable(a: ReadResults, b: ReadResults): boolean {
  return a.models === b.models || (a.reading === 'single' && b.reading === 'single');
}

/**
 * The entry with LDS, differences and changes in a reading. `ensemble` is the entry itself. Where networks were not resampled, a
 * difference of single networks has a value and no interval; with one network both readings are one.
 */
export function readingOf(results: SettingResults, reading: Reading): ReadResults {
  if (reading === 'ensemble') return results;
  if (results.models < 2) return { ...results, reading };
  const lds = recordBy(METHODS, (method) => {
    const { single, ...entry } = results.lds[method];
    const { mean, ci = [null, null], percentile = [null, null] } = single;
    return { ...entry, mean, ci, percentile, single };
  });
  const differences = Object.fromEntries(
    Object.entries(results.differences).map(([name, entry]) => {
      const { difference, ci, percentile } = entry.single ?? {
        difference: minus(lds[entry.a].mean, lds[entry.b].mean),
        ci: [null, null] as const,
        percentile: [null, null] as const,
      };
      return [name, { ...entry, difference, ci, percentile }];
    }),
  );
  const ldsChange = recordBy(LADDER_STEPS, (step: LadderStep) => {
    const { difference, ci } = differences[step.replace('→', '−')];
    const [lo, hi] = ci;
    return {
      ...results.ldsChange[step],
      change: difference === null ? null : -difference,
      ci: [hi === null ? null : -hi, lo === null ? null : -lo] as const,
    };
  });
  return { ...results, lds, differences, ldsChange, reading };
}

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}
