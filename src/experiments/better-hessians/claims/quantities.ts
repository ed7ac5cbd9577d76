/** @file The quantities that sweeps compare, each with its range and the way in which two settings differ in it. */
import { type CurvatureKind, errorShares, LADDER_STEPS, type LadderStep } from '../../../curvature/index.ts';
import type { Basis } from '../../judging/check.ts';
import {
  type Estimate,
  independentDifference,
  interval,
  magnitude,
  overModels,
  rangeDifference,
  UNDEFINED,
} from '../../judging/estimate.ts';
import type { Method } from '../../protocol/tasks.ts';
import type { SettingResults, SingleDiagnostics } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import type { SweepCheck } from './sweeps.ts';
import { ends, type NamedResults, rangeName, type Sweep, type SweepMember } from './sweeps.ts';

/** A number that every setting has. */
export interface Quantity {
  readonly label: string;
  readonly basis: Basis;
  of(results: SettingResults): Estimate;
  /** b − a of two settings. */
  difference(b: Estimate, a: Estimate): Estimate;
}

/** The LDS of a method; the range is the bootstrap interval over subsets. */
export function lds(method: Method): Quantity {
  return {
    label: methodLabel(method),
    basis: 'retrainings',
    of: (results) => interval(results.lds[method].mean, results.lds[method].ci),
    difference: independentDifference,
  };
}

/** LDS(a) − LDS(b), paired over subsets; settings are independent of each other. */
export function ldsDifference(a: Method, b: Method): Quantity {
  return {
    label: `${methodLabel(a)} over ${methodLabel(b)}`,
    basis: 'retrainings',
    of: (results) => pairedLds(results, a, b),
    difference: independentDifference,
  };
}

/** The size of a difference between two methods, whichever is ahead. */
export function ldsGap(a: Method, b: Method): Quantity {
  return {
    label: `${methodLabel(a)} against ${methodLabel(b)}`,
    basis: 'retrainings',
    of: (results) => magnitude(pairedLds(results, a, b)),
    difference: independentDifference,
  };
}

/** Eq. 9; the range is over base networks. */
export function error(kind: CurvatureKind): Quantity {
  return {
    label: methodLabel(kind),
    basis: 'networks',
    of: (results) => overModels(results.errorSingle[kind]),
    difference: rangeDifference,
  };
}

/** The shares of the steps in err(K-FAC) − err(Hessian). */
export type Shares = Readonly<Record<LadderStep, number>>;

/** A number made of the error shares: that of the mean errors, with the range over base networks. */
export function share(label: string, read: (shares: Shares) => number): Quantity {
  return {
    label,
    basis: 'networks',
    of: (results) => shareEstimate(results, read),
    difference: rangeDifference,
  };
}

/** How far the share of a step is above the largest other one. */
export function shareLead(step: LadderStep): Quantity {
  const others = LADDER_STEPS.filter((other) => other !== step);
  return share(
    `share of ${stepLabel(step)} less the largest other one`,
    (shares) => shares[step] - Math.max(...others.map((other) => shares[other])),
  );
}

/** A distance of appendix C; the range is over base networks. */
export function diagnostic(label: string, name: keyof SingleDiagnostics): Quantity {
  return {
    label,
    basis: 'networks',
    of: ({ diagnosticsSingle }) => overModels(diagnosticsSingle.map((single) => single[name])),
    difference: rangeDifference,
  };
}

/** b − a of two diagnostics, network by network. */
export function diagnosticLead(
  label: string,
  b: keyof SingleDiagnostics,
  a: keyof SingleDiagnostics,
): Quantity {
  return {
    label,
    basis: 'networks',
    of: ({ diagnosticsSingle }) =>
      overModels(
        diagnosticsSingle.map((single) => {
          const [x, y] = [single[b], single[a]];
          return x === null || y === null ? null : x - y;
        }),
      ),
    difference: rangeDifference,
  };
}

/** "GGN → Block-GGN". */
export function stepLabel(step: LadderStep): string {
  const [from, to] = step.split('→') as [Method, Method];
  return `${methodLabel(from)} → ${methodLabel(to)}`;
}

