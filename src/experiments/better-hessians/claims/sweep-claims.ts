/** @file Claims about what training, depth and width do to LDS and error. */
import { CURVATURE_KINDS, type CurvatureKind } from '../../../curvature/index.ts';
import { DECIMALS, type Estimate, isDefined, UNDEFINED } from '../../judging/estimate.ts';
import type { SettingResults } from '../results/results.ts';
import { methodLabel } from '../results/setting-table.ts';
import type { Claim, PaperFigure, Sweeps } from './claim.ts';
import { DIGITS } from './ladder-claims.ts';
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
  stepByStep,
} from './quantities.ts';
import type { SweepCheck } from './sweeps.ts';
import { type Axis, ends, type Sweep } from './sweeps.ts';

/** Checks of one sweep; none when it was not run. */
export function on(axis: Axis, checks: (sweep: Sweep, sweeps: Sweeps) => SweepCheck[]): Claim['checks'] {
  return (sweeps) => {
    const sweep = sweeps[axis];
    return sweep === undefined ? [] : checks(sweep, sweeps);
  };
}

/** The check of one value of a sweep. */
export function at(
  sweep: Sweep,
  value: number,
  quantity: Quantity,
  expected: SweepCheck['expected'],
): SweepCheck[] {
  return everywhere(
    sweep.members.filter((member) => member.value === value),
    quantity,
    expected,
  );
}

const everyKind = (make: (kind: CurvatureKind) => SweepCheck[]): SweepCheck[] =>
  CURVATURE_KINDS.flatMap(make);

/** LDS lost per unit of error between two methods: the interval is that of the LDS, the error's mean is taken as given. */
export function slope(a: CurvatureKind, b: CurvatureKind): Quantity {
  return {
    ...ldsDifference(a, b),
    label: `LDS lost from ${methodLabel(a)} to ${methodLabel(b)} per unit of Eq. 9`,
    of: (results) => scaled(pairedLds(results, a, b), errorGap(results, a, b)),
  };
}

function errorGap({ error: errors }: SettingResults, a: CurvatureKind, b: CurvatureKind): number | null {
  const [from, to] = [errors[a], errors[b]];
  return from === null || to === null ? null : to - from;
}

function scaled(estimate: Estimate, by: number | null): Estimate {
  if (!isDefined(estimate) || by === null || by === 0) return UNDEFINED;
  const [x, y] = [estimate.lo / by, estimate.hi / by];
  return { value: estimate.value / by, lo: Math.min(x, y), hi: Math.max(x, y) };
}

export const strictClaim = (
  id: string,
  place: readonly [section: string, ...figures: PaperFigure[]],
  text: string,
  checks: Claim['checks'],
  format: Claim['format'] = DECIMALS,
): Claim => {
  const [section, ...figures] = place;
  return { id, section, figures, claim: text, checks, format, demand: 'strict' };
};

const LEAD = ldsDifference('hessian', 'kfac');
const SLOPE = slope('hessian', 'kfac');

/** Statements about Figures 1 to 3, left. */
export const SWEEP_CLAIMS: readonly Claim[] = [
  strictClaim(
    'epochs-error',
    ['§4.2 (1)', 1],
    'From 10 to 100 to 1000 epochs the error falls, for every method.',
    on('epochs', (sweep) => everyKind((kind) => stepByStep(sweep, error(kind), 'negative'))),
    DIGITS,
  ),
  strictClaim(
    'epochs-lds',
    ['§4.2 (1)', 1],
    'With training the LDS rises, for every method.',
    on('epochs', (sweep) => everyKind((kind) => [firstToLast(sweep, lds(kind), 'positive')])),
  ),
  strictClaim(
    'epochs-saturation',
    ['§4.2 (1)', 1],
    'With training the LDS saturates: from 100 to 1000 epochs it changes less than from 10 to 100, for every method.',
    on('epochs', (sweep) => everyKind((kind) => levelsOff(sweep, lds(kind)))),
  ),
  strictClaim(
    'epochs-cluster',
    ['§4.2 (1)', 1],
    'Near convergence the methods cluster: Hessian and K-FAC differ less in LDS.',
    on('epochs', (sweep) => [firstToLast(sweep, ldsGap('hessian', 'kfac'), 'negative')]),
  ),
  strictClaim(
    'epochs-slope',
    ['§4.2 (1)', 1],
    'Late in training the slope of LDS on error is flatter.',
    // what flattens must be a loss of LDS at the start
    on('epochs', (sweep) => [
      ...everywhere(ends(sweep).slice(0, 1), SLOPE, 'positive'),
      firstToLast(sweep, SLOPE, 'negative'),
    ]),
    DIGITS,
  ),
  strictClaim(
    'depth-lds',
    ['§4.2 (1)', 2],
    'Depth lowers the LDS of every method.',
    on('depth', (sweep) => everyKind((kind) => stepByStep(sweep, lds(kind), 'negative'))),
  ),
  strictClaim(
    'depth-error',
    ['§4.2 (1)', 2],
    'Depth raises the error of every method.',
    on('depth', (sweep) => everyKind((kind) => stepByStep(sweep, error(kind), 'positive'))),
    DIGITS,
  ),
  strictClaim(
    'depth-gap',
    ['§4.2 (1)', 2],
    'Depth widens the lead in LDS of the Hessian over K-FAC.',
    // a lead that widens: the Hessian must have it at the greatest depth
    on('depth', (sweep) => [
      ...everywhere(ends(sweep).slice(1), LEAD, 'positive'),
      firstToLast(sweep, LEAD, 'positive'),
    ]),
  ),
  strictClaim(
    'depth-slope',
    ['§4.2 (1)', 2],
    'In deeper networks the slope of LDS on error is steeper.',
    // a slope that steepens must be a loss of LDS at both ends
    on('depth', (sweep) => [
      ...everywhere(ends(sweep), SLOPE, 'positive'),
      firstToLast(sweep, SLOPE, 'positive'),
    ]),
    DIGITS,
  ),
  strictClaim(
    'width-lds',
    ['§4.2 (1)', 3],
    'Width moves the LDS less than depth does, for every method.',
    on('width', (sweep, { depth }) => everyKind((kind) => movesLess(sweep, depth, lds(kind)))),
  ),
  strictClaim(
    'width-gap',
    ['§4.2 (1)', 3],
    'Width moves the gap between Hessian and K-FAC less than depth does.',
    on('width', (sweep, { depth }) => movesLess(sweep, depth, LEAD)),
  ),
];
