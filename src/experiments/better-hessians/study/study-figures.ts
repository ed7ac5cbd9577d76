/** @file The study as Vega-Lite specifications: LDS along ε and λ, and what each convention makes of the ordering. */
import type { TopLevelSpec } from 'vega-lite';
import { fixed } from '../../judging/table.ts';
import { INK, MUTED } from '../../pages/theme.ts';
import { METHODS, type Method } from '../../protocol/tasks.ts';
import { methodScale } from '../figures/method-marks.ts';
import { methodLabel } from '../results/setting-table.ts';
import { RELATIONS } from './assemble-study.ts';
import { EPSILONS, type Family, LAMBDAS, type Negative } from './rule.ts';
import type { SettingStudy, Study, StudyEntry, Verdict } from './study.ts';

/** A figure before it is rendered. */
export interface StudyFigure {
  readonly name: string;
  readonly caption: string;
  /** What a reader who cannot see it should know. */
  readonly alt: string;
  readonly spec: TopLevelSpec;
}

type Unit = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number];

/** The study's figures; none when it holds no setting. */
export function studyFigures(study: Study): StudyFigure[] {
  if (study.settings.length === 0) return [];
  const names = study.settings.map(({ setting }) => setting).join(', ');
  return [
    {
      name: 'study-sweep',
      caption:
        'LDS against the strength of the regularisation: truncation at ε without damping, damping by λ without truncation, and each method with ' +
        'its own best, chosen on one half of the queries and judged on the other. Bands and bars are 95 % intervals over subsets. Dashed: the ' +
        'Hessian with negative eigenvalues dropped, or by absolute value. The vertical line is the paper’s ε.',
      alt: `Lines of LDS per method over ε and over λ, and points at each method’s best, for ${names}.`,
      spec: sweepSpec(study.settings),
    },
    ...mapFigures(study.settings),
  ];
}

/** Settings side by side in one map: more would be too small to read on a page. */
const MAP_SETTINGS = 3;

/** The tiles of settings trained as the paper's, a few at a time, and those of training variants. */
function mapFigures(settings: readonly SettingStudy[]): StudyFigure[] {
  const isVariant = ({ setting }: SettingStudy): boolean => setting.split('-').length > 3;
  const groups = [
    ...mapGroups(
      'study-map',
      settings.filter((one) => !isVariant(one)),
    ),
    ...mapGroups('study-map-training', settings.filter(isVariant)),
  ];
  return groups.map(({ name, members }) => ({
    name,
    caption:
      `Which of two methods has the higher LDS under each convention, for ${members.map(({ setting }) => setting).join(', ')}, by paired 95 % intervals of the difference ` +
      'over subsets; the number is that difference in units of 0.01. The first four columns are the order that the paper reports: all blue would be its claim. ' +
      'Grey: the interval contains 0, nothing is claimed.',
    alt: `A table of coloured tiles, conventions by relations between methods, for ${members.map(({ setting }) => setting).join(', ')}; study.md has the same as text.`,
    spec: mapSpec(members),
  }));
}

/** NAME, NAME-2, … with at most {@link MAP_SETTINGS} settings each. */
function mapGroups(
  name: string,
  settings: readonly SettingStudy[],
): { readonly name: string; readonly members: readonly SettingStudy[] }[] {
  return Array.from({ length: Math.ceil(settings.length / MAP_SETTINGS) }, (_, k) => ({
    name: k === 0 ? name : `${name}-${k + 1}`,
    members: settings.slice(k * MAP_SETTINGS, (k + 1) * MAP_SETTINGS),
  }));
}

const SIGNS: Readonly<Record<Negative, string>> = {
  keep: 'kept',
  drop: 'dropped',
  absolute: 'absolute',
};

/** One row of panels per setting. */
export function sweepSpec(settings: readonly SettingStudy[]): TopLevelSpec {
  return {
    vconcat: settings.map((setting) => ({
      title: {
        text: `${setting.setting}, noise ceiling ${fixed(setting.ceiling.loss, 3)}`,
        anchor: 'start',
        fontSize: 13,
        color: INK,
      },
      hconcat: [
        sweepPanel(setting, 'truncated', 'ε, no damping (log scale)'),
        sweepPanel(setting, 'damped', 'λ, no truncation (log scale)'),
        bestPanel(setting),
      ],
      resolve: { scale: { y: 'shared', color: 'shared' } },
    })),
    resolve: { scale: { y: 'independent' } },
  } as TopLevelSpec;
}

function sweepPanel(setting: SettingStudy, family: Family, title: string): Unit {
  const values = setting.entries.filter((entry) => isPlain(entry) && entry.family === family).map(point);
  const x = {
    field: 'value',
    type: 'quantitative',
    scale: { type: 'log' },
    title,
    axis: { format: '.0e', values: family === 'truncated' ? EPSILONS : LAMBDAS, labelOverlap: false },
  };
  const y = { field: 'lds', type: 'quantitative', title: 'LDS', axis: { tickCount: 8 } };
  const color = {
    field: 'method',
    type: 'nominal',
    scale: methodScale(),
    title: null,
    legend: { orient: 'bottom', columns: 6, symbolOpacity: 1 },
  };
  const dash = {
    field: 'negatives',
    type: 'nominal',
    title: 'negative eigenvalues of the Hessian',
    scale: {
      domain: Object.values(SIGNS),
      range: [
        [1, 0],
        [5, 3],
        [2, 2],
      ],
    },
    legend: { orient: 'bottom', titleLimit: 400 },
  };
  return {
    width: 340,
    height: 260,
    data: { values },
    layer: [
      ...baseline(setting),
      ...(family === 'truncated' ? [paperMark()] : []),
      {
        transform: [{ filter: `datum.negatives === '${SIGNS.keep}'` }],
        mark: { type: 'area', opacity: 0.12 },
        encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' }, color },
      },
      { mark: { type: 'line', strokeWidth: 1.8 }, encoding: { x, y, color, strokeDash: dash } },
      {
        transform: [{ filter: `datum.negatives === '${SIGNS.keep}'` }],
        mark: { type: 'point', filled: true, size: 28, opacity: 1 },
        encoding: { x, y, color },
      },
    ],
  } as Unit;
}

