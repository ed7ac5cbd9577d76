/** @file The figures of the experiment. */
import type { TopLevelSpec } from 'vega-lite';
import { INK, MUTED } from '../pages/theme.ts';
import { BIF_METHOD_NAMES, BIF_METHODS, type BifMethod } from './bif-method.ts';
import { samplerLabel } from './bif-profile.ts';
import type { BifResults } from './bif-results.ts';
import { DRAWS_COMPARED } from './bif-tables.ts';

/** A figure with its file name and what it shows. */
export interface BifFigure {
  readonly name: string;
  readonly caption: string;
  readonly spec: TopLevelSpec;
}

/** Okabe and Ito's palette. */
const COLOURS: Readonly<Record<BifMethod, string>> = {
  bif: '#0072B2',
  'bif-correlation': '#56B4E9',
  'bif-tuned': '#004165',
  'damped-if': '#009E73',
  ekfac: '#E69F00',
  'ekfac-tuned': '#D55E00',
  trak: '#CC79A7',
  'grad-dot': '#8C8C8C',
};

const SHAPES: Readonly<Record<BifMethod, string>> = {
  bif: 'circle',
  'bif-correlation': 'diamond',
  'bif-tuned': 'circle',
  'damped-if': 'square',
  ekfac: 'triangle-up',
  'ekfac-tuned': 'triangle-up',
  trak: 'triangle-down',
  'grad-dot': 'cross',
};

/** Everything that there is something to draw for. */
export function bifFigures(results: BifResults): BifFigure[] {
  return [
    ...(results.cells.length > 0 ? [sizeFigure(results), seedsFigure(results)] : []),
    ...(results.grid.entries.some(({ lds }) => lds !== null)
      ? [gridFigure(results), traceFigure(results)]
      : []),
    ...(results.timing.length > 0 ? [timeFigure(results)] : []),
  ];
}

function look(methods: readonly BifMethod[]) {
  const domain = methods.map((m) => BIF_METHODS[m]);
  const legend = { orient: 'bottom', columns: 4, columnPadding: 14 } as const;
  return {
    color: {
      field: 'method',
      type: 'nominal',
      title: null,
      legend,
      scale: { domain, range: methods.map((m) => COLOURS[m]) },
    },
    shape: {
      field: 'method',
      type: 'nominal',
      title: null,
      legend,
      scale: { domain, range: methods.map((m) => SHAPES[m]) },
    },
  } as const;
}

function fractionAxis(fractions: readonly number[], title: string) {
  const domain: number[] = [0.9 * Math.min(...fractions), 1.08 * Math.max(...fractions)];
  const values: number[] = [...fractions];
  return {
    field: 'fraction',
    type: 'quantitative',
    title,
    scale: { type: 'log', domain, nice: false },
    axis: { values, format: '~g', grid: false, labelFontSize: 10 },
  } as const;
}

const LDS = { field: 'lds', type: 'quantitative', title: 'LDS', scale: { zero: true } } as const;

function sizeFigure({ curves, fractions, seeds, cells }: BifResults): BifFigure {
  const values = curves.flatMap(({ method, fraction, value, standardError }) =>
    value === null
      ? []
      : [
          {
            method: BIF_METHODS[method],
            // side by side, so that bars do not hide each other
            fraction: fraction * 1.012 ** (BIF_METHOD_NAMES.indexOf(method) - 3.5),
            lds: value,
            lo: value - (standardError ?? 0),
            hi: value + (standardError ?? 0),
          },
        ],
  );
  const x = fractionAxis(fractions, 'α, share of the training set that retrainings keep (log scale)');
  const { color, shape } = look(BIF_METHOD_NAMES);
  const counts = [...new Set(cells.map(({ subsets, repeats }) => `${subsets} × ${repeats}`))].join(', ');
  return {
    name: 'bif-size',
    caption: `LDS against the size of the retraining subset: mean over ${seeds} seeds, bars one standard error of that mean; ${counts} retrainings (subsets × repeats) per seed and α.`,
    spec: {
      width: 620,
      height: 380,
      data: { values },
      layer: [
        { mark: { type: 'line', strokeWidth: 1.5, opacity: 0.8 }, encoding: { x, y: LDS, color } },
        {
          mark: { type: 'rule', strokeWidth: 2, opacity: 0.6 },
          encoding: { x, y: { ...LDS, field: 'lo' }, y2: { field: 'hi' }, color },
        },
        {
          mark: { type: 'point', filled: true, size: 60, opacity: 1 },
          encoding: { x, y: LDS, color, shape },
        },
      ],
    },
  };
}

