/** @file LDS against time, and all methods side by side, as Vega-Lite specifications. */
import type { TopLevelSpec } from 'vega-lite';
import type { MethodName } from '../../influence/index.ts';
import { placeLabels } from '../pages/label-places.ts';
import { INK, MUTED } from '../pages/theme.ts';
import type { MethodEntry, MethodsResults, SettingMethods } from './methods.ts';
import { ENSEMBLES } from './methods-profile.ts';
import { ranked } from './methods-table.ts';

/** A figure before it is rendered. */
export interface MethodsFigure {
  readonly name: string;
  readonly caption: string;
  /** What a reader who cannot see it should know. */
  readonly alt: string;
  readonly spec: TopLevelSpec;
}

/** Families by what they make of the curvature; Okabe and Ito's palette. */
const FAMILIES = {
  'curvature with an eigenbasis': {
    colour: '#0072B2',
    methods: ['hessian', 'ggn', 'block-ggn', 'ekfac', 'kfac'],
  },
  'iterative solves': { colour: '#009E73', methods: ['cg', 'lissa', 'astra'] },
  'through training': { colour: '#D55E00', methods: ['source', 'astra-source', 'tracin'] },
  sampling: { colour: '#CC79A7', methods: ['bif', 'bif-correlation'] },
  'reduced gradients': { colour: '#E69F00', methods: ['trak', 'datainf', 'arnoldi', 'logra'] },
  'gradient similarity': { colour: '#56B4E9', methods: ['grad-dot', 'grad-cos'] },
  controls: { colour: '#8C8C8C', methods: ['random', 'label'] },
} as const satisfies Record<string, { colour: string; methods: readonly string[] }>;

const NAMES = Object.keys(FAMILIES);
const COLOURS = Object.values(FAMILIES).map(({ colour }) => colour);

function familyOf(method: MethodName): string {
  return (
    Object.entries(FAMILIES).find(([, { methods }]) =>
      (methods as readonly string[]).includes(method),
    )?.[0] ?? NAMES[0]
  );
}

/** Two figures per setting. File names begin with the setting's. */
export function methodsFigures({ settings }: Pick<MethodsResults, 'settings'>): MethodsFigure[] {
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

const WIDTH = 760;
const HEIGHT = 460;
/** Shorter than this is not measured. */
const SHORTEST = 0.002;

interface Point {
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
      : [{ ...common, ...rest, lds, lo: ci[0], hi: ci[1], seconds: Math.max(took, SHORTEST) }],
  );
}

/** LDS against seconds; the best of a grid has no place in it, as its cost is that of the whole grid and of the judge. */
export function paretoSpec({ entries, ceiling }: SettingMethods): TopLevelSpec {
  const points = ranked(entries)
    .filter(({ kind }) => kind !== 'best')
    .flatMap(pointsOf);
  const low = Math.min(...points.map((p) => p.seconds)) / 1.5;
  const high = Math.max(...points.map((p) => p.seconds)) * 3;
  const values = points.map((p) => p.lds);
  const top = Math.max(...values, ceiling ?? 0) + 0.03;
  const bottom = Math.min(...values, 0) - 0.03;
  const place = (p: Point): { x: number; y: number; text: string } => ({
    x: (WIDTH * Math.log(p.seconds / low)) / Math.log(high / low),
    y: (HEIGHT * (top - p.lds)) / (top - bottom),
    text: p.text,
  });
  const named = placeLabels(points.map(place), WIDTH, HEIGHT).map(({ index, x, y, align }) => ({
    seconds: low * (high / low) ** (x / WIDTH),
    lds: top - ((top - bottom) * y) / HEIGHT,
    text: points[index].text,
    align,
  }));
  const horizontal: [number, number] = [low, high];
  const vertical: [number, number] = [bottom, top];
  const x = {
    field: 'seconds',
    type: 'quantitative' as const,
    scale: { type: 'log' as const, domain: horizontal, nice: false },
    title: 'processor seconds for all queries (log scale)',
  };
  const y = {
    field: 'lds',
    type: 'quantitative' as const,
    scale: { domain: vertical, nice: false },
    title: 'LDS',
  };
  const color = {
    field: 'family',
    type: 'nominal',
    title: null,
    scale: { domain: NAMES, range: COLOURS },
    legend: { orient: 'bottom', columns: 4, labelLimit: 400 },
  } as const;
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: points },
    layer: [
      ...ceilingLayer(ceiling, 'y'),
      {
        data: { values: front(points) },
        mark: { type: 'line', interpolate: 'step-after', color: '#C8C8C8', strokeWidth: 1.4 },
        encoding: { x, y },
      },
      {
        mark: { type: 'line', strokeWidth: 1, opacity: 0.45 },
        encoding: { x, y, color, detail: { field: 'id' }, order: { field: 'size', type: 'quantitative' } },
      },
      {
        mark: { type: 'point', filled: true, opacity: 1 },
        encoding: { x, y, color, size: SIZES },
      },
      ...(['left', 'right'] as const).map(
        (align): Layer => ({
          data: { values: named.filter((name) => name.align === align) },
          mark: { type: 'text', align, baseline: 'middle', fontSize: 10, color: INK },
          encoding: { x, y, text: { field: 'text' } },
        }),
      ),
    ],
  };
}

