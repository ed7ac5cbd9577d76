/** @file LDS against time, and all methods side by side. */
import type { MethodName } from '../../influence/index.ts';
import {
  ldsWithInterval,
  lines,
  looks,
  names,
  on,
  panel,
  points,
  pointsWithIntervals,
  quantity,
  referenceLine,
  type Spec,
  sideBySide,
} from '../pages/chart.ts';
import { front, namesWithRoom, ruler } from '../pages/pareto.ts';
import type { Drawing } from '../pages/render.ts';
import { PALETTE } from '../pages/theme.ts';
import type { MethodEntry, MethodsResults, SettingMethods } from './methods.ts';
import { ENSEMBLES } from './methods-profile.ts';
import { ranked } from './methods-table.ts';

/** Families by what they make of the curvature. */
const FAMILIES = {
  'curvature with an eigenbasis': {
    colour: PALETTE.blue,
    methods: ['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'],
  },
  'iterative solves': { colour: PALETTE.green, methods: ['cg', 'lissa', 'astra'] },
  'through training': { colour: PALETTE.vermilion, methods: ['source', 'astra-source', 'tracin'] },
  sampling: { colour: PALETTE.purple, methods: ['bif', 'bif-correlation'] },
  'reduced gradients': { colour: PALETTE.orange, methods: ['trak', 'datainf', 'arnoldi', 'logra'] },
  'gradient similarity': { colour: PALETTE.sky, methods: ['grad-dot', 'grad-cos'] },
  controls: { colour: PALETTE.grey, methods: ['random', 'label'] },
} as const satisfies Record<string, { colour: string; methods: readonly string[] }>;

function familyOf(method: MethodName): string {
  const found = Object.entries(FAMILIES).find(([, { methods }]) =>
    (methods as readonly string[]).includes(method),
  );
  return found?.[0] ?? Object.keys(FAMILIES)[0];
}

/** Two figures per setting. File names begin with the setting's. */
export function methodsFigures({ settings }: Pick<MethodsResults, 'settings'>): Drawing[] {
  return settings
    .filter(({ entries }) => ranked(entries).length > 0)
    .flatMap((result) => {
      const { setting, subsets, seeds } = result;
      const basis = `${setting}, ${subsets} subsets × ${seeds} seeds`;
      return [
        {
          name: `${setting}-methods-pareto`,
          caption: `LDS against processor seconds, ${basis}. Lines join one base model, named, with ensembles of ${ENSEMBLES.join(', ')}; an ensemble costs what its members cost. λ: the curvature is damped by λ auto instead of truncated. Grey: nothing left of this line is better. Dashed: noise ceiling.`,
          alt: `Points of LDS over seconds for every method in ${setting}; the table below has the numbers.`,
          spec: paretoSpec(result),
        },
        {
          name: `${setting}-methods-lds`,
          caption: `Every method, ${basis}: one base model and ensembles, with 95 % intervals over subsets. Dashed: noise ceiling.`,
          alt: `Points of LDS per method with intervals for ${setting}; the table below has the numbers.`,
          spec: ladderSpec(result),
        },
      ];
    });
}

/** Shorter than this is not measured. */
const SHORTEST = 0.002;

interface Point {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly family: string;
  readonly text: string;
  readonly size: number;
  readonly seconds: number;
  readonly lds: number;
  readonly lo: number | null;
  readonly hi: number | null;
}

/** One base model and every ensemble of an entry. */
function pointsOf({ method, kind, label, single, ensembles, seconds }: MethodEntry): Point[] {
  const common = { id: `${method} ${kind}`, family: familyOf(method) };
  const short = kind === 'auto' ? label.replace(', λ auto', ' λ') : label;
  return [
    { size: 1, lds: single.mean, ci: single.ci, seconds: seconds.fit + seconds.score, text: short },
    ...ensembles.map((e) => ({ size: e.size, lds: e.lds, ci: e.ci, seconds: e.seconds, text: '' })),
  ].flatMap(({ lds, ci, seconds: took, ...rest }) =>
    lds === null
      ? []
      : [{ ...common, ...rest, ...ldsWithInterval(lds, ci), lds, seconds: Math.max(took, SHORTEST) }],
  );
}

/** LDS against seconds; the best of a grid has no place in it, as its cost is that of the whole grid and of the judge. */
function paretoSpec({ entries, ceiling }: SettingMethods): Spec {
  const rows = ranked(entries)
    .filter(({ kind }) => kind !== 'best')
    .flatMap(pointsOf);
  const seconds = rows.map((row) => row.seconds);
  const values = rows.map((row) => row.lds);
  const fast = Math.min(...seconds) / 1.5;
  const x = ruler('seconds', 'processor seconds for all queries (log scale)', 'log', [
    fast,
    3 * Math.max(...seconds),
  ]);
  const y = ruler('lds', 'LDS', 'linear', [
    Math.min(...values, 0) - 0.03,
    Math.max(...values, ceiling ?? 0) + 0.03,
  ]);
  const encoding = { x: x.channel, y: y.channel };
  const families = Object.entries(FAMILIES).map(([label, { colour }]) => ({ label, colour }));
  const { color } = looks('family', families, { legend: { orient: 'bottom', columns: 4, labelLimit: 400 } });
  const ensemble = { color, detail: { field: 'id' }, order: quantity('size', null) };
  const size = {
    field: 'size',
    type: 'ordinal',
    scale: { domain: [1, ...ENSEMBLES], range: [45, 65, 95, 140] },
    title: 'base models',
    legend: { orient: 'bottom' },
  };
  return panel(SIZE, rows, [
    ...referenceLine('y', ceiling),
    on(
      front(rows, 'seconds', ({ lds }) => lds),
      lines(encoding, 1.4, { interpolate: 'step-after', color: '#C8C8C8' }),
    ),
    lines({ ...encoding, ...ensemble }, 1, { opacity: 0.45 }),
    points({ ...encoding, color, size }, 45),
    ...namesWithRoom(rows, 'text', x, y, SIZE),
  ]);
}

const SIZE = [760, 460] as const;

/** One row per entry: one base model, and ensembles below it. */
function ladderSpec({ entries, ceiling }: SettingMethods): Spec {
  const shown = ranked(entries);
  const members = ['one base model', ...ENSEMBLES.map((size) => `ensemble of ${size}`)];
  const colours = [PALETTE.black, PALETTE.sky, PALETTE.blue, PALETTE.vermilion];
  const rows = shown.flatMap((entry) =>
    pointsOf(entry).map((point) => ({
      ...point,
      row: entry.label,
      members: point.size === 1 ? 'one base model' : `ensemble of ${point.size}`,
    })),
  );
  const x = quantity('lds', 'LDS');
  const y = names('row', { sort: shown.map(({ label }) => label), axis: { grid: true, labelLimit: 420 } });
  const { color } = looks(
    'members',
    members.map((label, k) => ({ label, colour: colours[k] })),
    {
      legend: { orient: 'bottom' },
    },
  );
  const encoding = { x, y, yOffset: sideBySide('members', members), color };
  return panel([560, { step: 6 }], rows, [
    ...referenceLine('x', ceiling),
    ...pointsWithIntervals('x', encoding, { size: 24, width: 1.6, opacity: 0.55 }),
  ]);
}