function seedsFigure({ cells, fractions, seeds }: BifResults): BifFigure {
  const shown: readonly BifMethod[] = ['bif', 'bif-tuned', 'ekfac', 'ekfac-tuned', 'trak', 'grad-dot'];
  const values = cells.flatMap(({ seed, fraction, methods }) =>
    methods.flatMap(({ method, lds }) =>
      shown.includes(method) && lds !== null
        ? [{ seed: `seed ${seed}`, fraction, method: BIF_METHODS[method], lds }]
        : [],
    ),
  );
  const { color, shape } = look(shown);
  const x = fractionAxis(fractions, 'α (log scale)');
  return {
    name: 'bif-seeds',
    caption: `The same for each of ${seeds} seeds: base network, subsets, retrainings and chains are all repeated.`,
    spec: {
      data: { values },
      facet: { field: 'seed', type: 'nominal', title: null },
      columns: 3,
      spec: {
        width: 190,
        height: 220,
        layer: [
          { mark: { type: 'line', strokeWidth: 1.2 }, encoding: { x, y: LDS, color } },
          {
            mark: { type: 'point', filled: true, size: 35, opacity: 1 },
            encoding: { x, y: LDS, color, shape },
          },
        ],
      },
    } as TopLevelSpec,
  };
}

function gridFigure({ grid }: BifResults): BifFigure {
  const values = grid.entries.map(({ variant, lds, lo, hi, converged, refused }, order) => ({
    sampler: samplerLabel(variant),
    order,
    lds,
    lo,
    hi,
    state: refused !== null ? 'refused' : converged ? 'loss trace converged' : 'not converged',
  }));
  const y = {
    field: 'sampler',
    type: 'nominal',
    sort: { field: 'order' },
    title: null,
    axis: { labelLimit: 600 },
  } as const;
  const x = { ...LDS, scale: { zero: true } } as const;
  const color = {
    field: 'state',
    type: 'nominal',
    title: null,
    legend: { orient: 'bottom' },
    scale: {
      domain: ['loss trace converged', 'not converged', 'refused'],
      range: ['#0072B2', '#D55E00', MUTED],
    },
  } as const;
  return {
    name: 'bif-grid',
    caption: `LDS over the settings of the sampler, seed 0, α = ${grid.fraction}, with 95 % BCa intervals over subsets; the first row is the default. Refused samplers have no point.`,
    spec: {
      width: 460,
      height: { step: 17 },
      data: { values },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 2, opacity: 0.6 },
          encoding: { y, x: { ...x, field: 'lo' }, x2: { field: 'hi' }, color },
        },
        { mark: { type: 'point', filled: true, size: 55, opacity: 1 }, encoding: { y, x, color } },
      ],
    },
  };
}

function traceFigure({ grid, gridDraws }: BifResults): BifFigure {
  const values = grid.entries.flatMap(({ variant, trace, figures }) =>
    trace.map((loss, t) => ({
      sampler: samplerLabel(variant),
      draw: (t * gridDraws) / trace.length,
      loss,
      nBeta: `nβ = ${Number((figures['nBeta'] ?? 0).toPrecision(3))}`,
      method: variant.method,
    })),
  );
  return {
    name: 'bif-traces',
    caption:
      'Mean training loss along the chains, averaged over them, for every sampler of the grid; one panel per inverse temperature. Dashed: RMSprop-SGLD.',
    spec: {
      data: { values },
      facet: { field: 'nBeta', type: 'nominal', title: null, sort: null },
      columns: 3,
      spec: {
        width: 250,
        height: 220,
        mark: { type: 'line', strokeWidth: 1, opacity: 0.7, color: INK },
        encoding: {
          x: { field: 'draw', type: 'quantitative', title: 'draw' },
          y: {
            field: 'loss',
            type: 'quantitative',
            title: 'mean training loss (log scale)',
            scale: { type: 'log' },
          },
          detail: { field: 'sampler', type: 'nominal' },
          strokeDash: {
            field: 'method',
            type: 'nominal',
            legend: null,
            scale: {
              domain: ['sgld', 'rmsprop-sgld'],
              range: [
                [1, 0],
                [4, 3],
              ],
            },
          },
        },
      },
    } as TopLevelSpec,
  };
}

function timeFigure({ timing }: BifResults): BifFigure {
  const values = timing.flatMap(({ parameters, draw, fit, score }) => [
    { parameters, seconds: DRAWS_COMPARED * draw, what: `BIF, ${DRAWS_COMPARED} draws` },
    { parameters, seconds: fit + score, what: 'EK-FAC, fit and scores' },
    { parameters, seconds: fit, what: 'EK-FAC, fit' },
  ]);
  const color = {
    field: 'what',
    type: 'nominal',
    title: null,
    legend: { orient: 'bottom' },
    scale: {
      domain: [`BIF, ${DRAWS_COMPARED} draws`, 'EK-FAC, fit and scores', 'EK-FAC, fit'],
      range: [COLOURS.bif, COLOURS['ekfac-tuned'], COLOURS.ekfac],
    },
  } as const;
  const x = {
    field: 'parameters',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'parameters (log scale)',
    axis: { format: '~s', grid: false },
  } as const;
  const y = {
    field: 'seconds',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'processor seconds (log scale)',
    axis: { format: '~g' },
  } as const;
  return {
    name: 'bif-time',
    caption:
      'Processor seconds of one thread against the size of the network, two hidden layers, all pairs of queries and training examples.',
    spec: {
      width: 520,
      height: 320,
      data: { values },
      layer: [
        { mark: { type: 'line', strokeWidth: 1.5 }, encoding: { x, y, color } },
        { mark: { type: 'point', filled: true, size: 55, opacity: 1 }, encoding: { x, y, color } },
      ],
    },
  };
}