/** Gradient dot as a horizontal line. */
function baseline({ entries }: SettingStudy): object[] {
  const lds = entries.find((e) => e.method === 'grad-dot' && e.measurement === 'loss')?.lds ?? null;
  if (lds === null) return [];
  const y = { field: 'lds', type: 'quantitative' };
  const data = { values: [{ lds, label: 'gradient dot' }] };
  return [
    { data, mark: { type: 'rule', strokeDash: [4, 4], color: MUTED }, encoding: { y } },
    {
      data,
      mark: { type: 'text', align: 'left', dy: -7, dx: 4, color: MUTED, fontSize: 10 },
      encoding: { x: { value: 0 }, y, text: { field: 'label' } },
    },
  ];
}

function paperMark(): object {
  return {
    data: { values: [{ value: 1e-4 }] },
    mark: { type: 'rule', color: MUTED, strokeWidth: 1 },
    encoding: { x: { field: 'value', type: 'quantitative', scale: { type: 'log' } } },
  };
}

function bestPanel({ conventions }: SettingStudy): Unit {
  const best = conventions.find(({ id }) => id === 'best-signs');
  const values = METHODS.map((method) => ({
    method: methodLabel(method),
    lds: best?.methods[method].lds ?? null,
    lo: best?.methods[method].ci[0] ?? null,
    hi: best?.methods[method].ci[1] ?? null,
  })).filter(({ lds }) => lds !== null);
  const x = {
    field: 'method',
    type: 'nominal',
    sort: null,
    title: 'each at its own best',
    axis: { labelAngle: -40 },
  };
  const color = { field: 'method', type: 'nominal', scale: methodScale(), title: null };
  return {
    width: 170,
    height: 260,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.5 },
        encoding: { x, color, y: { field: 'lo', type: 'quantitative', title: 'LDS' }, y2: { field: 'hi' } },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { x, color, y: { field: 'lds', type: 'quantitative' } },
      },
    ],
  } as Unit;
}

/** Exact Fisher, layer blocks, loss, K-FAC on the products: what the sweeps show. */
export function isPlain({ fisher, partition, measurement, factors }: StudyEntry): boolean {
  return fisher === 'type-2' && partition === 'layer' && measurement === 'loss' && factors === 'product';
}

function point({ method, value, negative, lds, ci }: StudyEntry): Record<string, string | number | null> {
  return { method: methodLabel(method), value, negatives: SIGNS[negative], lds, lo: ci[0], hi: ci[1] };
}

/** What a verdict is called, and its colour. */
const VERDICTS: readonly (readonly [Verdict, string, string])[] = [
  ['holds', 'the first has the higher LDS', '#0072B2'],
  ['undecided', 'undecided', '#E3E3E3'],
  ['reversed', 'the second has the higher LDS', '#D55E00'],
];

/** A tile per convention and relation, one block of columns per setting. */
export function mapSpec(settings: readonly SettingStudy[]): TopLevelSpec {
  const order = [...new Set(settings.flatMap(({ conventions }) => conventions.map(({ label }) => label)))];
  const columns = RELATIONS.map(([a, b]) => pairLabel(a, b));
  const values = settings.flatMap(({ setting, conventions }) =>
    conventions.flatMap(({ label, relations }) =>
      relations.flatMap(({ a, b, difference, verdict }) => {
        const name = VERDICTS.find(([v]) => v === verdict)?.[1];
        if (name === undefined || difference === null) return [];
        const text = (100 * difference).toFixed(1).replace('-', '−');
        return [{ setting, label, relation: pairLabel(a, b), verdict: name, text }];
      }),
    ),
  );
  const x = {
    field: 'relation',
    type: 'nominal',
    sort: columns,
    title: null,
    axis: { orient: 'top', labelAngle: -40, domain: false, ticks: false },
  } as const;
  const y = {
    field: 'label',
    type: 'nominal',
    sort: order,
    title: null,
    axis: { labelLimit: 600, domain: false, ticks: false },
  } as const;
  return {
    data: { values },
    facet: {
      column: { field: 'setting', type: 'nominal', title: null, sort: settings.map((s) => s.setting) },
    },
    spec: {
      width: { step: 46 },
      height: { step: 17 },
      layer: [
        {
          mark: { type: 'rect', stroke: '#FFFFFF' },
          encoding: {
            x,
            y,
            color: {
              field: 'verdict',
              type: 'nominal',
              scale: {
                domain: VERDICTS.map(([, name]) => name),
                range: VERDICTS.map(([, , colour]) => colour),
              },
              title: null,
              legend: { orient: 'bottom' },
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 10 },
          encoding: {
            x,
            y,
            text: { field: 'text' },
            color: {
              condition: { test: "datum.verdict === 'undecided'", value: INK },
              value: '#FFFFFF',
            },
          },
        },
      ],
    },
  };
}

const SHORT: Readonly<Record<Method, string>> = {
  hessian: 'H',
  ggn: 'GGN',
  'block-ggn': 'Block',
  ekfac: 'EK-FAC',
  kfac: 'K-FAC',
  'grad-dot': 'dot',
};

/** E.g. `GGN > Block`. */
export function pairLabel(a: Method, b: Method): string {
  return `${SHORT[a]} > ${SHORT[b]}`;
}
