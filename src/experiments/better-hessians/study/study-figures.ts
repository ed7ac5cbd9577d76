/** @file The study as Vega-Lite specifications: LDS along ε and λ, and what each convention makes of the ordering. */
import { fixed } from '../../judging/table.ts';
import {
  band,
  type Layer,
  labels,
  ldsWithInterval,
  lines,
  logarithmic,
  mark,
  namedLine,
  names,
  on,
  oneOf,
  type Panel,
  panel,
  points,
  pointsWithIntervals,
  quantity,
  referenceLine,
  type Spec,
} from '../../pages/chart.ts';
import type { Drawing } from '../../pages/render.ts';
import { INK, PALETTE } from '../../pages/theme.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { methodLooks } from '../figures/method-marks.ts';
import { methodLabel } from '../results/setting-table.ts';
import { RELATIONS } from './assemble-study.ts';
import { EPSILONS, type Family, LAMBDAS, type Negative } from './rule.ts';
import type { SettingStudy, Study, StudyEntry, Verdict } from './study.ts';

/** The study's figures; none when it holds no setting. */
export function studyFigures(study: Study): Drawing[] {
  if (study.settings.length === 0) return [];
  const names = study.settings.map(({ setting }) => setting).join(', ');
  return [
    {
      name: 'study-sweep',
      caption:
        'LDS against the strength of the regularisation: truncation at ε without damping, damping by λ without truncation, and each method with ' +
        'its own best, chosen on one half of the queries and judged on the other. Bands and bars are 95 % intervals. Dashed: the ' +
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
function mapFigures(settings: readonly SettingStudy[]): Drawing[] {
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
      `Which of two methods has the higher LDS under each convention, for ${members.map(({ setting }) => setting).join(', ')}, by paired 95 % intervals of the difference; ` +
      'the number is that difference in units of 0.01. The first four columns are the order that the paper reports: all blue would be its claim. ' +
      'Grey: the interval contains 0, nothing is claimed. White: one of the two has no LDS.',
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
function sweepSpec(settings: readonly SettingStudy[]): Spec {
  return {
    vconcat: settings.map((setting) => ({
      title: {
        text: `${setting.setting}, noise ceiling ${fixed(setting.ceiling.loss, 3)}`,
        anchor: 'start',
        fontSize: 13,
        color: INK,
      },
      hconcat: [
        sweepPanel(setting, 'truncated', 'ε, no damping'),
        sweepPanel(setting, 'damped', 'λ, no truncation'),
        bestPanel(setting),
      ],
      resolve: { scale: { y: 'shared', color: 'shared' } },
    })),
    resolve: { scale: { y: 'independent' } },
  } as Spec;
}

function sweepPanel(setting: SettingStudy, family: Family, title: string): Panel {
  const rows = setting.entries.filter((entry) => isPlain(entry) && entry.family === family).map(point);
  const kept = rows.filter(({ negatives }) => negatives === SIGNS.keep);
  const x = logarithmic('value', title, {
    axis: { format: '.0e', values: family === 'truncated' ? EPSILONS : LAMBDAS, labelOverlap: false },
  });
  const y = quantity('lds', 'LDS', { axis: { tickCount: 8 } });
  const { color } = methodLooks(METHODS, { legend: { orient: 'bottom', columns: 6, symbolOpacity: 1 } });
  const dashes = [
    [1, 0],
    [5, 3],
    [2, 2],
  ];
  const strokeDash = oneOf('negatives', Object.values(SIGNS), dashes, {
    title: 'negative eigenvalues of the Hessian',
    legend: { orient: 'bottom', titleLimit: 400 },
  });
  return panel([340, 260], rows, [
    ...baseline(setting),
    ...referenceLine('x', family === 'truncated' ? 1e-4 : null, { strokeDash: undefined, strokeWidth: 1 }),
    on(kept, band({ x, y, color }, 0.12)),
    lines({ x, y, color, strokeDash }, 1.8),
    on(kept, points({ x, y, color }, 28)),
  ]);
}

/** Gradient dot as a horizontal line. */
function baseline({ entries }: SettingStudy): Layer[] {
  const found = entries.find((e) => e.method === 'grad-dot' && e.measurement === 'loss');
  const place = { x: 0, align: 'left', dy: -7, dx: 4, fontSize: 10 };
  return namedLine('y', found?.lds, 'gradient dot', place, { strokeDash: [4, 4] });
}

function bestPanel({ conventions }: SettingStudy): Panel {
  const best = conventions.find(({ id }) => id === 'best-signs');
  const rows = METHODS.flatMap((method) => {
    const { lds = null, ci = NOTHING } = best?.methods[method] ?? {};
    return lds === null ? [] : [{ method: methodLabel(method), ...ldsWithInterval(lds, ci) }];
  });
  const x = names('method', { title: 'each at its own best', axis: { labelAngle: -40 } });
  const y = quantity('lds', 'LDS');
  return panel(
    [170, 260],
    rows,
    pointsWithIntervals('y', { x, y, color: methodLooks().color }, { size: 90, width: 3 }),
  );
}

const NOTHING = [null, null] as const;

/** Exact Fisher, layer blocks, loss, K-FAC on the products: what the sweeps show. */
export function isPlain({ fisher, partition, measurement, factors }: StudyEntry): boolean {
  return fisher === 'type-2' && partition === 'layer' && measurement === 'loss' && factors === 'product';
}

function point({ method, value, negative, lds, ci }: StudyEntry) {
  return { method: methodLabel(method), value, negatives: SIGNS[negative], ...ldsWithInterval(lds, ci) };
}

/** What a verdict is called, and its colour. */
const VERDICTS: readonly (readonly [Verdict, string, string])[] = [
  ['holds', 'the first has the higher LDS', PALETTE.blue],
  ['undecided', 'undecided', '#E3E3E3'],
  ['reversed', 'the second has the higher LDS', PALETTE.vermilion],
];

/** A tile per convention and relation, one block of columns per setting. */
function mapSpec(settings: readonly SettingStudy[]): Spec {
  const order = [...new Set(settings.flatMap(({ conventions }) => conventions.map(({ label }) => label)))];
  const rows = settings.flatMap(({ setting, conventions }) =>
    conventions.flatMap(({ label, relations }) =>
      relations.flatMap(({ a, b, difference, verdict }) => {
        const name = VERDICTS.find(([v]) => v === verdict)?.[1];
        if (name === undefined || difference === null) return [];
        const text = (100 * difference).toFixed(1).replace('-', '−');
        return [{ setting, label, relation: pairLabel(a, b), verdict: name, text }];
      }),
    ),
  );
  const x = names('relation', {
    sort: RELATIONS.map(([a, b]) => pairLabel(a, b)),
    axis: { orient: 'top', labelAngle: -40, domain: false, ticks: false },
  });
  const y = names('label', { sort: order, axis: { labelLimit: 600, domain: false, ticks: false } });
  const color = oneOf(
    'verdict',
    VERDICTS.map(([, name]) => name),
    VERDICTS.map(([, , colour]) => colour),
    { legend: { orient: 'bottom' } },
  );
  const ink = { condition: { test: "datum.verdict === 'undecided'", value: INK }, value: '#FFFFFF' };
  return {
    data: { values: rows },
    facet: { column: names('setting', { sort: settings.map((s) => s.setting) }) },
    spec: {
      width: { step: 46 },
      height: { step: 17 },
      layer: [
        mark('rect', { x, y, color }, { stroke: '#FFFFFF' }),
        labels({ x, y, color: ink }, 'text', { fontSize: 10 }),
      ],
    },
  } as Spec;
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