/** Whether a quantity is above or below zero in some settings. */
export function everywhere(
  settings: readonly NamedResults[],
  quantity: Quantity,
  expected: SweepCheck['expected'],
): SweepCheck[] {
  return settings.map((setting) => ({
    label: `${quantity.label}, ${setting.name}`,
    found: quantity.of(setting.results),
    expected,
    basis: quantity.basis,
    settings: [setting],
  }));
}

/** Whether a quantity is larger or smaller at the end of a sweep than at its start. */
export function firstToLast(sweep: Sweep, quantity: Quantity, expected: SweepCheck['expected']): SweepCheck {
  const [first, last] = ends(sweep);
  return change(sweep, first, last, quantity, expected);
}

/** Whether a quantity rises or falls from each setting of a sweep to the next. */
export function stepByStep(sweep: Sweep, quantity: Quantity, expected: SweepCheck['expected']): SweepCheck[] {
  return sweep.members
    .slice(1)
    .map((member, i) => change(sweep, sweep.members[i], member, quantity, expected));
}

/** Whether the last step of a sweep moves a quantity less than the first one. Empty for fewer than three settings. */
export function levelsOff(sweep: Sweep, quantity: Quantity): SweepCheck[] {
  const { axis, members } = sweep;
  if (members.length < 3) return [];
  const stepName = (k: number): string => rangeName(axis, members[k].value, members[k + 1].value);
  const moved = (to: number): Estimate => magnitude(move(members[to - 1], members[to], quantity));
  return [
    {
      label: `${quantity.label}, last step (${stepName(members.length - 2)}) against first (${stepName(0)})`,
      found: quantity.difference(moved(members.length - 1), moved(1)),
      expected: 'negative',
      basis: quantity.basis,
      settings: [members[0], members[1], members[members.length - 2], members[members.length - 1]],
    },
  ];
}

/** Whether one sweep moves a quantity less from end to end than another. Empty without the other. */
export function movesLess(sweep: Sweep, other: Sweep | undefined, quantity: Quantity): SweepCheck[] {
  if (other === undefined) return [];
  const moved = (which: Sweep): Estimate => magnitude(move(...ends(which), quantity));
  return [
    {
      label: `${quantity.label}, over ${sweep.axis} against ${other.axis}`,
      found: quantity.difference(moved(sweep), moved(other)),
      expected: 'negative',
      basis: quantity.basis,
      settings: [...ends(sweep), ...ends(other)],
    },
  ];
}

/** LDS(a) − LDS(b) with its paired interval. */
export function pairedLds({ differences }: SettingResults, a: Method, b: Method): Estimate {
  const entry = differences[`${a}−${b}`];
  return entry === undefined ? UNDEFINED : interval(entry.difference, entry.ci);
}

function move(from: SweepMember, to: SweepMember, quantity: Quantity): Estimate {
  return quantity.difference(quantity.of(to.results), quantity.of(from.results));
}

function change(
  { axis }: Sweep,
  from: SweepMember,
  to: SweepMember,
  quantity: Quantity,
  expected: SweepCheck['expected'],
): SweepCheck {
  const label = `${quantity.label}, ${rangeName(axis, from.value, to.value)}`;
  return { label, found: move(from, to, quantity), expected, basis: quantity.basis, settings: [from, to] };
}

function shareEstimate(
  { errorShare, errorSingle }: SettingResults,
  read: (shares: Shares) => number,
): Estimate {
  const numbers = LADDER_STEPS.map((step) => [step, errorShare[step] ?? Number.NaN] as const);
  const value = read(Object.fromEntries(numbers) as Shares);
  const single = errorSingle.hessian.map((_, model) => read(errorShares(errorsAt(errorSingle, model))));
  const all = [value, ...single];
  if (!all.every(Number.isFinite)) return UNDEFINED;
  return { value, lo: Math.min(...all), hi: Math.max(...all) };
}

function errorsAt(
  errors: SettingResults['errorSingle'],
  model: number,
): Readonly<Record<CurvatureKind, number>> {
  return Object.fromEntries(
    Object.entries(errors).map(([kind, values]) => [kind, values[model] ?? Number.NaN]),
  ) as Record<CurvatureKind, number>;
}
