/** @file The answer over all settings in words, from paired intervals alone. */
import { LADDER, LADDER_STEPS, type LadderKind, type LadderStep } from '../../../curvature/index.ts';
import { type Sign, signOf } from '../../judging/estimate.ts';
import { counted, fixed } from '../../judging/table.ts';
import { GRADIENT_DOT, type Method } from '../../protocol/methods.ts';
import { pairedLds, stepLabel } from '../claims/quantities.ts';
import type { NamedResults } from '../claims/sweeps.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';

/** A sentence that answers the question, and what it rests on. */
export interface OverallAnswer {
  readonly headline: string;
  readonly points: readonly string[];
}

/** A share of the decided comparisons from which on the answer is "mostly", and from which down "seldom". */
const MOSTLY = 0.75;
const SELDOM = 0.25;

/** What all settings say together. @param settings - At least one. */
export function overallAnswer(settings: readonly NamedResults[]): OverallAnswer {
  const steps = settings.flatMap(({ results }) => LADDER_STEPS.map((step) => stepSign(results, step)));
  return {
    headline: headline(steps, settings.length),
    points: [
      neighbours(steps, settings.length),
      ends(settings),
      levels(settings),
      baseline(settings),
      errors(settings),
    ].filter((point) => point !== undefined),
  };
}

/** From the signs of LDS(finer) − LDS(coarser) of neighbours on the ladder, in so many settings. */
export function headline(signs: readonly Sign[], settings: number): string {
  const finer = count(signs, 'positive');
  const coarser = count(signs, 'negative');
  if (finer + coarser === 0)
    return 'Undecided: no paired interval between neighbours on the ladder excludes zero.';
  if (2 * (finer + coarser) < signs.length)
    return 'Largely undecided: most neighbouring approximations cannot be told apart by these retrainings.';
  if (coarser === 0)
    return 'Yes, wherever these retrainings decide: the finer of two neighbouring approximations scores higher.';
  if (finer === 0)
    return 'No: wherever these retrainings decide, the coarser of two neighbouring approximations scores higher.';
  const share = finer / (finer + coarser);
  if (share >= MOSTLY) return 'Mostly: the finer of two neighbouring approximations usually scores higher.';
  if (share > SELDOM)
    return `Not in general: it depends on the step${settings > 1 ? ' and on the setting' : ''}.`;
  return 'Seldom: the coarser of two neighbouring approximations usually scores higher.';
}

function neighbours(signs: readonly Sign[], settings: number): string {
  return (
    `Of ${counted(count(signs, 'positive') + count(signs, 'negative') + count(signs, 'undecided'), 'comparison')} between neighbours on the ladder ` +
    `(${counted(settings, 'setting')}, four steps each), the finer approximation has the higher LDS in ${count(signs, 'positive')}, ` +
    `the coarser in ${count(signs, 'negative')}; ${count(signs, 'undecided') === 0 ? 'none' : count(signs, 'undecided')} cannot be told apart.`
  );
}

function ends(settings: readonly NamedResults[]): string {
  const where = (sign: Sign): string[] =>
    settings
      .filter(({ results }) => signOf(pairedLds(results, 'hessian', 'kfac')) === sign)
      .map(({ name }) => name);
  const groups = [
    outcome('scores higher than K-FAC', where('positive')),
    outcome('scores lower', where('negative')),
    outcome('cannot be told apart from it', where('undecided')),
  ].filter((group) => group !== undefined);
  return groups.length === 0
    ? 'The exact Hessian and K-FAC could not be compared.'
    : `From one end of the ladder to the other: the exact Hessian ${groups.join(', ')}.`;
}

function outcome(words: string, names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `${words} in ${names.length} (${names.join(', ')})`;
}

function levels(settings: readonly NamedResults[]): string | undefined {
  const best = settings.flatMap(({ name, results }) => {
    const kind = bestCurvature(results);
    const lds = kind === undefined ? null : results.lds[kind].mean;
    const ceiling = results.ceiling;
    if (kind === undefined || lds === null || ceiling === null || ceiling <= 0) return [];
    return [{ name, kind, lds, ceiling, reached: lds / ceiling }];
  });
  if (best.length === 0) return undefined;
  const sorted = best.sort((a, b) => a.reached - b.reached);
  const words = ({ name, kind, lds, ceiling }: (typeof best)[number]): string =>
    `${fixed(lds, 2)} of a possible ${fixed(ceiling, 2)} (${methodLabel(kind)}, ${name})`;
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  return low === high
    ? `The best curvature reaches an LDS of ${words(low)}.`
    : `The best curvature of a setting reaches between ${words(low)} and ${words(high)}.`;
}

function baseline(settings: readonly NamedResults[]): string {
  const above = (choose: (results: SettingResults) => Method | undefined): number =>
    settings.filter(({ results }) => {
      const method = choose(results);
      return method !== undefined && signOf(pairedLds(results, method, GRADIENT_DOT)) === 'positive';
    }).length;
  return (
    `Without any curvature, the plain gradient dot product is beaten by the exact Hessian in ${above(() => 'hessian')} of ` +
    `${counted(settings.length, 'setting')}, and by the best curvature in ${above(bestCurvature)}.`
  );
}

function errors(settings: readonly NamedResults[]): string | undefined {
  const largest = settings.flatMap(({ results }) => {
    const known = LADDER_STEPS.filter((step) => results.errorShare[step] !== null);
    return known.length < LADDER_STEPS.length
      ? []
      : [known.reduce((a, b) => ((results.errorShare[b] ?? 0) > (results.errorShare[a] ?? 0) ? b : a))];
  });
  if (largest.length === 0) return undefined;
  const tally = LADDER_STEPS.flatMap((step) => {
    const times = largest.filter((other) => other === step).length;
    return times === 0 ? [] : [{ step, times }];
  }).sort((a, b) => b.times - a.times);
  return `The error of the inverse grows most at ${tally.map(({ step, times }) => `${stepLabel(step)} in ${times}`).join(', at ')} of ${counted(largest.length, 'setting')}.`;
}

/** The curvature with the highest LDS. */
function bestCurvature({ lds }: SettingResults): LadderKind | undefined {
  const known = LADDER.filter((kind) => lds[kind].mean !== null);
  return known.length === 0
    ? undefined
    : known.reduce((a, b) => ((lds[b].mean ?? 0) > (lds[a].mean ?? 0) ? b : a));
}

function stepSign(results: SettingResults, step: LadderStep): Sign {
  const [a, b] = step.split('→') as [Method, Method];
  return signOf(pairedLds(results, a, b));
}

function count(signs: readonly Sign[], sign: Sign): number {
  return signs.filter((other) => other === sign).length;
}
