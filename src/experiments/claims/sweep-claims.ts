/** @file Claims about what training, depth and width do to LDS and error. */
import { CURVATURE_KINDS, type CurvatureKind } from '../../curvature/index.ts';
import { type Estimate, isDefined, UNDEFINED } from '../report/estimate.ts';
import {
  error,
  firstToLast,
  lds,
  ldsDifference,
  ldsGap,
  levelsOff,
  movesLess,
  pairedLds,
  type Quantity,
  stepByStep,
} from '../report/quantities.ts';
import type { Check } from '../report/statement.ts';
import type { Axis, Sweep } from '../report/sweeps.ts';
import type { SettingResults } from '../results/results.ts';
import type { Claim, Sweeps } from './claim.ts';
import { DECIMALS, DIGITS } from './ladder-claims.ts';

/** Checks of one sweep; none when it was not run. */
export function on(axis: Axis, checks: (sweep: Sweep, sweeps: Sweeps) => Check[]): Claim['checks'] {
  return (sweeps) => {
    const sweep = sweeps[axis];
    return sweep === undefined ? [] : checks(sweep, sweeps);
  };
}

const everyKind = (make: (kind: CurvatureKind) => Check[]): Check[] => CURVATURE_KINDS.flatMap(make);

/** LDS lost per unit of error between two methods: the interval is that of the LDS, the error's mean is taken as given. */
export function slope(a: CurvatureKind, b: CurvatureKind): Quantity {
  return {
    ...ldsDifference(a, b),
    label: `LDS lost from ${a} to ${b} per unit of Eq. 9`,
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
  place: string,
  text: string,
  checks: Claim['checks'],
  format: Claim['format'] = DECIMALS,
): Claim => ({ id, place, claim: text, checks, format, demand: 'strict' });

/** Statements about Figures 1 to 3, left. */
export const SWEEP_CLAIMS: readonly Claim[] = [
  strictClaim(
    'epochs-error',
    '§4.2 (1), Figure 1',
    'From 10 to 100 to 1000 epochs the error falls, for every method.',
    on('epochs', (sweep) => everyKind((kind) => stepByStep(sweep, error(kind), 'negative'))),
    DIGITS,
  ),
  strictClaim(
    'epochs-lds',
    '§4.2 (1), Figure 1',
    'With training the LDS rises, for every method.',
    on('epochs', (sweep) => everyKind((kind) => [firstToLast(sweep, lds(kind), 'positive')])),
  ),
  strictClaim(
    'epochs-saturation',
    '§4.2 (1), Figure 1',
    'Then it saturates: from 100 to 1000 epochs the LDS changes less than from 10 to 100.',
    on('epochs', (sweep) => everyKind((kind) => levelsOff(sweep, lds(kind)))),
  ),
  strictClaim(
    'epochs-cluster',
    '§4.2 (1), Figure 1',
    'Near convergence the methods cluster: Hessian and K-FAC differ less in LDS.',
    on('epochs', (sweep) => [firstToLast(sweep, ldsGap('hessian', 'kfac'), 'negative')]),
  ),
  strictClaim(
    'epochs-slope',
    '§4.2 (1)',
    'Late in training the slope of LDS on error is flatter.',
    on('epochs', (sweep) => [firstToLast(sweep, slope('hessian', 'kfac'), 'negative')]),
    DIGITS,
  ),
  strictClaim(
    'depth-lds',
    '§4.2 (1), Figure 2',
    'Depth lowers the LDS of every method.',
    on('depth', (sweep) => everyKind((kind) => stepByStep(sweep, lds(kind), 'negative'))),
  ),
  strictClaim(
    'depth-error',
    '§4.2 (1), Figure 2',
    'Depth raises the error of every method.',
    on('depth', (sweep) => everyKind((kind) => stepByStep(sweep, error(kind), 'positive'))),
    DIGITS,
  ),
  strictClaim(
    'depth-gap',
    '§4.2 (1)',
    'Depth widens the gap in LDS between Hessian and K-FAC.',
    on('depth', (sweep) => [firstToLast(sweep, ldsDifference('hessian', 'kfac'), 'positive')]),
  ),
  strictClaim(
    'depth-slope',
    '§4.2 (1)',
    'In deeper networks the slope of LDS on error is steeper.',
    on('depth', (sweep) => [firstToLast(sweep, slope('hessian', 'kfac'), 'positive')]),
    DIGITS,
  ),
  strictClaim(
    'width-lds',
    '§4.2 (1), Figure 3',
    'Width moves the LDS less than depth does, for every method.',
    on('width', (sweep, { depth }) => everyKind((kind) => movesLess(sweep, depth, lds(kind)))),
  ),
  strictClaim(
    'width-gap',
    '§4.2 (1)',
    'Width moves the gap between Hessian and K-FAC less than depth does.',
    on('width', (sweep, { depth }) => movesLess(sweep, depth, ldsDifference('hessian', 'kfac'))),
  ),
];
