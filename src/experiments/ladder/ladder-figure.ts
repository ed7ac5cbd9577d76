/** @file The whole ladder as figures: LDS of every rung and what it loses, and LDS against processor seconds. */
import {
  facets,
  ldsWithInterval,
  lines,
  looks,
  mark,
  names,
  on,
  panel,
  points,
  pointsWithIntervals,
  quantity,
  type Spec,
  sideBySide,
} from '../pages/chart.ts';
import { front, namesWithRoom, ruler } from '../pages/pareto.ts';
import type { Drawing } from '../pages/render.ts';
import { PALETTE } from '../pages/theme.ts';
import type { LadderResults, LadderSetting, RungEntry } from './ladder-results.ts';
import { fewerNetworks, onLadder, READINGS, REALISED, shortLabel } from './ladder-table.ts';

/** The figure of all settings, and one of each against seconds. */
export function ladderFigures({ settings }: Pick<LadderResults, 'settings'>): Drawing[] {
  return [
    {
      name: 'rungs',
      caption:
        'LDS of every rung, from realised retraining (the noise ceiling) down: one network, and the scores of all averaged; 95 % intervals over networks and subsets. Curvatures are damped by the best λ of a grid, chosen by the very retrainings. Grey: what a rung loses to the one above it, scores averaged. ' +
        fewerNetworks(settings),
      alt: 'Points of LDS by rung and setting, with intervals; the tables below have the numbers.',
      spec: rungsSpec(settings),
    },
    ...settings.map((setting) => ({
      name: `${setting.setting}-rungs-seconds`,
      caption: `LDS against processor seconds of one network, ${setting.setting}: from the data to what is predicted, its training included. Lines join one network with the average of all, which cost what they cost together. Grey: nothing left of this line is better.`,
      alt: `Points of LDS over seconds for every rung in ${setting.setting}; the table has the numbers.`,
      spec: secondsSpec(setting),
    })),
  ];
}

const LOOKS = [
  { label: READINGS.single, colour: PALETTE.black },
  { label: READINGS.ensemble, colour: PALETTE.vermilion },
];

function rungsSpec(settings: readonly LadderSetting[]): Spec {
  const rows = settings.flatMap(rungRows);
  const order = [
    REALISED,
    ...new Set(settings.flatMap(({ rungs }) => rungs.filter(onLadder).map(shortLabel))),
  ];
  const x = quantity('lds', 'LDS');
  const y = names('rung', { sort: order, axis: { grid: true, labelLimit: 240 } });
  const members = LOOKS.map(({ label }) => label);
  const { color } = looks('reading', LOOKS, { legend: { orient: 'bottom' } });
  const encoding = { x, y, yOffset: sideBySide('reading', members), color };
  const losses = {
    x: quantity('from', 'LDS'),
    x2: { field: 'lds' },
    y,
    yOffset: sideBySide('reading', members),
  };
  return facets(
    'setting',
    2,
    rows,
    [300, 15 * order.length],
    [
      mark('rule', losses, { strokeWidth: 5, color: '#D9D9D9' }),
      ...pointsWithIntervals('x', encoding, { size: 26, width: 1.6, opacity: 0.6 }),
    ],
  );
}

/** One row for each rung and reading; `from`: where the rung above stands, of averaged scores. */
function rungRows({ setting, ceiling, rungs }: LadderSetting): Record<string, unknown>[] {
  const shown = rungs.filter(onLadder);
  const realised = (['single', 'ensemble'] as const).map((name) => ({
    ...{
      setting,
      rung: REALISED,
      reading: READINGS[name],
      lds: ceiling,
      lo: ceiling,
      hi: ceiling,
      from: ceiling,
    },
  }));
  return [
    ...realised,
    ...shown.flatMap((entry, k) =>
      (['single', 'ensemble'] as const).map((name) => {
        const above = k === 0 ? ceiling : shown[k - 1].ensemble.lds;
        const { lds, ci } = entry[name];
        const from = name === 'ensemble' ? above : lds;
        return {
          setting,
          rung: shortLabel(entry),
          reading: READINGS[name],
          ...ldsWithInterval(lds, ci),
          from,
        };
      }),
    ),
  ];
}

const SIZE = [620, 380] as const;

/** Shorter than this is not measured. */
const SHORTEST = 0.002;

interface Point {
  readonly [field: string]: unknown;
  readonly seconds: number;
  readonly lds: number;
}

function secondsSpec({ rungs, ceiling }: LadderSetting): Spec {
  const rows = rungs.filter(({ group }) => group !== 'part').flatMap(pointsOf);
  const seconds = rows.map((row) => row.seconds);
  const values = rows.map((row) => row.lds);
  const x = ruler('seconds', 'processor seconds for all queries (log scale)', 'log', [
    Math.min(...seconds) / 1.5,
    3 * Math.max(...seconds),
  ]);
  const y = ruler('lds', 'LDS', 'linear', [
    Math.min(...values, 0) - 0.03,
    Math.max(...values, ceiling ?? 0) + 0.03,
  ]);
  const encoding = { x: x.channel, y: y.channel };
  const { color } = looks('reading', LOOKS, { legend: { orient: 'bottom' } });
  return panel(SIZE, rows, [
    on(
      front(rows, 'seconds', ({ lds }) => lds),
      lines(encoding, 1.4, { interpolate: 'step-after', color: '#C8C8C8' }),
    ),
    lines({ ...encoding, detail: { field: 'id' } }, 1, { opacity: 0.4, color: '#8C8C8C' }),
    points({ ...encoding, color }, 45),
    ...namesWithRoom(rows, 'text', x, y, SIZE),
  ]);
}

function pointsOf(entry: RungEntry): Point[] {
  const { id, models, single, ensemble } = entry;
  const one = Math.max(entry.seconds ?? 0, SHORTEST);
  return [
    { lds: single.lds, seconds: one, reading: READINGS.single, text: shortLabel(entry) },
    { lds: ensemble.lds, seconds: models * one, reading: READINGS.ensemble, text: '' },
  ].flatMap(({ lds, ...rest }) => (lds === null ? [] : [{ ...rest, id, lds }]));
}
