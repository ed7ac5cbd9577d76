/** @file What every convention of the study says to a claim. */
import type { ConventionResult, Study } from '../study/study.ts';
import type { Outcome } from './check.ts';
import { OUTCOME_WORDS } from './verdict.ts';

/** Labels of conventions by what they say, over all settings of the study. */
export interface ConventionTally {
  /** As stated in every setting that was studied. */
  readonly asStated: readonly string[];
  /** Neither as stated everywhere nor the other way anywhere. */
  readonly open: readonly string[];
  /** The other way in at least one setting. */
  readonly opposite: readonly string[];
  readonly settings: readonly string[];
}

/**
 * Counts a claim over conventions. Training conventions stand in a setting's name (d8-w16-e100-m0) and are put before
 * the label of the convention.
 *
 * @returns undefined when the study holds nothing about the claim.
 */
export function tallyConventions(
  study: Study | undefined,
  judge: ((convention: ConventionResult) => Outcome) | undefined,
): ConventionTally | undefined {
  if (study === undefined || judge === undefined) return undefined;
  const groups = new Map<string, Outcome[]>();
  for (const { setting, conventions } of study.settings) {
    const words = setting.split('-').slice(3).join('-');
    for (const convention of conventions) {
      const outcome = judge(convention);
      if (outcome === 'missing') continue;
      const name = words === '' ? convention.label : `training ${words}: ${convention.label}`;
      groups.set(name, [...(groups.get(name) ?? []), outcome]);
    }
  }
  if (groups.size === 0) return undefined;
  const names = (keep: (outcomes: readonly Outcome[]) => boolean): string[] =>
    [...groups].filter(([, outcomes]) => keep(outcomes)).map(([name]) => name);
  const opposite = (outcomes: readonly Outcome[]): boolean => outcomes.includes('opposite');
  const asStated = (outcomes: readonly Outcome[]): boolean => outcomes.every((o) => o === 'as-stated');
  return {
    asStated: names(asStated),
    open: names((outcomes) => !asStated(outcomes) && !opposite(outcomes)),
    opposite: names(opposite),
    settings: study.settings.map(({ setting }) => setting),
  };
}

/** "40 as stated, 30 undecided, 57 the other way". */
export function conventionCounts({ asStated, open, opposite }: ConventionTally): string {
  return `${asStated.length} ${OUTCOME_WORDS['as-stated']}, ${open.length} ${OUTCOME_WORDS.open}, ${opposite.length} ${OUTCOME_WORDS.opposite}`;
}
