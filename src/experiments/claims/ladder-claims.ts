/** @file Claims about the order of the methods within a setting. */
import { CURVATURE_KINDS, LADDER_STEPS, type LadderStep } from '../../curvature/index.ts';
import { spearman } from '../../influence/index.ts';
import { type Estimate, overModels, pairedOverModels, rangeDifference } from '../report/estimate.ts';
import { everywhere, ldsDifference, type Quantity } from '../report/quantities.ts';
import type { Check, Outcome } from '../report/statement.ts';
import { AXES } from '../report/sweeps.ts';
import { methodLabel } from '../results/table.ts';
import type { Method } from '../run/plan.ts';
import type { ConventionResult } from '../study/study.ts';
import type { Claim, Sweeps } from './claim.ts';

/** How LDS, errors and shares are written. */
export const DECIMALS = { digits: (x: number): string => x.toFixed(3) };
export const DIGITS = { digits: (x: number): string => x.toPrecision(3) };
export const PERCENT = { digits: (x: number): string => (100 * x).toFixed(1), unit: ' %' };

/** A quantity in every setting of every sweep, each setting once. */
export function inAllSettings(sweeps: Sweeps, quantity: Quantity, expected: Check['expected']): Check[] {
  const seen = new Set<string>();
  return AXES.flatMap((axis) => {
    const sweep = sweeps[axis];
    if (sweep === undefined) return [];
    const members = sweep.members.filter(({ name }) => !seen.has(name));
    for (const { name } of members) seen.add(name);
    return members.flatMap((member) =>
      everywhere({ ...sweep, members: [member] }, quantity, expected).map((check) => ({
        ...check,
        label: `${quantity.label}, ${member.name}`,
      })),
    );
  });
}

const PLACE = '§4.2 (1), Figures 1–3';

/** What a convention's paired interval says to LDS(a) > LDS(b). */
export function relationOutcome(a: Method, b: Method): (convention: ConventionResult) => Outcome {
  return ({ relations }) => {
    const verdict = relations.find((r) => r.a === a && r.b === b)?.verdict;
    return verdict === 'holds'
      ? 'as-stated'
      : verdict === 'reversed'
        ? 'opposite'
        : verdict === 'undecided'
          ? 'open'
          : 'missing';
  };
}

function stepClaim(step: LadderStep): Claim {
  const [a, b] = step.split('→') as [Method, Method];
  const tolerant = step === 'hessian→ggn';
  return {
    id: `lds-${a}-${b}`,
    place: PLACE,
    claim: `In every setting the LDS of ${methodLabel(a)} is ${tolerant ? 'at least about' : 'above'} that of ${methodLabel(b)}.`,
    format: DECIMALS,
    demand: tolerant ? 'not-below' : 'strict',
    checks: (sweeps) => inAllSettings(sweeps, ldsDifference(a, b), 'positive'),
    underConvention: relationOutcome(a, b),
  };
}

/** Eq. 9 below a step over Eq. 9 above it, network by network. */
export function errorGrowth(step: LadderStep): Quantity {
  const k = LADDER_STEPS.indexOf(step);
  const [above, below] = CURVATURE_KINDS.slice(k, k + 2);
  return {
    label: `Eq. 9, ${methodLabel(below)} less ${methodLabel(above)}`,
    of: ({ errorSingle }) => pairedOverModels(errorSingle[below], errorSingle[above]),
    difference: rangeDifference,
  };
}

/** Spearman's ρ between Eq. 9 and LDS over the five curvatures, for each base network. */
const ERROR_LDS: Quantity = {
  label: 'ρ(Eq. 9, LDS) over the five curvatures',
  of: ({ errorSingle, lds, models }): Estimate =>
    overModels(
      Array.from({ length: models }, (_, m) => {
        const errors = CURVATURE_KINDS.map((kind) => errorSingle[kind][m] ?? Number.NaN);
        const scores = CURVATURE_KINDS.map((kind) => lds[kind].single.values[m] ?? Number.NaN);
        if ([...errors, ...scores].some(Number.isNaN)) return null;
        const rho = spearman(errors, scores);
        return Number.isNaN(rho) ? null : rho;
      }),
    ),
  difference: rangeDifference,
};

/** The order of the methods, in LDS and in error. */
export const LADDER_CLAIMS: readonly Claim[] = [
  ...LADDER_STEPS.map(stepClaim),
  {
    id: 'error-order',
    place: PLACE,
    claim:
      'In every setting the error of the inverse (Eq. 9) grows at every step Hessian, GGN, Block-GGN, EK-FAC, K-FAC.',
    format: DIGITS,
    demand: 'strict',
    checks: (sweeps) => LADDER_STEPS.flatMap((step) => inAllSettings(sweeps, errorGrowth(step), 'positive')),
    underConvention: ({ errorOrder }) =>
      errorOrder.length === 0
        ? 'missing'
        : errorOrder.every((kind, i) => kind === CURVATURE_KINDS[i])
          ? 'as-stated'
          : 'opposite',
  },
  {
    id: 'inverse-relation',
    place: PLACE,
    claim: 'In every setting a lower error goes with a higher LDS.',
    format: DECIMALS,
    demand: 'strict',
    checks: (sweeps) => inAllSettings(sweeps, ERROR_LDS, 'negative'),
    underConvention: ({ errorLdsCorrelation: rho }) =>
      rho === null ? 'missing' : rho < 0 ? 'as-stated' : rho > 0 ? 'opposite' : 'open',
  },
];
