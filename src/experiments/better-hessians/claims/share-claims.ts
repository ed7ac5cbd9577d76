/** @file Claims about the steps of the ladder: their shares of the error and what they cost in LDS. */
import { CURVATURE_KINDS, type CurvatureKind, type LadderStep } from '../../../curvature/index.ts';
import type { Outcome } from '../../judging/check.ts';
import { DECIMALS } from '../../judging/estimate.ts';
import { methodLabel } from '../results/setting-table.ts';
import type { ConventionResult } from '../study/study.ts';
import type { Claim, PaperFigure, StatedNumber, Sweeps } from './claim.ts';
import { DIGITS, PERCENT, POINTS } from './ladder-claims.ts';
import {
  everywhere,
  firstToLast,
  ldsDifference,
  type Quantity,
  type Shares,
  share,
  shareLead,
  stepLabel,
} from './quantities.ts';
import { at, on, slope, strictClaim } from './sweep-claims.ts';
import type { SweepCheck } from './sweeps.ts';
import { type Axis, paperValues } from './sweeps.ts';

const shareOf = (step: LadderStep): Quantity => share(`share of ${stepLabel(step)}`, (s) => s[step]);
const LAST = shareOf('ekfac→kfac');
const FACTORISATION = share(
  'share of both factorisation steps',
  (s: Shares) => s['block-ggn→ekfac'] + s['ekfac→kfac'],
);

/** Numbers that the paper gives at values of a sweep, where those settings were run. */
function stated(
  axis: Axis,
  quantity: Quantity,
  numbers: Readonly<Record<number, number>>,
): (sweeps: Sweeps) => StatedNumber[] {
  return (sweeps) =>
    (sweeps[axis]?.members ?? []).flatMap((member) => {
      const number = numbers[member.value];
      return number === undefined
        ? []
        : everywhere([member], quantity, 'positive').map((check) => ({ ...check, stated: number }));
    });
}

/** The check at every value of the paper's sweep. */
function throughout(axis: Axis, quantity: Quantity, expected: SweepCheck['expected']): Claim['checks'] {
  return on(axis, (sweep) => paperValues(axis).flatMap((value) => at(sweep, value, quantity, expected)));
}

/** Under a convention: whether EK-FAC → K-FAC raises Eq. 9 more than every other step. */
function lastStepLargest({ methods }: ConventionResult): Outcome {
  const errors = CURVATURE_KINDS.map((kind) => methods[kind].error);
  const known = errors.filter((e) => e !== null);
  if (known.length < errors.length) return 'missing';
  const growth = known.slice(1).map((e, i) => e - known[i]);
  const last = growth[growth.length - 1];
  return last > 0 && growth.slice(0, -1).every((g) => g < last) ? 'as-stated' : 'opposite';
}

const largest = (axis: Axis, figure: PaperFigure, numbers: Readonly<Record<number, number>>): Claim[] => [
  {
    ...strictClaim(
      `share-largest-${axis}`,
      ['§4.2 (2)', figure],
      `EK-FAC → K-FAC has the largest share of the gap in error from Hessian to K-FAC, throughout the ${axis} sweep.`,
      throughout(axis, shareLead('ekfac→kfac'), 'positive'),
      POINTS,
    ),
    underConvention: lastStepLargest,
  },
  {
    ...strictClaim(
      `share-numbers-${axis}`,
      ['§4.2 (2)', figure],
      `The share of EK-FAC → K-FAC is about ${Object.entries(numbers)
        .map(([value, number]) => `${(100 * number).toFixed(1)} % (${axis} ${value})`)
        .join(', ')}.`,
      () => [],
      PERCENT,
    ),
    numbers: stated(axis, LAST, numbers),
  },
];

const BLOCK_STEP = shareOf('ggn→block-ggn');
const GGN_STEP = shareOf('hessian→ggn');
const TO_GGN = ldsDifference('hessian', 'ggn');
const BLOCK_LOSS = ldsDifference('ggn', 'block-ggn');
const BLOCK_SLOPE = slope('ggn', 'block-ggn');
const SECOND_LEAD = share(
  'EK-FAC → K-FAC less Block-GGN → EK-FAC',
  (s) => s['ekfac→kfac'] - s['block-ggn→ekfac'],
);

/** The change of LDS at a step over the LDS above it: one reading of the paper's per cent. */
const RELATIVE_DROP: Quantity = {
  ...TO_GGN,
  label: 'change of LDS at Hessian → GGN, relative to the Hessian’s',
  of: ({ ldsChange, lds }) => {
    const { change, ci } = ldsChange['hessian→ggn'];
    const base = lds.hessian.mean;
    if (change === null || ci[0] === null || ci[1] === null || base === null || base <= 0)
      return { value: null, lo: null, hi: null };
    return { value: change / base, lo: ci[0] / base, hi: ci[1] / base };
  },
};

const FACTOR_STEPS = [
  ['block-ggn', 'ekfac'],
  ['ekfac', 'kfac'],
] as const;

/** LDS per unit of error: that of GGN → Block-GGN less that of another step. */
function costlier(from: CurvatureKind, to: CurvatureKind): Quantity {
  const block = BLOCK_SLOPE;
  const other = slope(from, to);
  return {
    ...block,
    label: `LDS per unit of Eq. 9, GGN → Block-GGN less ${methodLabel(from)} → ${methodLabel(to)}`,
    of: (results) => block.difference(block.of(results), other.of(results)),
  };
}

