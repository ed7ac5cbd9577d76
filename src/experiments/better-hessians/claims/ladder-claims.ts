/** @file Claims about the order of the methods within a setting. */
import { LADDER, LADDER_STEPS, type LadderKind, type LadderStep } from '../../../curvature/index.ts';
import {
  type Estimate,
  isDefined,
  negated,
  pairedModels,
  SIGNIFICANT,
  signOf,
  UNDEFINED,
} from '../../judging/estimate.ts';
import type { Outcome } from '../../judging/verdict.ts';
import type { Method } from '../../protocol/methods.ts';
import { methodLabel } from '../results/setting-table.ts';
import type { ConventionResult, Verdict } from '../study/study.ts';
import { claim, type PaperClaim } from './claim.ts';
import { inAllSettings } from './comparisons.ts';
import { ldsDifference, ofNetworkValues, ofRetrainings, type Quantity, stepLabel } from './quantities.ts';

const PLACE = ['§4.2 (1)', 1, 2, 3] as const;

const OUTCOMES: Readonly<Record<Verdict, Outcome>> = {
  holds: 'as-stated',
  reversed: 'opposite',
  undecided: 'open',
  undefined: 'missing',
};

/** What a convention's paired interval says to LDS(a) > LDS(b). */
function relationOutcome({ relations }: ConventionResult, a: Method, b: Method): Outcome {
  return OUTCOMES[relations.find((r) => r.a === a && r.b === b)?.verdict ?? 'undefined'];
}

function stepClaim(step: LadderStep): PaperClaim {
  const [a, b] = ladderPair(step);
  const tolerant = step === 'hessian→ggn';
  return claim(
    `lds-${a}-${b}`,
    PLACE,
    `In every setting the LDS of ${methodLabel(a)} is ${tolerant ? 'at least about' : 'above'} that of ${methodLabel(b)}.`,
    inAllSettings('positive', ldsDifference(a, b)),
    {
      demand: tolerant ? 'not-below' : 'strict',
      underConvention: (convention) => relationOutcome(convention, a, b),
    },
  );
}

/** Eq. 9 below a step over Eq. 9 above it, network by network. */
function errorGrowth(step: LadderStep): Quantity {
  const [above, below] = ladderPair(step);
  return ofNetworkValues(`Eq. 9, ${methodLabel(below)} less ${methodLabel(above)}`, ({ errorSingle }) =>
    pairedModels(errorSingle[below], errorSingle[above]),
  );
}

/**
 * The LDS that a step costs where it raises the error, or gains where it lowers it: positive when both move against each
 * other. Where the sign of the change of the error is not known, zero is in the range.
 */
function coMovement(step: LadderStep): Quantity {
  const cost = ldsDifference(...ladderPair(step));
  const growth = errorGrowth(step);
  return ofRetrainings(`LDS against Eq. 9, ${stepLabel(step)}`, (results) => {
    const loss = cost.of(results);
    switch (signOf(growth.of(results))) {
      case 'positive':
        return loss;
      case 'negative':
        return negated(loss);
      case 'undecided':
        return straddling(loss);
      case 'undefined':
        return UNDEFINED;
    }
  });
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
    const lds = relationOutcome(convention, above, below);
    const [from, to] = [convention.methods[above].error, convention.methods[below].error];
    if (from === null || to === null || lds === 'missing') return 'missing';
    if (from === to || lds === 'open') return 'open';
    return (lds === 'as-stated') === to > from ? 'as-stated' : 'opposite';
  });
  const first = (['missing', 'opposite', 'open'] as const).find((outcome) => outcomes.includes(outcome));
  return first ?? 'as-stated';
}

function errorOrderOutcome({ errorOrder }: ConventionResult): Outcome {
  if (errorOrder.length === 0) return 'missing';
  return errorOrder.every((kind, i) => kind === LADDER[i]) ? 'as-stated' : 'opposite';
}

function ladderPair(step: LadderStep): [LadderKind, LadderKind] {
  const k = LADDER_STEPS.indexOf(step);
  return [LADDER[k], LADDER[k + 1]];
}

/** The order of the methods, in LDS and in error. */
export const LADDER_CLAIMS: readonly PaperClaim[] = [
  ...LADDER_STEPS.map(stepClaim),
  claim(
    'error-order',
    PLACE,
    'In every setting the error of the inverse (Eq. 9) grows at every step Hessian, GGN, Block-GGN, EK-FAC, K-FAC.',
    inAllSettings('positive', ...LADDER_STEPS.map(errorGrowth)),
    { format: SIGNIFICANT, underConvention: errorOrderOutcome },
  ),
  claim(
    'inverse-relation',
    PLACE,
    'In every setting a lower error goes with a higher LDS: where a step of the ladder raises the error, it lowers the LDS.',
    inAllSettings('positive', ...LADDER_STEPS.map(coMovement)),
    { underConvention: coMovementOutcome },
  ),
];
