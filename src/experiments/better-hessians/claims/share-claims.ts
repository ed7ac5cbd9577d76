/** @file Claims about the steps of the ladder: their shares of the error and what they cost in LDS. */
import { LADDER, type LadderKind, type LadderStep } from '../../../curvature/index.ts';
import { all } from '../../judging/claim.ts';
import { isDefined, PERCENT, POINTS, SIGNIFICANT, UNDEFINED } from '../../judging/estimate.ts';
import type { Outcome } from '../../judging/verdict.ts';
import { methodLabel } from '../results/setting-table.ts';
import type { ConventionResult } from '../study/study.ts';
import { claim, type PaperClaim, type PaperFigure } from './claim.ts';
import { at, fromFirstToLast, statedAt } from './comparisons.ts';
import {
  ldsDifference,
  ofNetworks,
  ofRetrainings,
  type Quantity,
  share,
  shareLead,
  slope,
  stepLabel,
} from './quantities.ts';
import { type Axis, paperValues } from './sweeps.ts';

const shareOf = (step: LadderStep): Quantity => share(`share of ${stepLabel(step)}`, (s) => s[step]);
const LAST = shareOf('ekfac→kfac');
const FACTORISATION = share(
  'share of both factorisation steps',
  (s) => s['block-ggn→ekfac'] + s['ekfac→kfac'],
);

/** Under a convention: whether EK-FAC → K-FAC raises Eq. 9 more than every other step. */
function lastStepLargest({ methods }: ConventionResult): Outcome {
  const errors = LADDER.map((kind) => methods[kind].error);
  const known = errors.filter((e) => e !== null);
  if (known.length < errors.length) return 'missing';
  const growth = known.slice(1).map((e, i) => e - known[i]);
  const last = growth[growth.length - 1];
  return last > 0 && growth.slice(0, -1).every((g) => g < last) ? 'as-stated' : 'opposite';
}

function largest(axis: Axis, figure: PaperFigure, numbers: Readonly<Record<number, number>>): PaperClaim[] {
  const words = Object.entries(numbers).map(
    ([value, number]) => `${(100 * number).toFixed(1)} % (${axis} ${value})`,
  );
  return [
    claim(
      `share-largest-${axis}`,
      ['§4.2 (2)', figure],
      `EK-FAC → K-FAC has the largest share of the gap in error from Hessian to K-FAC, throughout the ${axis} sweep.`,
      at(axis, paperValues(axis), 'positive', shareLead('ekfac→kfac')),
      { format: POINTS, underConvention: lastStepLargest },
    ),
    claim(
      `share-numbers-${axis}`,
      ['§4.2 (2)', figure],
      `The share of EK-FAC → K-FAC is about ${words.join(', ')}.`,
      statedAt(axis, LAST, numbers),
      { format: PERCENT },
    ),
  ];
}

const GGN_STEP = shareOf('hessian→ggn');
const TO_GGN = ldsDifference('hessian', 'ggn');
const BLOCK_LOSS = ldsDifference('ggn', 'block-ggn');
const BLOCK_SLOPE = slope('ggn', 'block-ggn');
const SECOND_LEAD = share(
  'EK-FAC → K-FAC less Block-GGN → EK-FAC',
  (s) => s['ekfac→kfac'] - s['block-ggn→ekfac'],
);

/** The change of LDS at a step over the LDS above it: one reading of the paper's per cent. */
const RELATIVE_DROP = ofRetrainings(
  'change of LDS at Hessian → GGN, relative to the Hessian’s',
  ({ ldsChange, lds }) => {
    const { change, ci } = ldsChange['hessian→ggn'];
    const base = lds.hessian.mean;
    if (change === null || ci[0] === null || ci[1] === null || base === null || base <= 0) return UNDEFINED;
    return { value: change / base, lo: ci[0] / base, hi: ci[1] / base };
  },
);

/** LDS per unit of error: that of GGN → Block-GGN less that of another step. */
function costlier(from: LadderKind, to: LadderKind): Quantity {
  const other = slope(from, to);
  return ofRetrainings(
    `LDS per unit of Eq. 9, GGN → Block-GGN less ${methodLabel(from)} → ${methodLabel(to)}`,
    (results) => BLOCK_SLOPE.difference(BLOCK_SLOPE.of(results), other.of(results)),
  );
}