/** Statements about Figures 1 to 3, right. */
export const SHARE_CLAIMS: readonly Claim[] = [
  ...largest('epochs', 1, { 10: 0.602, 100: 0.581, 1000: 0.41 }),
  ...largest('depth', 2, { 1: 0.648, 4: 0.52, 8: 0.581 }),
  strictClaim(
    'share-width-64',
    ['§4.2 (2)', 3],
    'At width 64 Block-GGN → EK-FAC has a slightly larger share than EK-FAC → K-FAC; at the other widths the reverse.',
    on('width', (sweep) => [
      ...at(sweep, 32, SECOND_LEAD, 'positive'),
      ...at(sweep, 64, SECOND_LEAD, 'negative'),
      ...at(sweep, 128, SECOND_LEAD, 'positive'),
    ]),
    POINTS,
  ),
  {
    ...strictClaim(
      'share-width-64-numbers',
      ['§4.2 (2)', 3],
      'At width 64 the shares of Block-GGN → EK-FAC and EK-FAC → K-FAC are about 39.2 % and 35.4 %.',
      () => [],
      PERCENT,
    ),
    numbers: (sweeps) => [
      ...stated('width', shareOf('block-ggn→ekfac'), { 64: 0.392 })(sweeps),
      ...stated('width', LAST, { 64: 0.354 })(sweeps),
    ],
  },
  strictClaim(
    'share-width-both',
    ['§4.2 (2)', 3],
    'At every width the two factorisation steps together explain most of the gap.',
    throughout('width', offset(FACTORISATION, 0.5, 'less 50 %'), 'positive'),
    POINTS,
  ),
  strictClaim(
    'share-width-both-numbers',
    ['§4.2 (2)', 3],
    'The two factorisation steps together explain 70 to 78 % of the gap at every width.',
    (sweeps) => [
      ...throughout('width', offset(FACTORISATION, 0.7, 'less 70 %'), 'positive')(sweeps),
      ...throughout('width', offset(FACTORISATION, 0.78, 'less 78 %'), 'negative')(sweeps),
    ],
    POINTS,
  ),
  strictClaim(
    'share-block-depth',
    ['§4.2 (2)', 2],
    'The share of GGN → Block-GGN grows with depth.',
    on('depth', (sweep) => [firstToLast(sweep, BLOCK_STEP, 'positive')]),
    POINTS,
  ),
  strictClaim(
    'share-ggn-late',
    ['§4.2 (2), (3)', 1],
    'The share of Hessian → GGN shrinks from 10 epochs to 1000.',
    on('epochs', (sweep) => [firstToLast(sweep, GGN_STEP, 'negative')]),
    POINTS,
  ),
  {
    ...strictClaim(
      'early-ggn-numbers',
      ['§4.2 (3)', 1],
      'At 10 epochs Hessian → GGN has about 3.5 % of the error but changes the LDS by −71.6 (read here as per cent of the Hessian’s LDS).',
      () => [],
      PERCENT,
    ),
    numbers: (sweeps) => [
      ...stated('epochs', GGN_STEP, { 10: 0.035 })(sweeps),
      ...stated('epochs', RELATIVE_DROP, { 10: -0.716 })(sweeps),
    ],
  },
  strictClaim(
    'early-ggn-drop',
    ['§4.2 (3)', 1],
    'At 10 epochs Hessian → GGN lowers the LDS, and by more than at 1000 epochs.',
    on('epochs', (sweep) => [...at(sweep, 10, TO_GGN, 'positive'), firstToLast(sweep, TO_GGN, 'negative')]),
    DECIMALS,
  ),
  strictClaim(
    'depth-block-drop',
    ['§4.2 (3), C.2', 2],
    'With depth GGN → Block-GGN costs more LDS.',
    // a loss that grows: it must be one at the greatest depth
    on('depth', (sweep) => [
      ...at(sweep, 8, BLOCK_LOSS, 'positive'),
      firstToLast(sweep, BLOCK_LOSS, 'positive'),
    ]),
    DECIMALS,
  ),
  strictClaim(
    'depth-block-slope',
    ['§4.2 (3)', 2],
    'With depth GGN → Block-GGN costs more LDS per unit of error.',
    on('depth', (sweep) => [
      ...at(sweep, 8, BLOCK_SLOPE, 'positive'),
      firstToLast(sweep, BLOCK_SLOPE, 'positive'),
    ]),
    DIGITS,
  ),
  strictClaim(
    'factorisation-moderate',
    ['§4.2 (3)', 2],
    'At depth 8 the factorisation steps cost less LDS per unit of error than GGN → Block-GGN.',
    on('depth', (sweep) =>
      FACTOR_STEPS.flatMap(([from, to]) => at(sweep, 8, costlier(from, to), 'positive')),
    ),
    DIGITS,
  ),
];

/** A quantity less a constant. */
function offset(quantity: Quantity, by: number, words: string): Quantity {
  return {
    ...quantity,
    label: `${quantity.label} ${words}`,
    of: (results) => {
      const { value, lo, hi } = quantity.of(results);
      const less = (x: number | null): number | null => (x === null ? null : x - by);
      return { value: less(value), lo: less(lo), hi: less(hi) };
    },
  };
}
