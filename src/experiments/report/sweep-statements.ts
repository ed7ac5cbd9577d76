/** @file What §4.2 of the paper says of Figures 1 to 3, each sentence beside what was found. */
import { CURVATURE_KINDS, LADDER_STEPS, type LadderStep } from '../../curvature/index.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel, percent } from '../results/table.ts';
import type { Method } from '../run/plan.ts';
import {
  type Estimate,
  type Format,
  negated,
  pairedOverModels,
  rangeDifference,
  signed,
  signOf,
  UNDEFINED,
} from './estimate.ts';
import {
  error,
  everywhere,
  firstToLast,
  lds,
  ldsDifference,
  ldsGap,
  levelsOff,
  movesLess,
  pairedLds,
  type Quantity,
  type Shares,
  share,
  shareLead,
  stepLabel,
} from './quantities.ts';
import { type Statement, statement } from './statement.ts';
import { ends, type Sweep, valueName } from './sweeps.ts';

const DECIMALS: Format = { digits: (value) => value.toFixed(3) };
const DIGITS: Format = { digits: (value) => value.toPrecision(3) };
/** Differences of shares. */
const POINTS: Format = { digits: (value) => (100 * value).toFixed(1), unit: ' percentage points' };
const ORDER = 'Hessian ≳ GGN > Block-GGN > EK-FAC > K-FAC';

/** The statements of a sweep; `others` are the sweeps that it is compared with. */
export function sweepStatements(sweep: Sweep, others: readonly Sweep[]): Statement[] {
  const common = [ldsOrder(sweep), errorOrder(sweep), inverseRelation(sweep)];
  switch (sweep.axis) {
    case 'epochs':
      return [...common, ...epochStatements(sweep)];
    case 'depth':
      return [...common, ...depthStatements(sweep)];
    case 'width':
      return [
        ...common,
        ...widthStatements(
          sweep,
          others.find(({ axis }) => axis === 'depth'),
        ),
      ];
  }
}

/** Every step of the ladder in every setting: is the LDS above the step higher than below it? */
export function ldsOrder(sweep: Sweep): Statement {
  return statement({
    claim: `The better the approximation, the higher the LDS: ${ORDER} in every setting.`,
    place: '§4.2 (1)',
    format: DECIMALS,
    checks: LADDER_STEPS.flatMap((step) => everywhere(sweep, ldsDifference(...pair(step)), 'positive')),
  });
}

function errorOrder(sweep: Sweep): Statement {
  return statement({
    claim: 'The error of the inverse (Eq. 9) has the reverse order: it grows at every step of the ladder.',
    place: '§4.2 (1)',
    format: DIGITS,
    checks: LADDER_STEPS.flatMap((step) => everywhere(sweep, errorGrowth(step), 'positive')),
  });
}

/** A step counts when both its signs are known: as stated when LDS and error go in opposite directions. */
function inverseRelation(sweep: Sweep): Statement {
  const coMovement = (step: LadderStep): Quantity => ({
    ...errorGrowth(step),
    label: stepLabel(step),
    of: (results) => {
      const loss = pairedLds(results, ...pair(step));
      const growth = signOf(errorGrowth(step).of(results));
      if (growth === 'negative') return negated(loss);
      return growth === 'undecided' ? straddling(loss) : loss;
    },
  });
  return statement({
    claim: 'LDS and error move against each other: where a step raises the error, it lowers the LDS.',
    place: '§4.2 (1)',
    format: DECIMALS,
    checks: LADDER_STEPS.flatMap((step) => everywhere(sweep, coMovement(step), 'positive')),
  });
}

function epochStatements(sweep: Sweep): Statement[] {
  const [first] = ends(sweep);
  const toGgn = ldsDifference('hessian', 'ggn');
  const early = valueName('epochs', first.value);
  return [
    statement({
      claim: 'With training the LDS of every approximation rises.',
      place: '§4.2 (1)',
      format: DECIMALS,
      checks: CURVATURE_KINDS.map((kind) => firstToLast(sweep, lds(kind), 'positive')),
    }),
    statement({
      claim: 'It then saturates: late training moves it less than early training.',
      place: '§4.2 (1)',
      format: DECIMALS,
      checks: CURVATURE_KINDS.flatMap((kind) => levelsOff(sweep, lds(kind))),
    }),
    statement({
      claim: 'With training the error of every approximation falls.',
      place: '§4.2 (1)',
      format: DIGITS,
      checks: CURVATURE_KINDS.map((kind) => firstToLast(sweep, error(kind), 'negative')),
    }),
    statement({
      claim: 'Late in training the methods cluster: the Hessian and K-FAC differ less.',
      place: '§4.2 (1)',
      format: DECIMALS,
      checks: [firstToLast(sweep, ldsGap('hessian', 'kfac'), 'negative')],
    }),
    largestShare(sweep, 'about 60.2, 58.1 and 41.0 per cent at 10, 100 and 1000 epochs'),
    statement({
      claim:
        'Early in training the LDS is most sensitive to Hessian → GGN: at 10 epochs some 3.5 per cent of the error go with a large drop of the LDS (−71.6, as the paper counts it); later both are much smaller.',
      place: '§4.2 (3)',
      format: DECIMALS,
      lead: `At ${early} the step has ${shareText(first.results, 'hessian→ggn')} of the error and changes the LDS by ${signed(negated(toGgn.of(first.results)), DECIMALS)}.`,
      checks: [...everywhere(sweep, toGgn, 'positive').slice(0, 1), firstToLast(sweep, toGgn, 'negative')],
    }),
  ];
}

