/** @file The figures of the experiment. */

import {
  type Channel,
  facets,
  ldsWithInterval,
  lines,
  logarithmic,
  looks,
  names,
  oneOf,
  panel,
  points,
  pointsWithIntervals,
  quantity,
} from '../pages/chart.ts';
import type { Drawing } from '../pages/render.ts';
import { INK, MUTED, PALETTE } from '../pages/theme.ts';
import { samplerLabel } from '../protocol/sampler-variant.ts';
import { BIF_METHOD_NAMES, BIF_METHODS, type BifMethod } from './bif-method.ts';
import type { BifResults } from './bif-results.ts';
import { subjectOf } from './bif-subject.ts';
import { DRAWS_COMPARED } from './bif-tables.ts';

const LOOKS: Readonly<Record<BifMethod, { readonly colour: string; readonly shape: string }>> = {
  bif: { colour: PALETTE.blue, shape: 'circle' },
  'bif-correlation': { colour: PALETTE.sky, shape: 'diamond' },
  'bif-tuned': { colour: '#004165', shape: 'circle' },
  'damped-if': { colour: PALETTE.green, shape: 'square' },
  ekfac: { colour: PALETTE.orange, shape: 'triangle-up' },
  'ekfac-tuned': { colour: PALETTE.vermilion, shape: 'triangle-up' },
  trak: { colour: PALETTE.purple, shape: 'triangle-down' },
  'grad-dot': { colour: PALETTE.grey, shape: 'cross' },
};

/** Everything that there is something to draw for. */
export function bifFigures(results: BifResults): Drawing[] {
  return [
    ...(results.cells.length > 0 ? [sizeFigure(results), seedsFigure(results)] : []),
    ...(results.grid.entries.some(({ lds }) => lds !== null)
      ? [gridFigure(results), traceFigure(results)]
      : []),
    ...(results.timing.length > 0 ? [timeFigure(results)] : []),
  ];
}

function methodLooks(methods: readonly BifMethod[]): { color: Channel; shape: Channel } {
  const members = methods.map((method) => ({ label: BIF_METHODS[method], ...LOOKS[method] }));
  return looks('method', members, { legend: { orient: 'bottom', columns: 4, columnPadding: 14 } });
}

function fractionAxis(fractions: readonly number[], title: string): Channel {
  const domain = [0.9 * Math.min(...fractions), 1.08 * Math.max(...fractions)];
  const axis = { values: fractions, format: '~g', grid: false, labelFontSize: 10 };
  return logarithmic('fraction', title, { axis }, { domain, nice: false });
}

const LDS = quantity('lds', 'LDS', { scale: { zero: true } });

function sizeFigure({ curves, fractions, seeds, cells }: BifResults): Drawing {
  const rows = curves.flatMap(({ method, fraction, value, standardError }) => {
    if (value === null) return [];
    const aside = 1.012 ** (BIF_METHOD_NAMES.indexOf(method) - 3.5); // side by side, so that bars do not hide each other
    const error = standardError ?? 0;
    const lds = ldsWithInterval(value, [value - error, value + error]);
    return [{ method: BIF_METHODS[method], fraction: fraction * aside, ...lds }];
  });
  const x = fractionAxis(fractions, 'α, share of the training set that retrainings keep');
  const { color, shape } = methodLooks(BIF_METHOD_NAMES);
  const counts = [...new Set(cells.map(({ subsets, repeats }) => `${subsets} × ${repeats}`))].join(', ');
  return {
    name: 'bif-size',
    caption: `LDS against the size of the retraining subset: mean over ${seeds} seeds, bars one standard error of that mean; ${counts} retrainings (subsets × repeats) per seed and α.`,
    spec: panel([620, 380], rows, [
      lines({ x, y: LDS, color }, 1.5, { opacity: 0.8 }),
      ...pointsWithIntervals('y', { x, y: LDS, color, shape }, { size: 60, width: 2, opacity: 0.6 }),
    ]),
  };
}

