/** @file Claims of appendix C: residual, mass between layers, overlap of eigenvalues and of eigenbases. */

import type { Claim } from './claim.ts';
import { inAllSettings } from './ladder-claims.ts';
import {
  diagnostic,
  diagnosticLead,
  everywhere,
  firstToLast,
  levelsOff,
  movesLess,
  type Quantity,
  stepByStep,
} from './quantities.ts';
import { on, strictClaim } from './sweep-claims.ts';
import type { SweepCheck } from './sweeps.ts';
import { ends } from './sweeps.ts';

const RESIDUAL = diagnostic('‖H − G‖/‖H‖', 'residual');
const CROSS = diagnostic('‖G − BG‖/‖G‖', 'crossLayer');
const KFAC_VALUES = diagnostic('eigenvalue overlap, K-FAC', 'eigenvalueOverlapKfac');
const EKFAC_VALUES = diagnostic('eigenvalue overlap, EK-FAC', 'eigenvalueOverlapEkfac');
const VALUE_LEAD = diagnosticLead(
  'eigenvalue overlap, EK-FAC less K-FAC',
  'eigenvalueOverlapEkfac',
  'eigenvalueOverlapKfac',
);
const KFAC_BASIS = diagnostic('basis overlap, K-FAC', 'basisOverlapKfac');
const EKFAC_BASIS = diagnostic('basis overlap, EK-FAC', 'basisOverlapEkfac');
const BASIS_LEAD = diagnosticLead(
  'basis overlap, EK-FAC less K-FAC',
  'basisOverlapEkfac',
  'basisOverlapKfac',
);
const VALUES: readonly Quantity[] = [EKFAC_VALUES, KFAC_VALUES];
const BASES: readonly Quantity[] = [EKFAC_BASIS, KFAC_BASIS];

const each = (quantities: readonly Quantity[], make: (quantity: Quantity) => SweepCheck[]): SweepCheck[] =>
  quantities.flatMap(make);

/** Statements about Figures 5 to 8. */
export const APPENDIX_CLAIMS: readonly Claim[] = [
  strictClaim(
    'residual-epochs',
    ['C.1', 5],
    'The residual (what the GGN misses of the Hessian) falls clearly with training.',
    on('epochs', (sweep) => [firstToLast(sweep, RESIDUAL, 'negative')]),
  ),
  strictClaim(
    'residual-plateau',
    ['C.1', 5],
    'Late in training the residual reaches a plateau: from 100 to 1000 epochs it moves less than before.',
    on('epochs', (sweep) => levelsOff(sweep, RESIDUAL)),
  ),
  strictClaim(
    'residual-depth',
    ['C.1', 5],
    'The residual rises monotonically with depth.',
    on('depth', (sweep) => stepByStep(sweep, RESIDUAL, 'positive')),
  ),
  strictClaim(
    'residual-width',
    ['C.1', 5],
    'Width changes the residual much less than training or depth.',
    on('width', (sweep, { epochs, depth }) => [
      ...movesLess(sweep, epochs, RESIDUAL),
      ...movesLess(sweep, depth, RESIDUAL),
    ]),
  ),
  strictClaim(
    'cross-epochs',
    ['C.2', 6],
    'The mass between layers (what the blocks miss of the GGN) falls slightly with training.',
    on('epochs', (sweep) => [firstToLast(sweep, CROSS, 'negative')]),
  ),
  strictClaim(
    'cross-depth',
    ['C.2', 6],
    'The mass between layers rises strongly with depth.',
    on('depth', (sweep) => stepByStep(sweep, CROSS, 'positive')),
  ),
  strictClaim(
    'cross-width',
    ['C.2', 6],
    'The mass between layers rises gradually with width, and much less than with depth.',
    on('width', (sweep, { depth }) => [
      ...stepByStep(sweep, CROSS, 'positive'),
      ...movesLess(sweep, depth, CROSS),
    ]),
  ),
  strictClaim(
    'values-epochs',
    ['C.3', 7],
    'The overlap of eigenvalues improves with training, for EK-FAC and for K-FAC.',
    on('epochs', (sweep) => each(VALUES, (quantity) => [firstToLast(sweep, quantity, 'positive')])),
  ),
  strictClaim(
    'values-order',
    ['C.3', 7],
    'EK-FAC’s eigenvalues overlap more with Block-GGN’s than K-FAC’s, in every setting.',
    (sweeps) => inAllSettings(sweeps, VALUE_LEAD, 'positive'),
  ),
  strictClaim(
    'values-depth',
    ['C.3', 7],
    'With depth the overlap of eigenvalues declines, for EK-FAC and for K-FAC.',
    on('depth', (sweep) => each(VALUES, (quantity) => stepByStep(sweep, quantity, 'negative'))),
  ),
  strictClaim(
    'values-gap',
    ['C.3', 7],
    'With depth the lead of EK-FAC over K-FAC in the overlap of eigenvalues widens.',
    on('depth', (sweep) => [
      ...everywhere(ends(sweep).slice(1), VALUE_LEAD, 'positive'),
      firstToLast(sweep, VALUE_LEAD, 'positive'),
    ]),
  ),
  strictClaim(
    'values-width',
    ['C.3', 7],
    'With width the overlap of eigenvalues rises mildly, for EK-FAC and for K-FAC.',
    on('width', (sweep) => each(VALUES, (quantity) => [firstToLast(sweep, quantity, 'positive')])),
  ),
  strictClaim(
    'basis-epochs',
    ['C.4', 8],
    'The overlap of the eigenbases increases with training.',
    on('epochs', (sweep) => each(BASES, (quantity) => [firstToLast(sweep, quantity, 'positive')])),
  ),
  strictClaim(
    'basis-depth',
    ['C.4', 8],
    'The overlap of the eigenbases declines markedly with depth.',
    on('depth', (sweep) => each(BASES, (quantity) => stepByStep(sweep, quantity, 'negative'))),
  ),
  strictClaim(
    'basis-depth-kfac',
    ['C.4, text (the caption says that both are identical)', 8],
    'With depth K-FAC’s overlap of the eigenbases degrades more quickly than EK-FAC’s.',
    on('depth', (sweep) => [firstToLast(sweep, BASIS_LEAD, 'positive')]),
  ),
  {
    ...strictClaim(
      'basis-identical',
      ['C.4, caption', 8],
      'The overlap of the eigenbases is the same for EK-FAC and K-FAC (here: neither is above the other where each orders the basis by its own eigenvalues).',
      () => [],
    ),
    numbers: (sweeps) =>
      inAllSettings(sweeps, BASIS_LEAD, 'positive').map((check) => ({ ...check, stated: 0 })),
  },
  strictClaim(
    'basis-width',
    ['C.4', 8],
    'Width has a comparatively small effect on the overlap of the eigenbases.',
    on('width', (sweep, { depth }) => each(BASES, (quantity) => movesLess(sweep, depth, quantity))),
  ),
];
