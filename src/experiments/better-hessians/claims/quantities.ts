/** @file The quantities that claims compare, each with its range and the way in which two settings differ in it. */
import {
  errorShares,
  LADDER,
  LADDER_STEPS,
  type LadderKind,
  type LadderStep,
} from '../../../curvature/index.ts';
import { recordBy } from '../../files/record-by.ts';
import {
  aroundModels,
  type Estimate,
  independentDifference,
  interval,
  isDefined,
  magnitude,
  meanOverModels,
  overModels,
  pairedModels,
  UNDEFINED,
} from '../../judging/estimate.ts';
import { average } from '../../judging/judge.ts';
import type { Method } from '../../protocol/methods.ts';
import type { SettingResults, SingleDiagnostics } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import type { RangeSource } from './claim.ts';

/** A number that every setting has. */
export interface Quantity {
  readonly label: string;
  readonly source: RangeSource;
  readonly of: (results: SettingResults) => Estimate;
  /** With the range over single networks, which a number that the paper gives is held against; absent where `of` has an interval over subsets. */
  readonly spread?: (results: SettingResults) => Estimate;
  /** b − a of two settings. */
  readonly difference: (b: Estimate, a: Estimate) => Estimate;
}

/** A number judged by retraining, with a bootstrap interval; settings are independent of each other. */
export function ofRetrainings(label: string, of: Quantity['of']): Quantity {
  return { label, source: 'retrainings', of, difference: independentDifference };
}

/** A number with Student's interval over base models, and their range. */
export function ofNetworks(label: string, of: Quantity['of'], spread: Quantity['of'] = of): Quantity {
  return { label, source: 'networks', of, spread, difference: independentDifference };
}

/** The LDS of a method. */
export function lds(method: Method): Quantity {
  return ofRetrainings(methodLabel(method), (results) =>
    interval(results.lds[method].mean, results.lds[method].ci),
  );
}

/** LDS(a) − LDS(b), paired. */
export function ldsDifference(a: Method, b: Method): Quantity {
  return ofRetrainings(`${methodLabel(a)} over ${methodLabel(b)}`, (results) => pairedLds(results, a, b));
}

/** The size of a difference between two methods, whichever is ahead. */
export function ldsGap(a: Method, b: Method): Quantity {
  return ofRetrainings(`${methodLabel(a)} against ${methodLabel(b)}`, (results) =>
    magnitude(pairedLds(results, a, b)),
  );
}

/** A number that every base model has: its mean. */
export function ofNetworkValues(
  label: string,
  values: (results: SettingResults) => readonly (number | null)[],
): Quantity {
  return ofNetworks(
    label,
    (results) => meanOverModels(values(results)),
    (results) => overModels(values(results)),
  );
}

/** Eq. 9. */
export function error(kind: LadderKind): Quantity {
  return ofNetworkValues(methodLabel(kind), (results) => results.errorSingle[kind]);
}

/** LDS lost per unit of error between two methods: the interval is that of the LDS, the error's mean is taken as given. */
export function slope(a: LadderKind, b: LadderKind): Quantity {
  return ofRetrainings(`LDS lost from ${methodLabel(a)} to ${methodLabel(b)} per unit of Eq. 9`, (results) =>
    scaled(pairedLds(results, a, b), errorGap(results, a, b)),
  );
}

function errorGap({ error: errors }: SettingResults, a: LadderKind, b: LadderKind): number | null {
  const [from, to] = [errors[a], errors[b]];
  return from === null || to === null ? null : to - from;
}

function scaled(estimate: Estimate, by: number | null): Estimate {
  if (!isDefined(estimate) || by === null || by === 0) return UNDEFINED;
  const [x, y] = [estimate.lo / by, estimate.hi / by];
  return { value: estimate.value / by, lo: Math.min(x, y), hi: Math.max(x, y) };
}

/** The shares of the steps in err(K-FAC) − err(Hessian). */
type Shares = Readonly<Record<LadderStep, number>>;

/** A number made of the error shares: that of the mean errors. */
export function share(label: string, read: (shares: Shares) => number): Quantity {
  return ofNetworks(
    label,
    (results) => shareInterval(results, read),
    (results) => shareRange(results, read),
  );
}

/** How far the share of a step is above the largest other one. */
export function shareLead(step: LadderStep): Quantity {
  const others = LADDER_STEPS.filter((other) => other !== step);
  return share(
    `share of ${stepLabel(step)} less the largest other one`,
    (shares) => shares[step] - Math.max(...others.map((other) => shares[other])),
  );
}

/** A distance of appendix C. */
export function diagnostic(label: string, name: keyof SingleDiagnostics): Quantity {
  return ofNetworkValues(label, (results) => diagnosticsOf(results, name));
}

/** b − a of two diagnostics, network by network. */
export function diagnosticLead(
  label: string,
  b: keyof SingleDiagnostics,
  a: keyof SingleDiagnostics,
): Quantity {
  return ofNetworkValues(label, (results) =>
    pairedModels(diagnosticsOf(results, b), diagnosticsOf(results, a)),
  );
}

function diagnosticsOf(
  { diagnosticsSingle }: SettingResults,
  name: keyof SingleDiagnostics,
): (number | null)[] {
  return diagnosticsSingle.map((single) => single[name]);
}

/** "GGN → Block-GGN". */
export function stepLabel(step: LadderStep): string {
  const [from, to] = step.split('→') as [Method, Method];
  return `${methodLabel(from)} → ${methodLabel(to)}`;
}

/** LDS(a) − LDS(b) with its paired interval. */
export function pairedLds({ differences }: SettingResults, a: Method, b: Method): Estimate {
  const entry = differences[`${a}−${b}`];
  return entry === undefined ? UNDEFINED : interval(entry.difference, entry.ci);
}

/** The share of the mean errors, with the range over the shares of single models. */
function shareRange({ errorShare, errorSingle }: SettingResults, read: (shares: Shares) => number): Estimate {
  const value = read(recordBy(LADDER_STEPS, (step) => errorShare[step] ?? Number.NaN));
  const single = errorSingle.hessian.map((_, model) => read(sharesOf(errorSingle, (i) => i === model)));
  const all = [value, ...single];
  if (!all.every(Number.isFinite)) return UNDEFINED;
  return { value, lo: Math.min(...all), hi: Math.max(...all) };
}

/** The same with Student's interval: a share is one of mean errors, so each model is left out in turn. */
function shareInterval(
  { errorShare, errorSingle, models }: SettingResults,
  read: (shares: Shares) => number,
): Estimate {
  const value = read(recordBy(LADDER_STEPS, (step) => errorShare[step] ?? Number.NaN));
  const without =
    models < 2 ? [] : errorSingle.hessian.map((_, model) => read(sharesOf(errorSingle, (i) => i !== model)));
  return [value, ...without].every(Number.isFinite) ? aroundModels(value, without) : UNDEFINED;
}

/** Shares of the mean errors of some models. */
function sharesOf(errors: SettingResults['errorSingle'], keep: (model: number) => boolean): Shares {
  return errorShares(
    recordBy(LADDER, (kind) => average(errors[kind].filter((_, i) => keep(i)).map((e) => e ?? Number.NaN))),
  );
}