function seedsFigure({ cells, fractions, seeds }: BifResults): Drawing {
  const shown: readonly BifMethod[] = ['bif', 'bif-tuned', 'ekfac', 'ekfac-tuned', 'trak', 'grad-dot'];
  const rows = cells.flatMap(({ seed, fraction, methods }) =>
    methods
      .filter(({ method, lds }) => shown.includes(method) && lds !== null)
      .map(({ method, lds }) => ({ seed: `seed ${seed}`, fraction, method: BIF_METHODS[method], lds })),
  );
  const { color, shape } = methodLooks(shown);
  const x = fractionAxis(fractions, 'α');
  return {
    name: 'bif-seeds',
    caption: `The same for each of ${seeds} seeds: base network, subsets, retrainings and chains are all repeated.`,
    spec: facets(
      'seed',
      3,
      rows,
      [190, 220],
      [lines({ x, y: LDS, color }, 1.2), points({ x, y: LDS, color, shape }, 35)],
    ),
  };
}

const STATES = { converged: 'loss trace converged', open: 'not converged', refused: 'refused' } as const;

function gridFigure({ grid }: BifResults): Drawing {
  const rows = grid.entries.map(({ variant, lds, lo, hi, converged, refused }, order) => ({
    sampler: samplerLabel(variant),
    order,
    ...ldsWithInterval(lds, [lo, hi]),
    state: refused !== null ? STATES.refused : converged ? STATES.converged : STATES.open,
  }));
  const y = names('sampler', { sort: { field: 'order' }, axis: { labelLimit: 600 } });
  const colours = [PALETTE.blue, PALETTE.vermilion, MUTED];
  const color = oneOf('state', Object.values(STATES), colours, { legend: { orient: 'bottom' } });
  const style = { size: 55, width: 2, opacity: 0.6 };
  return {
    name: 'bif-grid',
    caption: `LDS over the settings of the sampler, seed 0, α = ${grid.fraction}, with 95 % BCa intervals over subsets; the first row is the default. Refused samplers have no point.`,
    spec: panel([460, { step: 17 }], rows, pointsWithIntervals('x', { y, x: LDS, color }, style)),
  };
}

function traceFigure({ grid, gridDraws }: BifResults): Drawing {
  const rows = grid.entries.flatMap(({ variant, trace, figures }) =>
    trace.map((loss, t) => ({
      sampler: samplerLabel(variant),
      draw: (t * gridDraws) / trace.length,
      loss,
      nBeta: `nβ = ${Number((figures['nBeta'] ?? 0).toPrecision(3))}`,
      method: variant.method,
    })),
  );
  const dashes = [
    [1, 0],
    [4, 3],
  ];
  const encoding = {
    x: quantity('draw', 'draw'),
    y: logarithmic('loss', 'mean training loss'),
    detail: { field: 'sampler', type: 'nominal' },
    strokeDash: oneOf('method', ['sgld', 'rmsprop-sgld'], dashes, { legend: null }),
  };
  return {
    name: 'bif-traces',
    caption:
      'Mean training loss along the chains, averaged over them, for every sampler of the grid; one panel per inverse temperature. Dashed: RMSprop-SGLD.',
    spec: facets('nBeta', 3, rows, [250, 220], [lines(encoding, 1, { opacity: 0.7, color: INK })]),
  };
}

function timeFigure(results: BifResults): Drawing {
  const { timing } = results;
  const sampled = `BIF, ${DRAWS_COMPARED} draws`;
  const rows = timing.flatMap(({ parameters, draw, fit, score }) => [
    { parameters, seconds: DRAWS_COMPARED * draw, what: sampled },
    { parameters, seconds: fit + score, what: 'EK-FAC, fit and scores' },
    { parameters, seconds: fit, what: 'EK-FAC, fit' },
  ]);
  const color = oneOf(
    'what',
    [sampled, 'EK-FAC, fit and scores', 'EK-FAC, fit'],
    [PALETTE.blue, PALETTE.vermilion, PALETTE.orange],
    { legend: { orient: 'bottom' } },
  );
  const x = logarithmic('parameters', 'parameters', { axis: { format: '~s', grid: false } });
  const y = logarithmic('seconds', 'processor seconds', { axis: { format: '~g' } });
  return {
    name: 'bif-time',
    caption: `Processor seconds of one thread against the size of the network, ${subjectOf(results).timed}, all pairs of queries and training examples.`,
    spec: panel([520, 320], rows, [lines({ x, y, color }, 1.5), points({ x, y, color }, 55)]),
  };
}
