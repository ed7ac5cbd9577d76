/** @file Claims of appendix C: residual, mass between layers, overlap of eigenvalues and of eigenbases. */
import { all } from '../../judging/claim.ts';
import { claim, type PaperClaim } from './claim.ts';
import { atEnds, fromFirstToLast, inAllSettings, levelsOff, movesLess, stepByStep } from './comparisons.ts';
import { diagnostic, diagnosticLead } from './quantities.ts';

const RESIDUAL = diagnostic('‖H − G‖/‖H‖', 'residual');
const CROSS = diagnostic('‖G − BG‖/‖G‖', 'crossLayer');
const VALUES = [
  diagnostic('eigenvalue overlap, EK-FAC', 'eigenvalueOverlapEkfac'),
  diagnostic('eigenvalue overlap, K-FAC', 'eigenvalueOverlapKfac'),
];
const VALUE_LEAD = diagnosticLead(
  'eigenvalue overlap, EK-FAC less K-FAC',
  'eigenvalueOverlapEkfac',
  'eigenvalueOverlapKfac',
);
const BASES = [
  diagnostic('basis overlap, EK-FAC', 'basisOverlapEkfac'),
  diagnostic('basis overlap, K-FAC', 'basisOverlapKfac'),
];
const BASIS_LEAD = diagnosticLead(
  'basis overlap, EK-FAC less K-FAC',
  'basisOverlapEkfac',
  'basisOverlapKfac',
);

/** Statements about Figures 5 to 8. */
export const APPENDIX_CLAIMS: readonly PaperClaim[] = [
  claim(
    'residual-epochs',
    ['C.1', 5],
    'The residual (what the GGN misses of the Hessian) falls clearly with training.',
    fromFirstToLast('epochs', 'negative', RESIDUAL),
  ),
  claim(
    'residual-plateau',
    ['C.1', 5],
    'Late in training the residual reaches a plateau: from 100 to 1000 epochs it moves less than before.',
    levelsOff('epochs', RESIDUAL),
  ),
  claim(
    'residual-depth',
    ['C.1', 5],
    'The residual rises monotonically with depth.',
    stepByStep('depth', 'positive', RESIDUAL),
  ),
  claim(
    'residual-width',
    ['C.1', 5],
    'Width changes the residual much less than training or depth.',
    all(movesLess('width', 'epochs', RESIDUAL), movesLess('width', 'depth', RESIDUAL)),
  ),
  claim(
    'cross-epochs',
    ['C.2', 6],
    'The mass between layers (what the blocks miss of the GGN) falls slightly with training.',
    fromFirstToLast('epochs', 'negative', CROSS),
  ),
  claim(
    'cross-depth',
    ['C.2', 6],
    'The mass between layers rises strongly with depth.',
    stepByStep('depth', 'positive', CROSS),
  ),
  claim(
    'cross-width',
    ['C.2', 6],
    'The mass between layers rises gradually with width, and much less than with depth.',
    all(stepByStep('width', 'positive', CROSS), movesLess('width', 'depth', CROSS)),
  ),
  claim(
    'values-epochs',
    ['C.3', 7],
    'The overlap of eigenvalues improves with training, for EK-FAC and for K-FAC.',
    fromFirstToLast('epochs', 'positive', ...VALUES),
  ),
  claim(
    'values-order',
    ['C.3', 7],
    'EK-FAC’s eigenvalues overlap more with Block-GGN’s than K-FAC’s, in every setting.',
    inAllSettings('positive', VALUE_LEAD),
  ),
  claim(
    'values-depth',
    ['C.3', 7],
    'With depth the overlap of eigenvalues declines, for EK-FAC and for K-FAC.',
    stepByStep('depth', 'negative', ...VALUES),
  ),
  claim(
    'values-gap',
    ['C.3', 7],
    'With depth the lead of EK-FAC over K-FAC in the overlap of eigenvalues widens.',
    all(atEnds('depth', 'last', 'positive', VALUE_LEAD), fromFirstToLast('depth', 'positive', VALUE_LEAD)),
  ),
  claim(
    'values-width',
    ['C.3', 7],
    'With width the overlap of eigenvalues rises mildly, for EK-FAC and for K-FAC.',
    fromFirstToLast('width', 'positive', ...VALUES),
  ),
  claim(
    'basis-epochs',
    ['C.4', 8],
    'The overlap of the eigenbases increases with training.',
    fromFirstToLast('epochs', 'positive', ...BASES),
  ),
  claim(
    'basis-depth',
    ['C.4', 8],
    'The overlap of the eigenbases declines markedly with depth.',
    stepByStep('depth', 'negative', ...BASES),
  ),
  claim(
    'basis-depth-kfac',
    ['C.4, text (the caption says that both are identical)', 8],
    'With depth K-FAC’s overlap of the eigenbases degrades more quickly than EK-FAC’s.',
    fromFirstToLast('depth', 'positive', BASIS_LEAD),
  ),
  claim(
    'basis-identical',
    ['C.4, caption', 8],
    'The overlap of the eigenbases is the same for EK-FAC and K-FAC (here: neither is above the other where each orders the basis by its own eigenvalues).',
    inAllSettings({ stated: 0 }, BASIS_LEAD),
  ),
  claim(
    'basis-width',
    ['C.4', 8],
    'Width has a comparatively small effect on the overlap of the eigenbases.',
    movesLess('width', 'depth', ...BASES),
  ),
];
