/** @file What every convention of a study says to a claim. */
import { type ConventionSupport, type Demand, holds, OUTCOME_WORDS, type Outcome } from './verdict.ts';

/** Labels of conventions by what they say, over all settings of the study. */
export interface ConventionTally {
  /** The claim holds: by its own demand, over every setting that was studied. */
  readonly holding: readonly string[];
  /** Neither holds nor is the other way anywhere. */
  readonly open: readonly string[];
  /** The other way in at least one setting. */
  readonly opposite: readonly string[];
  readonly settings: readonly string[];
}

/** How many conventions carry the claim, for its verdict. */
export function conventionSupport(tally: ConventionTally): ConventionSupport {
  const { holding, open, opposite } = tally;
  return {
    holding: holding.length,
    studied: holding.length + open.length + opposite.length,
    turned: opposite.length > 0,
  };
}

/**
 * Counts a claim over conventions. Training conventions stand in a setting's name (d8-w16-e100-m0) and are put before
 * the label of the convention.
 *
 * @returns undefined when the study holds nothing about the claim.
 */
export function tallyConventions<C extends { readonly label: string }>(
  settings: readonly { readonly setting: string; readonly conventions: readonly C[] }[],
  judge: (convention: C) => Outcome,
  demand: Demand = 'strict',
): ConventionTally | undefined {
  const groups = new Map<string, Outcome[]>();
  for (const { setting, conventions } of settings) {
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
  return {
    holding: names((outcomes) => holds(demand, outcomes)),
    open: names((outcomes) => !holds(demand, outcomes) && !opposite(outcomes)),
    opposite: names(opposite),
    settings: settings.map(({ setting }) => setting),
  };
}

/** "holds under 40 of 127, undecided under 30, the other way under 57". */
export function conventionCounts(tally: ConventionTally): string {
  const { holding, studied } = conventionSupport(tally);
  return `holds under ${holding} of ${studied}, ${OUTCOME_WORDS.open} under ${tally.open.length}, ${OUTCOME_WORDS.opposite} under ${tally.opposite.length}`;
}

/** The conventions by name in groups, with what is said of each group; empty groups are left out. */
export function conventionGroups({
  holding,
  open,
  opposite,
}: ConventionTally): { readonly words: string; readonly names: readonly string[] }[] {
  return [
    { words: 'holds', names: holding },
    { words: OUTCOME_WORDS.open, names: open },
    { words: `${OUTCOME_WORDS.opposite} in at least one setting`, names: opposite },
  ].filter(({ names }) => names.length > 0);
}
