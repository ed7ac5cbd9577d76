/** @file Claims about what training, depth and width do to LDS and error. */
import { LADDER } from '../../../curvature/index.ts';
import { all } from '../../judging/claim.ts';
import { SIGNIFICANT } from '../../judging/estimate.ts';
import { claim, type PaperClaim } from './claim.ts';
import { atEnds, fromFirstToLast, levelsOff, movesLess, stepByStep } from './comparisons.ts';
import { error, lds, ldsDifference, ldsGap, slope } from './quantities.ts';

const LDS = LADDER.map(lds);
const ERRORS = LADDER.map(error);
const LEAD = ldsDifference('hessian', 'kfac');
const SLOPE = slope('hessian', 'kfac');

/** Statements about Figures 1 to 3, left. */
export const SWEEP_CLAIMS: readonly PaperClaim[] = [
  claim(
    'epochs-error',
    ['§4.2 (1)', 1],
    'From 10 to 100 to 1000 epochs the error falls, for every method.',
    stepByStep('epochs', 'negative', ...ERRORS),
    { format: SIGNIFICANT },
  ),
  claim(
    'epochs-lds',
    ['§4.2 (1)', 1],
    'With training the LDS rises, for every method.',
    fromFirstToLast('epochs', 'positive', ...LDS),
  ),
  claim(
    'epochs-saturation',
    ['§4.2 (1)', 1],
    'With training the LDS saturates: from 100 to 1000 epochs it changes less than from 10 to 100, for every method.',
    levelsOff('epochs', ...LDS),
  ),
  claim(
    'epochs-cluster',
    ['§4.2 (1)', 1],
    'Near convergence the methods cluster: Hessian and K-FAC differ less in LDS.',
    fromFirstToLast('epochs', 'negative', ldsGap('hessian', 'kfac')),
  ),
  claim(
    'epochs-slope',
    ['§4.2 (1)', 1],
    'Late in training the slope of LDS on error is flatter.',
    // what flattens must be a loss of LDS at the start
    all(atEnds('epochs', 'first', 'positive', SLOPE), fromFirstToLast('epochs', 'negative', SLOPE)),
    { format: SIGNIFICANT },
  ),
  claim(
    'depth-lds',
    ['§4.2 (1)', 2],
    'Depth lowers the LDS of every method.',
    stepByStep('depth', 'negative', ...LDS),
  ),
  claim(
    'depth-error',
    ['§4.2 (1)', 2],
    'Depth raises the error of every method.',
    stepByStep('depth', 'positive', ...ERRORS),
    { format: SIGNIFICANT },
  ),
  claim(
    'depth-gap',
    ['§4.2 (1)', 2],
    'Depth widens the lead in LDS of the Hessian over K-FAC.',
    // a lead that widens: the Hessian must have it at the greatest depth
    all(atEnds('depth', 'last', 'positive', LEAD), fromFirstToLast('depth', 'positive', LEAD)),
  ),
  claim(
    'depth-slope',
    ['§4.2 (1)', 2],
    'In deeper networks the slope of LDS on error is steeper.',
    // a slope that steepens must be a loss of LDS at both ends
    all(atEnds('depth', 'both', 'positive', SLOPE), fromFirstToLast('depth', 'positive', SLOPE)),
    { format: SIGNIFICANT },
  ),
  claim(
    'width-lds',
    ['§4.2 (1)', 3],
    'Width moves the LDS less than depth does, for every method.',
    movesLess('width', 'depth', ...LDS),
  ),
  claim(
    'width-gap',
    ['§4.2 (1)', 3],
    'Width moves the gap between Hessian and K-FAC less than depth does.',
    movesLess('width', 'depth', LEAD),
  ),
];
