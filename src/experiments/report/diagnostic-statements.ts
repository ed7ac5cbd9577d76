/** @file What appendix C of the paper says of Figures 5 to 8, each sentence beside what was found. */
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
import { type Check, type Statement, statement } from './statement.ts';
import type { Axis, Sweep } from './sweeps.ts';

/** The figures of appendix C. */
export type DiagnosticFigure = 5 | 6 | 7 | 8;

const RESIDUAL = diagnostic('residual', 'residual');
const CROSS = diagnostic('mass between layers', 'crossLayer');
const EIGENVALUES: readonly Quantity[] = [
  diagnostic('EK-FAC', 'eigenvalueOverlapEkfac'),
  diagnostic('K-FAC', 'eigenvalueOverlapKfac'),
];
const EIGENVALUE_LEAD = diagnosticLead(
  'EK-FAC over K-FAC',
  'eigenvalueOverlapEkfac',
  'eigenvalueOverlapKfac',
);
const BASES: readonly Quantity[] = [
  diagnostic('chosen by EK-FAC’s eigenvalues', 'basisOverlapEkfac'),
  diagnostic('chosen by K-FAC’s eigenvalues', 'basisOverlapKfac'),
];

type Claim = readonly [claim: string, checks: (sweep: Sweep, sweeps: Sweeps) => Check[]];
type Sweeps = Partial<Readonly<Record<Axis, Sweep>>>;

const CLAIMS: Readonly<
  Record<DiagnosticFigure, { place: string; on: readonly (readonly [Axis, ...Claim])[] }>
> = {
  5: {
    place: 'appendix C.1',
    on: [
      ['epochs', 'The residual falls clearly with training.', ends(RESIDUAL, 'negative')],
      ['epochs', 'Late in training it reaches a plateau.', (sweep) => levelsOff(sweep, RESIDUAL)],
      [
        'depth',
        'It grows with depth, from each depth to the next.',
        (sweep) => stepByStep(sweep, RESIDUAL, 'positive'),
      ],
      [
        'width',
        'Width changes it much less than training or depth.',
        (sweep, { depth, epochs }) => [
          ...movesLess(sweep, epochs, RESIDUAL),
          ...movesLess(sweep, depth, RESIDUAL),
        ],
      ],
    ],
  },
  6: {
    place: 'appendix C.2',
    on: [
      ['epochs', 'The mass between layers falls slightly with training.', ends(CROSS, 'negative')],
      ['depth', 'It grows strongly with depth.', (sweep) => stepByStep(sweep, CROSS, 'positive')],
      [
        'width',
        'It grows gradually with width, by much less than with depth.',
        (sweep, { depth }) => [firstToLast(sweep, CROSS, 'positive'), ...movesLess(sweep, depth, CROSS)],
      ],
    ],
  },
  7: {
    place: 'appendix C.3',
    on: [
      ['epochs', 'Both overlaps of eigenvalues rise with training.', each(EIGENVALUES, 'positive')],
      [
        'epochs',
        'EK-FAC’s eigenvalues are closer to those of Block-GGN than K-FAC’s, at every length of training.',
        (sweep) => everywhere(sweep, EIGENVALUE_LEAD, 'positive'),
      ],
      ['depth', 'With depth both overlaps fall.', each(EIGENVALUES, 'negative')],
      [
        'depth',
        'With depth the gap between EK-FAC and K-FAC widens.',
        (sweep) => [firstToLast(sweep, EIGENVALUE_LEAD, 'positive')],
      ],
      ['width', 'With width they rise mildly on average.', each(EIGENVALUES, 'positive')],
    ],
  },
  8: {
    place: 'appendix C.4',
    on: [
      ['epochs', 'The overlap of the bases rises with training.', each(BASES, 'positive')],
      ['depth', 'It falls markedly with depth.', each(BASES, 'negative')],
      [
        'width',
        'Width has a comparatively small effect.',
        (sweep, { depth }) => BASES.flatMap((basis) => movesLess(sweep, depth, basis)),
      ],
    ],
  },
};

/** The statements of a figure; those about a sweep that was not run say so. */
export function diagnosticStatements(figure: DiagnosticFigure, sweeps: readonly Sweep[]): Statement[] {
  const byAxis: Sweeps = Object.fromEntries(sweeps.map((sweep) => [sweep.axis, sweep]));
  const { place, on } = CLAIMS[figure];
  return on.map(([axis, claim, checks]) => {
    const sweep = byAxis[axis];
    return statement({
      claim,
      place,
      format: { digits: (value) => value.toFixed(3) },
      checks: sweep === undefined ? [] : checks(sweep, byAxis),
    });
  });
}

function ends(quantity: Quantity, expected: Check['expected']): Claim[1] {
  return (sweep) => [firstToLast(sweep, quantity, expected)];
}

function each(quantities: readonly Quantity[], expected: Check['expected']): Claim[1] {
  return (sweep) => quantities.map((quantity) => firstToLast(sweep, quantity, expected));
}
