/** @file Claims about the order of the methods within a setting. */
import {
  CURVATURE_KINDS,
  type CurvatureKind,
  LADDER_STEPS,
  type LadderStep,
} from '../../../curvature/index.ts';
import type { Outcome } from '../../judging/check.ts';
import {
  DECIMALS,
  type Estimate,
  isDefined,
  negated,
  pairedOverModels,
  rangeDifference,
  signOf,
  UNDEFINED,
} from '../../judging/estimate.ts';
import type { Method } from '../../protocol/tasks.ts';
import { methodLabel } from '../results/setting-table.ts';
import type { ConventionResult } from '../study/study.ts';
import type { Claim, Sweeps } from './claim.ts';
import { everywhere, ldsDifference, type Quantity, stepLabel } from './quantities.ts';
import type { SweepCheck } from './sweeps.ts';
import { AXES } from './sweeps.ts';

/** How errors and shares are written. */
export const DIGITS = { digits: (x: number): string => x.toPrecision(3) };
const percentDigits = (x: number): string => (100 * x).toFixed(1);
/** Differences of shares. */
export const POINTS = { digits: percentDigits, unit: ' percentage points' };
export const PERCENT = { digits: percentDigits, unit: ' %' };

/** A quantity in every setting of every sweep, each setting once. */
export function inAllSettings(
  sweeps: Sweeps,
  quantity: Quantity,
  expected: SweepCheck['expected'],
): SweepCheck[] {
  const members = AXES.flatMap((axis) => sweeps[axis]?.members ?? []);
  const once = new Map(members.map((member) => [member.name, member]));
  return everywhere([...once.values()], quantity, expected);
}

const PLACE = { section: '§4.2 (1)', figures: [1, 2, 3] } as const;

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
  const [a, b] = ladderPair(step);
  const tolerant = step === 'hessian→ggn';
  return {
    id: `lds-${a}-${b}`,
    ...PLACE,
    claim: `In every setting the LDS of ${methodLabel(a)} is ${tolerant ? 'at least about' : 'above'} that of ${methodLabel(b)}.`,
    format: DECIMALS,
    demand: tolerant ? 'not-below' : 'strict',
    checks: (sweeps) => inAllSettings(sweeps, ldsDifference(a, b), 'positive'),
    underConvention: relationOutcome(a, b),
  };
}

/** Eq. 9 below a step over Eq. 9 above it, network by network. */
export function errorGrowth(step: LadderStep): Quantity {
  const [above, below] = ladderPair(step);
  return {
    label: `Eq. 9, ${methodLabel(below)} less ${methodLabel(above)}`,
    basis: 'networks',
    of: ({ errorSingle }) => pairedOverModels(errorSingle[below], errorSingle[above]),
    difference: rangeDifference,
  };
}

/**
 * The LDS that a step costs where it raises the error, or gains where it lowers it: positive when both move against each
 * other. Where the sign of the change of the error is not known, zero is in the range.
 */
function coMovement(step: LadderStep): Quantity {
  const cost = ldsDifference(...ladderPair(step));
  return {
    ...cost,
    label: `LDS against Eq. 9, ${stepLabel(step)}`,
    of: (results) => {
      const loss = cost.of(results);
      switch (signOf(errorGrowth(step).of(results))) {
        case 'positive':
          return loss;
        case 'negative':
          return negated(loss);
        case 'undecided':
          return straddling(loss);
        case 'undefined':
          return UNDEFINED;
      }
    },
  };
}

/** A range widened to include zero: nothing can be said. */
function straddling(estimate: Estimate): Estimate {
  if (!isDefined(estimate)) return UNDEFINED;
  const { value, lo, hi } = estimate;
  return { value, lo: Math.min(lo, 0), hi: Math.max(hi, 0) };
}

/** The same of one convention: paired intervals of the LDS against the errors at hand. */
function coMovementOutcome(convention: ConventionResult): Outcome {
  const outcomes = LADDER_STEPS.map((step): Outcome => {
    const [above, below] = ladderPair(step);
    const lds = relationOutcome(above, below)(convention);
    const [from, to] = [convention.methods[above].error, convention.methods[below].error];
    if (from === null || to === null || lds === 'missing') return 'missing';
    if (from === to || lds === 'open') return 'open';
    return (lds === 'as-stated') === to > from ? 'as-stated' : 'opposite';
  });
  const first = (['missing', 'opposite', 'open'] as const).find((outcome) => outcomes.includes(outcome));
  return first ?? 'as-stated';
}

function ladderPair(step: LadderStep): [CurvatureKind, CurvatureKind] {
  const k = LADDER_STEPS.indexOf(step);
  return [CURVATURE_KINDS[k], CURVATURE_KINDS[k + 1]];
}

/** The order of the methods, in LDS and in error. */
export const LADDER_CLAIMS: readonly Claim[] = [
  ...LADDER_STEPS.map(stepClaim),
  {
    id: 'error-order',
    ...PLACE,
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
    ...PLACE,
    claim:
      'In every setting a lower error goes with a higher LDS: where a step of the ladder raises the error, it lowers the LDS.',
    format: DECIMALS,
    demand: 'strict',
    checks: (sweeps) => LADDER_STEPS.flatMap((step) => inAllSettings(sweeps, coMovement(step), 'positive')),
    underConvention: coMovementOutcome,
  },
];
