/** @file The answer of a setting in words, from its numbers alone; nothing is claimed that an interval does not carry. */
import { LADDER, LADDER_STEPS, type LadderKind, type LadderStep } from '../../../curvature/index.ts';
import { fixed, percent, precise } from '../../judging/table.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';

/** Sentences, each a paragraph or a list item of plain text. */
export interface Answer {
  readonly summary: string;
  readonly steps: readonly string[];
}

/** What the numbers of a setting say. */
export function answer(results: SettingResults): Answer {
  const { lds, ceiling } = results;
  const ranked = LADDER.filter((kind) => lds[kind].mean !== null).sort(
    (a, b) => (lds[b].mean ?? 0) - (lds[a].mean ?? 0),
  );
  const best = ranked[0];
  const summary =
    best === undefined
      ? 'No method has a defined score here.'
      : `The highest LDS is ${fixed(lds[best].mean, 3)} [${fixed(lds[best].ci[0], 3)}, ${fixed(lds[best].ci[1], 3)}], by ${methodLabel(best)}` +
        `${undecided(best, results)}` +
        `${ceiling === null ? '' : `, of a possible ${fixed(ceiling, 3)}: the estimated noise ceiling, the score of a perfect predictor with this many seeds`}. ` +
        `The gradient dot product, which uses no curvature at all, reaches ${fixed(lds['grad-dot'].mean, 3)}.`;
  return { summary, steps: LADDER_STEPS.map((step) => stepSentence(step, results)) };
}

/** Neighbours on the ladder whose difference from `kind` has an interval that includes zero. */
function undecided(kind: LadderKind, { ldsChange }: SettingResults): string {
  const equals = LADDER_STEPS.flatMap((step, k) => {
    const { ci } = ldsChange[step];
    const pair = LADDER.slice(k, k + 2);
    const open = ci[0] !== null && ci[1] !== null && ci[0] <= 0 && ci[1] >= 0;
    return open && pair.includes(kind) ? pair.filter((other) => other !== kind) : [];
  });
  return equals.length === 0 ? '' : ` (not told apart from ${equals.map(methodLabel).join(' and ')})`;
}

function stepSentence(step: LadderStep, { ldsChange, errorShare, error }: SettingResults): string {
  const [from, to] = LADDER.slice(LADDER_STEPS.indexOf(step));
  const { change, ci } = ldsChange[step];
  const share = errorShare[step];
  const errors = `The error of the inverse goes from ${precise(error[from])} to ${precise(error[to])}${share === null ? '' : ` (${percent(share)} of the whole gap)`}.`;
  return `${methodLabel(from)} → ${methodLabel(to)}: ${changeClause(change, ci)} ${errors}`;
}

function changeClause(change: number | null, [lo, hi]: readonly [number | null, number | null]): string {
  if (change === null || lo === null || hi === null) return 'the change in LDS is undefined.';
  if (lo > 0) return `LDS rises by ${range(change, lo, hi)}.`;
  if (hi < 0) return `LDS falls by ${range(-change, -hi, -lo)}.`;
  return `LDS changes by ${range(change, lo, hi)}, an interval that includes zero: no difference is claimed.`;
}

function range(value: number, lo: number, hi: number): string {
  return `${fixed(value, 3)} [${fixed(lo, 3)}, ${fixed(hi, 3)}]`;
}