const SIZES = {
  field: 'size',
  type: 'ordinal',
  scale: { domain: [1, ...ENSEMBLES], range: [45, 65, 95, 140] },
  title: 'base models',
  legend: { orient: 'bottom' as const },
} as const;

/** Points that nothing cheaper reaches, from left to right. */
export function front(points: readonly Point[]): Point[] {
  let best = Number.NEGATIVE_INFINITY;
  return [...points]
    .sort((a, b) => a.seconds - b.seconds || b.lds - a.lds)
    .filter(({ lds }) => {
      if (lds <= best) return false;
      best = lds;
      return true;
    });
}

type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

function ceilingLayer(ceiling: number | null, axis: 'x' | 'y'): Layer[] {
  if (ceiling === null) return [];
  return [
    {
      data: { values: [{ ceiling }] },
      mark: { type: 'rule', strokeDash: [6, 4], color: MUTED },
      encoding: { [axis]: { field: 'ceiling', type: 'quantitative' } },
    },
  ];
}

/** One row per entry: one base model, and ensembles below it. */
export function ladderSpec({ entries, ceiling }: SettingMethods): TopLevelSpec {
  const rows = ranked(entries);
  const values = rows.flatMap((entry) =>
    pointsOf(entry).map((point) => ({
      ...point,
      row: entry.label,
      members: point.size === 1 ? 'one base model' : `ensemble of ${point.size}`,
    })),
  );
  const members = ['one base model', ...ENSEMBLES.map((size) => `ensemble of ${size}`)];
  const y = {
    field: 'row',
    type: 'nominal',
    sort: rows.map(({ label }) => label),
    title: null,
    axis: { grid: true, labelLimit: 420 },
  } as const;
  const yOffset = { field: 'members', type: 'nominal', sort: members } as const;
  const color = {
    field: 'members',
    type: 'nominal',
    title: null,
    scale: { domain: members, range: ['#000000', '#56B4E9', '#0072B2', '#D55E00'] },
    legend: { orient: 'bottom' },
  } as const;
  const x = { field: 'lds', type: 'quantitative', title: 'LDS' } as const;
  return {
    width: 560,
    height: { step: 6 },
    data: { values },
    layer: [
      ...ceilingLayer(ceiling, 'x'),
      {
        mark: { type: 'rule', strokeWidth: 1.6, opacity: 0.55 },
        encoding: {
          x: { field: 'lo', type: 'quantitative', title: 'LDS' },
          x2: { field: 'hi' },
          y,
          yOffset,
          color,
        },
      },
      {
        mark: { type: 'point', filled: true, size: 24, opacity: 1 },
        encoding: { x, y, yOffset, color },
      },
    ],
  };
}