function depthStatements(sweep: Sweep): Statement[] {
  return [
    statement({
      claim: 'Depth lowers the LDS of every approximation.',
      place: '§4.2 (1)',
      format: DECIMALS,
      checks: CURVATURE_KINDS.map((kind) => firstToLast(sweep, lds(kind), 'negative')),
    }),
    statement({
      claim: 'Depth raises the error of every approximation.',
      place: '§4.2 (1)',
      format: DIGITS,
      checks: CURVATURE_KINDS.map((kind) => firstToLast(sweep, error(kind), 'positive')),
    }),
    largestShare(sweep, 'about 64.8, 52.0 and 58.1 per cent at depth 1, 4 and 8'),
    statement({
      claim: 'GGN → Block-GGN has a share of the error that is small and grows with depth.',
      place: '§4.2 (2)',
      format: POINTS,
      checks: [
        firstToLast(
          sweep,
          share('share of GGN → Block-GGN', (shares) => shares['ggn→block-ggn']),
          'positive',
        ),
      ],
    }),
    statement({
      claim: 'With depth, forgetting the interaction of layers costs more LDS.',
      place: '§4.2 (3)',
      format: DECIMALS,
      // a loss that grows: it must be one at the greatest depth
      checks: [
        ...everywhere(sweep, ldsDifference('ggn', 'block-ggn'), 'positive').slice(-1),
        firstToLast(sweep, ldsDifference('ggn', 'block-ggn'), 'positive'),
      ],
    }),
  ];
}

function widthStatements(sweep: Sweep, depth: Sweep | undefined): Statement[] {
  const both = (shares: Shares): number => shares['block-ggn→ekfac'] + shares['ekfac→kfac'];
  const majority = share('both factorisation steps', both);
  const aboveHalf = share('both factorisation steps less one half', (shares) => both(shares) - 0.5);
  const second = share(
    'EK-FAC → K-FAC less Block-GGN → EK-FAC',
    (shares) => shares['ekfac→kfac'] - shares['block-ggn→ekfac'],
  );
  return [
    statement({
      claim: 'Width moves the LDS less than depth does.',
      place: '§4.2 (1)',
      format: DECIMALS,
      checks: CURVATURE_KINDS.flatMap((kind) => movesLess(sweep, depth, lds(kind))),
    }),
    statement({
      claim:
        'The two factorisation steps together make up most of the gap at every width, 70 to 78 per cent of it.',
      place: '§4.2 (2)',
      format: POINTS,
      lead: `Here ${sweep.members.map(({ value, results }) => `${percent(majority.of(results).value ?? Number.NaN)} at ${valueName('width', value)}`).join(', ')}.`,
      checks: everywhere(sweep, aboveHalf, 'positive'),
    }),
    statement({
      claim:
        'EK-FAC → K-FAC has the larger share of the two, except at width 64 (39.2 against 35.4 per cent).',
      place: '§4.2 (2)',
      format: POINTS,
      checks: sweep.members.flatMap((member) =>
        everywhere({ ...sweep, members: [member] }, second, member.value === 64 ? 'negative' : 'positive'),
      ),
    }),
  ];
}

function largestShare(sweep: Sweep, paper: string): Statement {
  const step = 'ekfac→kfac';
  const here = sweep.members.map(
    ({ value, results }) => `${shareText(results, step)} at ${valueName(sweep.axis, value)}`,
  );
  return statement({
    claim: `EK-FAC → K-FAC adds more error than any other step: ${paper}.`,
    place: '§4.2 (2)',
    format: POINTS,
    lead: `Its share here: ${here.join(', ')}.`,
    checks: everywhere(sweep, shareLead(step), 'positive'),
  });
}

/** err(below) − err(above), network by network. */
function errorGrowth(step: LadderStep): Quantity {
  const k = LADDER_STEPS.indexOf(step);
  const [above, below] = CURVATURE_KINDS.slice(k, k + 2);
  return {
    label: `${methodLabel(below)} above ${methodLabel(above)}`,
    of: ({ errorSingle }) => pairedOverModels(errorSingle[below], errorSingle[above]),
    difference: rangeDifference,
  };
}

/** A range widened to include zero: nothing can be said. */
function straddling({ value, lo, hi }: Estimate): Estimate {
  if (value === null || lo === null || hi === null) return UNDEFINED;
  return { value, lo: Math.min(lo, 0), hi: Math.max(hi, 0) };
}

function pair(step: LadderStep): [Method, Method] {
  return step.split('→') as [Method, Method];
}

function shareText({ errorShare }: SettingResults, step: LadderStep): string {
  const value = errorShare[step];
  return value === null ? 'an undefined share' : percent(value);
}