/** What both factorisation steps have above a share. */
function factorisationAbove(bound: number): Quantity {
  return ofNetworks(`${FACTORISATION.label} less ${100 * bound} %`, (results) => {
    const found = FACTORISATION.of(results);
    if (!isDefined(found)) return UNDEFINED;
    return { value: found.value - bound, lo: found.lo - bound, hi: found.hi - bound };
  });
}

/** Statements about Figures 1 to 3, right. */
export const SHARE_CLAIMS: readonly PaperClaim[] = [
  ...largest('epochs', 1, { 10: 0.602, 100: 0.581, 1000: 0.41 }),
  ...largest('depth', 2, { 1: 0.648, 4: 0.52, 8: 0.581 }),
  claim(
    'share-width-64',
    ['§4.2 (2)', 3],
    'At width 64 Block-GGN → EK-FAC has a slightly larger share than EK-FAC → K-FAC; at the other widths the reverse.',
    all(
      at('width', [32], 'positive', SECOND_LEAD),
      at('width', [64], 'negative', SECOND_LEAD),
      at('width', [128], 'positive', SECOND_LEAD),
    ),
    { format: POINTS },
  ),
  claim(
    'share-width-64-numbers',
    ['§4.2 (2)', 3],
    'At width 64 the shares of Block-GGN → EK-FAC and EK-FAC → K-FAC are about 39.2 % and 35.4 %.',
    all(statedAt('width', shareOf('block-ggn→ekfac'), { 64: 0.392 }), statedAt('width', LAST, { 64: 0.354 })),
    { format: PERCENT },
  ),
  claim(
    'share-width-both',
    ['§4.2 (2)', 3],
    'At every width the two factorisation steps together explain most of the gap.',
    at('width', paperValues('width'), 'positive', factorisationAbove(0.5)),
    { format: POINTS },
  ),
  claim(
    'share-width-both-numbers',
    ['§4.2 (2)', 3],
    'The two factorisation steps together explain 70 to 78 % of the gap at every width.',
    all(
      at('width', paperValues('width'), 'positive', factorisationAbove(0.7)),
      at('width', paperValues('width'), 'negative', factorisationAbove(0.78)),
    ),
    { format: POINTS },
  ),
  claim(
    'share-block-depth',
    ['§4.2 (2)', 2],
    'The share of GGN → Block-GGN grows with depth.',
    fromFirstToLast('depth', 'positive', shareOf('ggn→block-ggn')),
    { format: POINTS },
  ),
  claim(
    'share-ggn-late',
    ['§4.2 (2), (3)', 1],
    'The share of Hessian → GGN shrinks from 10 epochs to 1000.',
    fromFirstToLast('epochs', 'negative', GGN_STEP),
    { format: POINTS },
  ),
  claim(
    'early-ggn-numbers',
    ['§4.2 (3)', 1],
    'At 10 epochs Hessian → GGN has about 3.5 % of the error but changes the LDS by −71.6 (read here as per cent of the Hessian’s LDS).',
    all(statedAt('epochs', GGN_STEP, { 10: 0.035 }), statedAt('epochs', RELATIVE_DROP, { 10: -0.716 })),
    { format: PERCENT },
  ),
  claim(
    'early-ggn-drop',
    ['§4.2 (3)', 1],
    'At 10 epochs Hessian → GGN lowers the LDS, and by more than at 1000 epochs.',
    all(at('epochs', [10], 'positive', TO_GGN), fromFirstToLast('epochs', 'negative', TO_GGN)),
  ),
  claim(
    'depth-block-drop',
    ['§4.2 (3), C.2', 2],
    'With depth GGN → Block-GGN costs more LDS.',
    // a loss that grows: it must be one at the greatest depth
    all(at('depth', [8], 'positive', BLOCK_LOSS), fromFirstToLast('depth', 'positive', BLOCK_LOSS)),
  ),
  claim(
    'depth-block-slope',
    ['§4.2 (3)', 2],
    'With depth GGN → Block-GGN costs more LDS per unit of error.',
    all(at('depth', [8], 'positive', BLOCK_SLOPE), fromFirstToLast('depth', 'positive', BLOCK_SLOPE)),
    { format: SIGNIFICANT },
  ),
  claim(
    'factorisation-moderate',
    ['§4.2 (3)', 2],
    'At depth 8 the factorisation steps cost less LDS per unit of error than GGN → Block-GGN.',
    all(
      at('depth', [8], 'positive', costlier('block-ggn', 'ekfac')),
      at('depth', [8], 'positive', costlier('ekfac', 'kfac')),
    ),
    { format: SIGNIFICANT },
  ),
];
