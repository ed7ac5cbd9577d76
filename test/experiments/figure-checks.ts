/** @file Of every figure, where its marks must stand: computed from the data, the ticks of the axes and nothing of the drawing code. */
import { readFileSync } from 'node:fs';
import { gunzipSync, inflateSync } from 'node:zlib';
import type { Strongest } from '../../src/experiments/astra/astra-results.ts';
import type { Passage } from '../../src/experiments/protocol/passages.ts';
import { CONTRASTS } from '../../src/experiments/tokens/relations.ts';
import { passagesName } from '../../src/experiments/tokens/tokens-figures.ts';
import { type Element, flat, type Panel, type Place, readSvg } from '../helpers/svg-figure.ts';
import type { FigureData } from './figure-data.ts';

/** What is compared, where it was found, and where it must be, in pixels. */
export type Mark = readonly [what: string, found: number | undefined, expected: number];

/** A figure as the checks see it. */
export interface Drawn {
  readonly name: string;
  readonly svg: string;
  readonly panels: readonly Panel[];
}

/** The check of a family of figures. */
export interface FigureCheck {
  /** What draws them, below src/experiments. */
  readonly file: string;
  readonly names: RegExp;
  readonly marks: (figure: Drawn, data: FigureData) => Mark[];
  /** Exchanges the data of two series: after that, the marks must no longer agree. Absent where no data are shown. */
  readonly mixUp?: (data: FigureData) => void;
}

const COLOURS = {
  hessian: '#0072B2',
  ggn: '#56B4E9',
  'block-ggn': '#009E73',
  ekfac: '#E69F00',
  kfac: '#D55E00',
  'grad-dot': '#8C8C8C',
} as const;
const LABELS = {
  hessian: 'Hessian',
  ggn: 'GGN',
  'block-ggn': 'Block-GGN',
  ekfac: 'EK-FAC',
  kfac: 'K-FAC',
  'grad-dot': 'Gradient dot',
} as const;
type Method = keyof typeof COLOURS;
const METHODS = Object.keys(COLOURS) as Method[];
type Curvature = Exclude<Method, 'grad-dot'>;
const CURVATURES = METHODS.slice(0, 5) as Curvature[];
/** A step of the ladder has the colour of its end. */
const STEPS = {
  'hessian→ggn': 'ggn',
  'ggn→block-ggn': 'block-ggn',
  'block-ggn→ekfac': 'ekfac',
  'ekfac→kfac': 'kfac',
} as const;
const STEP_NAMES = Object.keys(STEPS) as (keyof typeof STEPS)[];

/** Pixels of a row of the ladder, and of the ladder of networks. */
const ROW = 15;
const NETWORK_ROW = 16;

/** A form of a Kronecker product. */
const KRONECKER_COLOURS: Readonly<Record<string, string>> = {
  'ekfac one': '#000000',
  'kfac one': '#8C8C8C',
  'ekfac expand': '#0072B2',
  'kfac expand': '#56B4E9',
  'ekfac reduce': '#D55E00',
  'kfac reduce': '#E69F00',
};

/** Settings along each sweep of the paper. */
const SWEEPS = [
  ['epochs', ['d8-w16-e10', 'd8-w16-e100', 'd8-w16-e1000']],
  ['depth', ['d1-w16-e100', 'd4-w16-e100', 'd8-w16-e100']],
  ['width', ['d1-w16-e100', 'd1-w32-e100', 'd1-w64-e100', 'd1-w128-e100']],
] as const;

/** Exchanges what stands under two keys. */
function swap(object: object, a: string | number, b: string | number): void {
  const fields = object as Record<string | number, unknown>;
  [fields[a], fields[b]] = [fields[b], fields[a]];
}

/** As many marks as expected, one after the other. */
function eachMark(what: string, found: readonly number[], expected: readonly number[]): Mark[] {
  return [
    [`number of ${what}`, 1000 * found.length, 1000 * expected.length],
    ...expected.map((place, k): Mark => [`${what} ${k}`, found[k], place]),
  ];
}

const xs = (places: readonly Place[]): number[] => places.map(({ x }) => x);
const ys = (places: readonly Place[]): number[] => places.map(({ y }) => y);
const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

function settingOf(data: FigureData, { name }: Drawn): FigureData['views'][number] {
  const found = data.views.find((view) => name.startsWith(`${view.name}-`));
  if (found === undefined) throw new Error(`no setting of ${name}`);
  return found;
}

function swapMethods(data: FigureData): void {
  for (const { results } of data.views) swap(results.lds, 'hessian', 'kfac');
}

export const FIGURE_CHECKS: readonly FigureCheck[] = [
  {
    file: 'better-hessians/figures/lds-figure.ts',
    names: /^d\d+-w\d+-e\d+-lds$/,
    marks: (figure, data) => {
      const [panel] = figure.panels;
      const { lds, ceiling } = settingOf(data, figure).results;
      const [dashed] = panel.rules('#6B6B6B');
      return [
        ['ceiling', dashed.x1, panel.x.place(ceiling ?? Number.NaN)],
        ...METHODS.flatMap((method): Mark[] => {
          const { mean, ci } = lds[method];
          const [point] = panel.points(COLOURS[method]);
          const [bar] = panel.rules(COLOURS[method]);
          return [
            [method, point.x, panel.x.place(mean ?? Number.NaN)],
            [`row of ${method}`, point.y, panel.y.name(LABELS[method])],
            [`low end of ${method}`, bar.x1, panel.x.place(ci[0] ?? Number.NaN)],
            [`high end of ${method}`, bar.x2, panel.x.place(ci[1] ?? Number.NaN)],
          ];
        }),
      ];
    },
    mixUp: swapMethods,
  },
  {
    file: 'better-hessians/figures/lds-error-figure.ts',
    names: /-lds-error$/,
    marks: (figure, data) => {
      const [panel] = figure.panels;
      const { lds, error } = settingOf(data, figure).results;
      return CURVATURES.flatMap((kind): Mark[] => {
        const [point] = panel.points(COLOURS[kind]);
        return [
          [`error of ${kind}`, point.x, panel.x.place(error[kind] ?? Number.NaN, 'log')],
          [`LDS of ${kind}`, point.y, panel.y.place(lds[kind].mean ?? Number.NaN)],
        ];
      });
    },
    mixUp: swapMethods,
  },
  {
    file: 'better-hessians/figures/error-share-figure.ts',
    names: /-error-share$/,
    marks: (figure, data) => {
      const [panel] = figure.panels;
      const { errorShare } = settingOf(data, figure).results;
      return STEP_NAMES.flatMap((step): Mark[] => {
        const [bar] = panel.boxes(COLOURS[STEPS[step]]);
        const length = panel.x.place(100 * (errorShare[step] ?? Number.NaN)) - panel.x.place(0);
        return [[`bar of ${step}`, bar.width, Math.abs(length)]];
      });
    },
    mixUp: (data) => {
      for (const { results } of data.views) swap(results.errorShare, 'ekfac→kfac', 'hessian→ggn');
    },
  },
  {
    file: 'better-hessians/figures/per-query-figure.ts',
    names: /-per-query$/,
    marks: (figure, data) => {
      const [panel] = figure.panels;
      return METHODS.flatMap((method) => {
        const [dots] = panel.lines(COLOURS[method]);
        const expected = known(settingOf(data, figure).results.lds[method].perQuery);
        return eachMark(
          `queries under ${method}`,
          xs(dots),
          expected.map((rho) => panel.x.place(rho)),
        );
      });
    },
    mixUp: swapMethods,
  },
  {
    file: 'better-hessians/figures/spectra-figure.ts',
    names: /-spectra$/,
    marks: (figure, data) => {
      const [panel] = figure.panels;
      return CURVATURES.flatMap((kind): Mark[] => {
        const [curve] = panel.lines(COLOURS[kind]);
        const positive = [...settingOf(data, figure).spectra[kind]].filter((value) => value > 0);
        const last = curve[curve.length - 1];
        return [
          [`first rank of ${kind}`, curve[0].x, panel.x.place(1)],
          [`largest eigenvalue of ${kind}`, curve[0].y, panel.y.place(Math.max(...positive), 'log')],
          [`last rank of ${kind}`, last.x, panel.x.place(positive.length)],
          [`smallest eigenvalue of ${kind}`, last.y, panel.y.place(Math.min(...positive), 'log')],
        ];
      });
    },
    mixUp: (data) => {
      for (const { spectra } of data.views) swap(spectra, 'ggn', 'kfac');
    },
  },
  {
    file: 'better-hessians/figures/showcase-figure.ts',
    names: /-digits-\d+$/,
    marks: (figure, data) => {
      const pictures = flat(readSvg(figure.svg)).filter(({ tag }) => tag === 'image');
      const [{ pixels, strongest }] = settingOf(data, figure).showcases;
      const left = 236; // of the pictures of the first row, and between their left edges 52
      return [
        ...sameGreys('query', pictures[0], pixels),
        ...METHODS.flatMap((method, row) => {
          const [first] = strongest[method].helped;
          const picture = pictures[1 + 6 * row];
          const top = Number(picture.attributes['y']);
          return [
            [`${method}, first helper`, Number(picture.attributes['x']), left] as const,
            [`${method}, row`, top, 46 + 74 * row] as const,
            [`${method}, second helper`, Number(pictures[2 + 6 * row].attributes['x']), left + 52] as const,
            ...sameGreys(method, picture, first.pixels),
          ];
        }),
      ];
    },
    mixUp: (data) => {
      for (const { showcases } of data.views) swap(showcases[0].strongest, 'hessian', 'kfac');
    },
  },
  {
    file: 'better-hessians/figures/protocol-figure.ts',
    names: /^figure-4$/,
    marks: ({ svg }, data) => {
      const all = flat(readSvg(svg));
      const dots = all
        .filter(({ tag }) => tag === 'circle')
        .map(({ attributes: a }) => ({ x: Number(a['cx']), y: Number(a['cy']) }));
      const axes = all
        .filter(({ tag, attributes: a }) => tag === 'line' && a['stroke'] === '#9A9A9A')
        .map(({ attributes: a }) => a);
      const along = axes.find((a) => a['y1'] === a['y2']);
      const up = axes.find((a) => a['x1'] === a['x2']);
      const shown = data.views.map(({ protocol }) => protocol).find((protocol) => protocol !== undefined);
      if (shown === undefined || along === undefined || up === undefined) throw new Error('no protocol');
      const { predicted, measured } = shown;
      const rank = (values: readonly number[], i: number): number =>
        values.filter((value) => value < values[i]).length;
      const place = (share: number, from: number, to: number): number =>
        from + Math.sign(to - from) * (6 + share * (Math.abs(to - from) - 12));
      const n = predicted.length - 1;
      return [
        ...eachMark(
          'predictions',
          xs(dots),
          predicted.map((_, i) => place(rank(predicted, i) / n, Number(along['x1']), Number(along['x2']))),
        ),
        ...eachMark(
          'measurements',
          ys(dots),
          measured.map((_, i) => place(rank(measured, i) / n, Number(up['y2']), Number(up['y1']))),
        ),
      ];
    },
    mixUp: (data) => {
      for (const { protocol } of data.views)
        if (protocol !== undefined) swap(protocol, 'predicted', 'measured');
    },
  },
  {
    file: 'better-hessians/figures/sweep-figure.ts',
    names: /^figure-[123]$/,
    marks: ({ name, panels: [above, below] }, { paper }) => {
      const settings = SWEEPS[Number(name.slice(-1)) - 1][1].map((setting) => paper.settings[setting]);
      return [
        ...METHODS.flatMap((method) =>
          eachMark(
            `LDS of ${method}`,
            ys(above.points(COLOURS[method])),
            settings.map(({ lds }) => above.y.place(lds[method].mean ?? Number.NaN)),
          ),
        ),
        ...CURVATURES.flatMap((kind) =>
          eachMark(
            `error of ${kind}`,
            ys(below.points(COLOURS[kind])),
            settings.map(({ error }) => below.y.place(error[kind] ?? Number.NaN, 'log')),
          ),
        ),
      ];
    },
    mixUp: ({ paper }) => {
      for (const { lds } of Object.values(paper.settings)) swap(lds, 'hessian', 'kfac');
    },
  },
  {
    file: 'better-hessians/figures/steps-figure.ts',
    names: /^figure-[123]-steps$/,
    marks: ({ name, panels }, { paper }) => {
      const settings = SWEEPS[Number(name[7]) - 1][1].map((setting) => paper.settings[setting]);
      return settings.flatMap(({ errorShare, ldsChange }, k) =>
        STEP_NAMES.flatMap((step): Mark[] => {
          const [shares, changes] = [panels[k], panels[k + settings.length]];
          const colour = COLOURS[STEPS[step]];
          const length = shares.x.place(100 * (errorShare[step] ?? 0)) - shares.x.place(0);
          return [
            [`share of ${step}`, shares.boxes(colour)[0].width, Math.abs(length)],
            [
              `change at ${step}`,
              changes.points(colour)[0].x,
              changes.x.place(ldsChange[step].change ?? Number.NaN),
            ],
          ];
        }),
      );
    },
    mixUp: ({ paper }) => {
      for (const { ldsChange } of Object.values(paper.settings)) swap(ldsChange, 'ekfac→kfac', 'hessian→ggn');
    },
  },
  {
    file: 'better-hessians/figures/diagnostic-figure.ts',
    names: /^figure-[5678]$/,
    marks: ({ name, panels }, { paper }) => {
      const curves = {
        5: [['residual', '#222222']],
        6: [['crossLayer', '#222222']],
        7: [
          ['eigenvalueOverlapEkfac', COLOURS.ekfac],
          ['eigenvalueOverlapKfac', COLOURS.kfac],
        ],
        8: [
          ['basisOverlapEkfac', COLOURS.ekfac],
          ['basisOverlapKfac', COLOURS.kfac],
        ],
      } as const;
      return SWEEPS.flatMap(([axis, names], k) =>
        curves[Number(name.slice(-1)) as keyof typeof curves].flatMap(([field, colour]) => {
          const means = names.map((setting) => {
            const values = known(paper.settings[setting].diagnosticsSingle.map((one) => one[field]));
            return values.reduce((a, b) => a + b) / values.length;
          });
          return eachMark(
            `${field} along ${axis}`,
            ys(panels[k].points(colour)),
            means.map((mean) => panels[k].y.place(mean)),
          );
        }),
      );
    },
    mixUp: ({ paper }) => {
      swap(paper.settings, 'd8-w16-e10', 'd8-w16-e1000');
      swap(paper.settings, 'd1-w16-e100', 'd4-w16-e100');
    },
  },
  {
    file: 'better-hessians/figures/overview-figure.ts',
    names: /^overview$/,
    marks: ({ panels: [panel] }, { views }) =>
      METHODS.flatMap((method) =>
        eachMark(
          `LDS of ${method}`,
          xs(panel.points(COLOURS[method])),
          views.map(({ results }) => panel.x.place(results.lds[method].mean ?? Number.NaN)),
        ),
      ),
    mixUp: swapMethods,
  },
  {
    file: 'better-hessians/figures/ladder-figure.ts',
    names: /^ladder$/,
    // it shows no numbers: the cells of a matrix are those that its structure leaves
    marks: ({ svg }) => {
      const cells = flat(readSvg(svg)).filter(({ attributes: a }) => a['fill-opacity'] !== undefined);
      const blocks = [5, 4, 3];
      return CURVATURES.flatMap((kind, k) => {
        const own = cells.filter(({ attributes: a }) => a['fill'] === COLOURS[kind]);
        const dense = kind === 'hessian' || kind === 'ggn';
        return eachMark(
          `rows of ${kind}`,
          own
            .filter(({ attributes: a }) => Math.abs(Number(a['x']) - (8 + 150 * k)) < 1)
            .map(({ attributes: a }) => Number(a['y'])),
          Array.from({ length: dense ? 12 : blocks[0] }, (_, i) => 34 + 8 * i),
        ).concat([[`cells of ${kind}`, own.length, dense ? 144 : blocks.reduce((sum, n) => sum + n * n, 0)]]);
      });
    },
  },
  {
    file: 'better-hessians/study/study-figures.ts',
    names: /^study-sweep$/,
    marks: ({ panels }, { study }) =>
      study.settings.flatMap(({ entries, conventions }, k) => {
        const [truncated, damped, best] = panels.slice(3 * k, 3 * k + 3);
        const along = (panel: Panel, family: string) =>
          CURVATURES.flatMap((method) => {
            const own = entries.filter(
              (e) =>
                e.method === method &&
                e.family === family &&
                e.fisher === 'type-2' &&
                e.partition === 'layer' &&
                e.measurement === 'loss' &&
                e.factors === 'product' &&
                e.negative === 'keep' &&
                e.lds !== null,
            );
            const points = panel.points(COLOURS[method]);
            return [
              ...eachMark(
                `${family} ${method}, strength`,
                xs(points),
                own.map(({ value }) => panel.x.place(value ?? Number.NaN, 'log')),
              ),
              ...eachMark(
                `${family} ${method}, LDS`,
                ys(points),
                own.map(({ lds }) => panel.y.place(lds ?? Number.NaN)),
              ),
            ];
          });
        const chosen = conventions.find(({ id }) => id === 'best-signs');
        return [
          ...along(truncated, 'truncated'),
          ...along(damped, 'damped'),
          ...METHODS.map(
            (method): Mark => [
              `best ${method}`,
              best.points(COLOURS[method])[0].y,
              best.y.place(chosen?.methods[method].lds ?? Number.NaN),
            ],
          ),
        ];
      }),
    mixUp: ({ study }) => {
      for (const { entries } of study.settings) swapNames(entries, 'ggn', 'kfac');
    },
  },
  {
    file: 'better-hessians/study/study-figures.ts',
    names: /^study-map/,
    marks: ({ svg, panels }, { study }) => {
      const texts = flat(readSvg(svg)).filter(({ tag }) => tag === 'text');
      const colours = { holds: '#0072B2', undecided: '#E3E3E3', reversed: '#D55E00' } as const;
      const short = {
        hessian: 'H',
        ggn: 'GGN',
        'block-ggn': 'Block',
        ekfac: 'EK-FAC',
        kfac: 'K-FAC',
        'grad-dot': 'dot',
      } as const;
      return study.settings.flatMap(({ setting, conventions }, k) =>
        conventions.flatMap(({ label, relations }) =>
          relations.flatMap(({ a, b, verdict }): Mark[] => {
            if (verdict === 'undefined') return [];
            // headings without ticks, slanted above each setting; rows are named once, a third of their size over the base line
            const above = texts.filter(({ text }) => text === `${short[a]} > ${short[b]}`);
            const row = texts.find(({ text }) => text === label);
            const [x, y] = [above[k].x, (row?.y ?? Number.NaN) - 4];
            const far = panels[k]
              .boxes(colours[verdict])
              .map((box) => Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y));
            return [[`${setting}, ${label}: ${a} > ${b}`, Math.min(...far), 0]];
          }),
        ),
      );
    },
    mixUp: ({ study }) => {
      for (const { conventions } of study.settings)
        for (const { relations } of conventions) swap(relations, 0, 5);
      const opposite = {
        holds: 'reversed',
        reversed: 'holds',
        undecided: 'undecided',
        undefined: 'undefined',
      };
      for (const { conventions } of study.settings)
        for (const { relations } of conventions)
          for (const relation of relations) Object.assign(relation, { verdict: opposite[relation.verdict] });
    },
  },
  {
    file: 'better-hessians/beyond/beyond-figure.ts',
    names: /-beyond-/,
    marks: ({ name, panels }, { beyond }) => {
      const colours = {
        ladder: '#000000',
        nearest: '#D55E00',
        sum: '#E69F00',
        basis: '#CC79A7',
        neighbours: '#009E73',
        'cg-ggn': '#56B4E9',
        'cg-hessian': '#0072B2',
      } as const;
      const [{ rules }] = beyond.settings;
      const rule = rules.find(({ rule: r }) =>
        name.endsWith(`${r.kind === 'damped' ? `lambda-${r.lambda.toExponential()}` : 'eps-1e-4'}`),
      );
      if (rule === undefined) throw new Error(`no rule of ${name}`);
      return Object.entries(colours).flatMap(([family, colour]) => {
        const own = rule.entries.filter((entry) => entry.family === family);
        const judged = own.filter(({ lds }) => lds !== null);
        const solved = own.filter(({ error }) => error !== null && error > 0);
        const [top, topRight, low, lowRight] = panels;
        return [
          ...eachMark(
            `${family}, seconds`,
            xs(top.points(colour)),
            judged.map(({ seconds }) => top.x.place(seconds, 'log')),
          ),
          ...eachMark(
            `${family}, LDS`,
            ys(top.points(colour)),
            judged.map(({ lds }) => top.y.place(lds ?? Number.NaN)),
          ),
          ...eachMark(
            `${family}, stored`,
            xs(topRight.points(colour)),
            judged.map(({ stored }) => topRight.x.place(stored, 'log')),
          ),
          ...eachMark(
            `${family}, error`,
            ys(low.points(colour)),
            solved.map(({ error }) => low.y.place(error ?? Number.NaN, 'log')),
          ),
          ...eachMark(
            `${family}, stored`,
            xs(lowRight.points(colour)),
            solved.map(({ stored }) => lowRight.x.place(stored, 'log')),
          ),
        ];
      });
    },
    mixUp: ({ beyond }) => {
      for (const { rules } of beyond.settings) for (const { entries } of rules) swapField(entries, 'lds');
    },
  },
  {
    file: 'methods/methods-figure.ts',
    names: /-methods-pareto$/,
    marks: ({ name, panels: [panel] }, { methods }) => {
      const eigenbasis: readonly string[] = CURVATURES;
      const shown = rankedEntries(methods, name).filter(
        ({ kind, method }) => kind !== 'best' && eigenbasis.includes(method),
      );
      const all = shown.flatMap(({ single, seconds, ensembles }) => [
        { lds: single.mean, seconds: seconds.fit + seconds.score },
        ...ensembles,
      ]);
      const points = panel.points('#0072B2');
      return [
        ...eachMark(
          'LDS',
          ys(points),
          all.map(({ lds }) => panel.y.place(lds ?? Number.NaN)),
        ),
        ...eachMark(
          'seconds',
          xs(points),
          all.map(({ seconds }) => panel.x.place(Math.max(seconds, 0.002), 'log')),
        ),
      ];
    },
    mixUp: ({ methods }) => {
      for (const { entries } of methods.settings) swapField(entries, 'ensembles');
      for (const { entries } of methods.settings) swapField(entries, 'seconds');
    },
  },
  {
    file: 'methods/methods-figure.ts',
    names: /-methods-lds$/,
    marks: ({ name, panels: [panel] }, { methods }) => {
      const shown = rankedEntries(methods, name);
      const points = panel.points('#000000');
      return [
        ...eachMark(
          'LDS',
          xs(points),
          shown.map(({ single }) => panel.x.place(single.mean ?? Number.NaN)),
        ),
        // one base model stands above the ensembles of its row: nine pixels over the middle of four
        ...eachMark(
          'row',
          ys(points),
          shown.map(({ label }) => panel.y.name(label) - 9),
        ),
      ];
    },
    mixUp: ({ methods }) => {
      for (const { entries } of methods.settings) swapField(entries, 'single');
    },
  },
  {
    file: 'ladder/ladder-figure.ts',
    names: /^rungs$/,
    marks: ({ panels }, { ladder }) =>
      ladder.settings.flatMap(({ ceiling, rungs }, k) => {
        const shown = rungs.filter(({ group }) => group === 'rung');
        const { x, y } = panels[k];
        return (
          [
            ['#000000', 'single', -1],
            ['#D55E00', 'ensemble', 1],
          ] as const
        ).flatMap(([colour, reading, side]) => {
          const points = panels[k].points(colour);
          const labels = ['Realised retraining', ...shown.map(({ label }) => label.replace(', best λ', ''))];
          const heights = ys(points);
          // the two readings of a rung stand above and below the middle of its row
          return [
            ...eachMark('LDS', xs(points), [ceiling, ...shown.map((entry) => entry[reading].lds)].map((lds) => x.place(lds ?? Number.NaN))), // biome-ignore format: one line
            ...eachMark(
              'row',
              heights,
              labels.map((label) => y.name(label) + (side * ROW) / 4),
            ),
          ];
        });
      }),
    mixUp: ({ ladder }) => {
      for (const { rungs } of ladder.settings) swapField(rungs, 'single');
    },
  },
  {
    file: 'ladder/ladder-figure.ts',
    names: /-rungs-seconds$/,
    marks: ({ name, panels: [panel] }, { ladder }) => {
      const found = ladder.settings.find(({ setting }) => name.startsWith(`${setting}-rungs`));
      const shown = (found?.rungs ?? []).filter(({ group }) => group !== 'part');
      const points = panel.points('#D55E00');
      return [
        ...eachMark(
          'LDS',
          ys(points),
          shown.map(({ ensemble }) => panel.y.place(ensemble.lds ?? Number.NaN)),
        ),
        ...eachMark(
          'seconds',
          xs(points),
          shown.map(({ models, seconds }) => panel.x.place(models * Math.max(seconds ?? 0, 0.002), 'log')),
        ),
      ];
    },
    mixUp: ({ ladder }) => {
      for (const { rungs } of ladder.settings) swapField(rungs, 'ensemble');
    },
  },
  {
    file: 'networks/networks-figure.ts',
    names: /^networks-lds$/,
    marks: ({ panels }, { networks }) =>
      networks.settings.flatMap(({ rungs }, k) =>
        (
          [
            ['#000000', 'published', -1],
            ['#D55E00', 'best', 1],
          ] as const
        ).flatMap(([colour, treatment, side]) => {
          const { x, y } = panels[k];
          const points = panels[k].points(colour);
          // the two treatments of a rung stand above and below the middle of its row
          return [
            ...eachMark('LDS', xs(points), rungs.map((rung) => x.place(rung[treatment].ensemble.lds ?? Number.NaN))), // biome-ignore format: one line
            ...eachMark('row', ys(points), rungs.map(({ label }) => y.name(label) + (side * NETWORK_ROW) / 4)), // biome-ignore format: one line
          ];
        }),
      ),
    mixUp: ({ networks }) => {
      for (const { rungs } of networks.settings) swap(rungs, 0, rungs.length - 1);
    },
  },
  {
    file: 'networks/networks-figure.ts',
    names: /^networks-passages-/,
    marks: ({ name, svg }, { networks }) => colouredLines(svg, passagesOf(networks, name)),
    mixUp: ({ networks }) => {
      for (const { passages } of networks.settings)
        if (passages !== undefined) swap(passages, 'helpful', 'harmful');
    },
  },
  {
    file: 'tokens/tokens-figures.ts',
    names: /^tokens-passages-/,
    marks: ({ name, svg }, { tokens }) => colouredLines(svg, tokenPassagesOf(tokens, name)),
    mixUp: ({ tokens }) => {
      for (const { passages } of tokens.settings) for (const one of passages) swap(one, 'helpful', 'harmful');
    },
  },
  {
    file: 'tokens/tokens-figures.ts',
    names: /^tokens-relations-/,
    marks: (
      { panels },
      { tokens: { settings: [{ methods }] } }, // biome-ignore format: one line
    ) =>
      CONTRASTS.flatMap(({ id }, k) =>
        (
          [
            ['#0072B2', 'sampler'],
            ['#D55E00', 'curvature'],
          ] as const
        ).flatMap(([colour, kind]) => {
          const own = methods.filter((method) => method.kind === kind);
          const points = panels[k].points(colour);
          const { x } = panels[CONTRASTS.length - 1 - ((CONTRASTS.length - 1 - k) % 2)]; // the panel at the foot of the column has the axis
          return [
            ...eachMark(`share, ${id}`, xs(points), own.map(({ answers }) => x.place(answers[id].mean ?? Number.NaN))), // biome-ignore format: one line
            ...eachMark(
              'row',
              ys(points),
              own.map(({ label }) => panels[k].y.name(label)),
            ),
          ];
        }),
      ),
    mixUp: ({ tokens }) => {
      for (const { methods } of tokens.settings)
        for (const { answers } of methods) swap(answers, 'same', 'kind');
    },
  },
  {
    file: 'tokens/tokens-figures.ts',
    names: /^tokens-agreement-/,
    marks: (
      { panels: [panel] },
      { tokens: { settings: [{ samplers }] } }, // biome-ignore format: one line
    ) =>
      Object.entries(AGREEMENT_COLOURS).flatMap(([other, colour]) =>
        eachMark(
          other,
          xs(panel.points(colour)),
          samplers.map(({ halves, agreement }) => {
            const found = other === 'halves' ? halves : agreement.find((one) => one.with === other);
            return panel.x.place(found?.tokens.spearman.mean ?? Number.NaN);
          }),
        ),
      ),
    mixUp: ({ tokens }) => {
      for (const { samplers } of tokens.settings)
        for (const { agreement } of samplers) swap(agreement[0], 'tokens', 'sequences');
    },
  },
  {
    file: 'networks/networks-figure.ts',
    names: /^networks-kronecker$/,
    marks: ({ panels: [panel] }, { networks }) =>
      Object.entries(KRONECKER_COLOURS).flatMap(([name, colour]) => {
        const [kind, form] = name.split(' ');
        const own = networks.settings.flatMap(({ steps }) =>
          steps
            .filter((step) => step.form === form)
            .flatMap(({ layers }) => layers.filter(({ op }) => !op.endsWith('-norm'))),
        );
        return eachMark(name, xs(panel.points(colour)), own.map((layer) => panel.x.place(layer[kind as 'ekfac'].mean ?? Number.NaN, 'log'))); // biome-ignore format: one line
      }),
    mixUp: ({ networks }) => {
      for (const { steps } of networks.settings)
        for (const { layers } of steps) for (const layer of layers) swap(layer, 'ekfac', 'kfac');
    },
  },
  {
    file: 'bayesian/bif-figures.ts',
    names: /^bif-size$/,
    marks: ({ panels: [panel] }, { bif: { curves } }) =>
      Object.entries(BIF_COLOURS).flatMap(([method, colour]) => {
        const own = curves.filter((point) => point.method === method && point.value !== null);
        return eachMark(
          `LDS of ${method}`,
          ys(panel.points(colour)),
          own.map(({ value }) => panel.y.place(value ?? Number.NaN)),
        );
      }),
    mixUp: ({ bif }) => swapNames(bif.curves, 'bif', 'ekfac'),
  },
  {
    file: 'bayesian/bif-figures.ts',
    names: /^bif-seeds$/,
    marks: ({ svg, panels }, { bif: { cells } }) =>
      titles(svg, 'seed ').flatMap((seed, k) =>
        (['bif', 'ekfac'] as const).flatMap((name) => {
          const own = cells
            .filter((cell) => cell.seed === seed)
            .flatMap(({ fraction, methods }) =>
              methods
                .filter(({ method, lds }) => method === name && lds !== null)
                .map(({ lds }) => ({ fraction, lds })),
            );
          const points = panels[k].points(BIF_COLOURS[name]);
          return [
            ...eachMark(
              `LDS of ${name}, seed ${seed}`,
              ys(points),
              own.map(({ lds }) => panels[k].y.place(lds ?? Number.NaN)),
            ),
            ...eachMark(
              `α of ${name}, seed ${seed}`,
              xs(points),
              own.map(({ fraction }) => panels[k].x.place(fraction, 'log')),
            ),
          ];
        }),
      ),
    mixUp: ({ bif }) => {
      for (const { methods } of bif.cells) swapNames(methods, 'bif', 'ekfac');
    },
  },
  {
    file: 'bayesian/bif-figures.ts',
    names: /^bif-grid$/,
    marks: ({ panels: [panel] }, { bif: { grid } }) => {
      const points = ['#0072B2', '#D55E00', '#6B6B6B']
        .flatMap((colour) => panel.points(colour))
        .sort((a, b) => a.y - b.y);
      const scored = grid.entries.flatMap(({ lds }, row) => (lds === null ? [] : [{ lds, row }]));
      return [
        ...eachMark(
          'LDS',
          xs(points),
          scored.map(({ lds }) => panel.x.place(lds)),
        ),
        ...eachMark(
          'row',
          ys(points),
          scored.map(({ row }) => points[0].y + 17 * (row - scored[0].row)),
        ),
      ];
    },
    mixUp: ({ bif }) => swapField(bif.grid.entries, 'lds'),
  },
  {
    file: 'bayesian/bif-figures.ts',
    names: /^bif-traces$/,
    marks: ({ svg, panels }, { bif: { grid, gridDraws } }) =>
      titles(svg, 'nβ = ').flatMap((nBeta, k) => {
        const own = grid.entries.filter(
          ({ figures }) => Number(figures['nBeta']?.toPrecision(3) ?? 0) === nBeta,
        );
        const traces = own.map(({ trace }) => trace).filter(({ length }) => length > 0);
        const drawn = panels[k].lines('#222222');
        return traces.flatMap((trace, t) => [
          ...eachMark(
            `loss, nβ = ${nBeta}`,
            ys(drawn[t]),
            trace.map((loss) => panels[k].y.place(loss, 'log')),
          ),
          ...eachMark(
            `draw, nβ = ${nBeta}`,
            xs(drawn[t]),
            trace.map((_, d) => panels[k].x.place((d * gridDraws) / trace.length)),
          ),
        ]);
      }),
    mixUp: ({ bif }) => swapField(bif.grid.entries, 'trace'),
  },
  {
    file: 'bayesian/bif-figures.ts',
    names: /^bif-time$/,
    marks: ({ panels: [panel] }, { bif: { timing } }) => {
      const series = {
        '#0072B2': (t: (typeof timing)[number]) => 2000 * t.draw,
        '#D55E00': (t: (typeof timing)[number]) => t.fit + t.score,
        '#E69F00': (t: (typeof timing)[number]) => t.fit,
      };
      return Object.entries(series).flatMap(([colour, seconds]) => [
        ...eachMark(
          `seconds of ${colour}`,
          ys(panel.points(colour)),
          timing.map((t) => panel.y.place(seconds(t), 'log')),
        ),
        ...eachMark(
          `parameters of ${colour}`,
          xs(panel.points(colour)),
          timing.map(({ parameters }) => panel.x.place(parameters, 'log')),
        ),
      ]);
    },
    mixUp: ({ bif }) => {
      for (const timing of bif.timing) swap(timing, 'draw', 'fit');
    },
  },
  {
    file: 'astra/strongest-figure.ts',
    names: /-astra-strongest$/,
    marks: ({ name, svg }, { astra }) => {
      const pictures = flat(readSvg(svg)).filter(({ tag }) => tag === 'image');
      const { queries } = strongestOf(astra, name);
      const shown = queries.flatMap(({ query, shown }) => [
        query.position,
        ...shown.flatMap(({ helped, harmed }) => [...helped, ...harmed].map(({ position }) => position)),
      ]);
      const places = pictures.map(({ attributes }) => [Number(attributes['x']), Number(attributes['y'])]);
      return [
        ['number of pictures', 1000 * pictures.length, 1000 * shown.length],
        ...places.slice(1).map(([x, y], k): Mark => {
          const [left, top] = places[k]; // a method's row goes on to the right, the next one stands below
          return [`place of picture ${k + 1}`, x > left || y > top ? 1 : 100, 1];
        }),
        ...shown.flatMap((position, k) => sameColours(`picture ${k}`, pictures[k], position)),
      ];
    },
    mixUp: ({ astra }) => {
      for (const { strongest } of astra.settings)
        for (const { shown } of strongest?.queries ?? [])
          for (const one of shown) swap(one, 'helped', 'harmed');
    },
  },
  {
    file: 'astra/figures.ts',
    names: /-astra-lds$/,
    marks: ({ name, panels: [panel] }, { astra }) => {
      const { entries } = astraSetting(astra, name);
      const ensembles = entries.flatMap(({ ensemble }) => (ensemble === null ? [] : [ensemble]));
      return [
        ...eachMark(
          'one model',
          xs(panel.points('#0072B2')),
          entries.map(({ single }) => panel.x.place(single.mean ?? Number.NaN)),
        ),
        ...eachMark(
          'ensemble',
          xs(panel.points('#D55E00')),
          ensembles.map(({ mean }) => panel.x.place(mean ?? Number.NaN)),
        ),
      ];
    },
    mixUp: ({ astra }) => {
      for (const { entries } of astra.settings) swapField(entries, 'single');
    },
  },
  {
    file: 'astra/figures.ts',
    names: /-astra-convergence$/,
    marks: ({ name, panels: [left, right] }, { astra }) =>
      astraSetting(astra, name).convergence.flatMap(({ solver, points }, k) => {
        const colour = ['#D55E00', '#0072B2', '#009E73'][k];
        const closer = points.filter(({ medianDistance }) => medianDistance !== null && medianDistance > 0);
        return [
          ...eachMark(
            `${solver}, distance`,
            ys(left.points(colour)),
            closer.map(({ medianDistance }) => left.y.place(medianDistance ?? Number.NaN, 'log')),
          ),
          ...eachMark(
            `${solver}, iterations`,
            xs(left.points(colour)),
            closer.map(({ iteration }) => left.x.place(iteration + 1, 'log')),
          ),
          ...eachMark(
            `${solver}, LDS`,
            ys(right.points(colour)),
            known(points.map(({ lds }) => lds.mean)).map((mean) => right.y.place(mean)),
          ),
        ];
      }),
    mixUp: ({ astra }) => {
      for (const { convergence } of astra.settings)
        if (convergence.length > 1) swapField(convergence, 'points');
    },
  },
  {
    file: 'astra/figures.ts',
    names: /-astra-low-curvature$/,
    marks: ({ name, panels: [left, right] }, { astra }) => {
      const shown = astraSetting(astra, name).ablation?.solvers.filter(({ diverged }) => !diverged) ?? [];
      return shown.flatMap(({ label, lds, errors }, k) => {
        const colour = ['#E69F00', '#D55E00', '#0072B2', '#009E73', '#000000'][k];
        return [
          ...eachMark(
            `${label}, LDS`,
            ys(left.points(colour)),
            known(lds.map(({ mean }) => mean)).map((mean) => left.y.place(mean)),
          ),
          ...eachMark(
            `${label}, error`,
            ys(right.points(colour)),
            known([...errors]).map((error) => right.y.place(error)),
          ),
        ];
      });
    },
    mixUp: ({ astra }) => {
      for (const { ablation } of astra.settings) if (ablation !== null) swapField(ablation.solvers, 'lds');
    },
  },
];

const BIF_COLOURS = {
  bif: '#0072B2',
  'bif-correlation': '#56B4E9',
  'bif-tuned': '#004165',
  'damped-if': '#009E73',
  ekfac: '#E69F00',
  'ekfac-tuned': '#D55E00',
  trak: '#CC79A7',
  'grad-dot': '#8C8C8C',
} as const;

/** The numbers in the titles of panels, in their order. */
function titles(svg: string, begin: string): number[] {
  const texts = flat(readSvg(svg)).map(({ text }) => text);
  return texts.filter((text) => text.startsWith(begin)).map((text) => Number(text.slice(begin.length)));
}

/** Two methods under each other's name. */
function swapNames(rows: readonly { readonly method: string }[], a: string, b: string): void {
  for (const row of rows)
    if (row.method === a || row.method === b) Object.assign(row, { method: row.method === a ? b : a });
}

/** A field of the rows in the opposite order. */
function swapField<K extends string>(rows: readonly { readonly [key in K]: unknown }[], field: K): void {
  const values = rows.map((row) => row[field]).reverse();
  for (const [k, row] of rows.entries()) Object.assign(row, { [field]: values[k] });
}

/** Those with scores, the best first. */
function rankedEntries({ settings }: FigureData['methods'], name: string) {
  const found = settings.find(({ setting }) => name.startsWith(`${setting}-`));
  const scored = (found?.entries ?? []).filter(({ models }) => models > 0);
  return scored.sort((a, b) => (b.single.mean ?? -1) - (a.single.mean ?? -1));
}

function astraSetting(
  { settings }: FigureData['astra'],
  name: string,
): FigureData['astra']['settings'][number] {
  const found = settings.find((setting) => name.startsWith(`${setting.name}-astra-`));
  if (found === undefined) throw new Error(`no setting of ${name}`);
  return found;
}

const AGREEMENT_COLOURS = {
  halves: '#000000',
  'damped-if': '#009E73',
  ekfac: '#E69F00',
  'ekfac-damped': '#D55E00',
  'grad-dot': '#8C8C8C',
} as const;

/** The characters of some lines and their colours, by red, green and blue. */
function colouredLines(svg: string, lines: readonly Passage[]): Mark[] {
  const elements = flat(readSvg(svg));
  const fills = elements.flatMap(
    ({ attributes }) => /^rgb\((.*)\)$/.exec(attributes['fill'] ?? '')?.[1] ?? [],
  );
  const written = elements
    .filter(({ tag, attributes }) => tag === 'text' && attributes['font-family'] === 'monospace')
    .map(({ text }) => text);
  const characters = lines.flatMap(({ text }) => [...text].filter((character) => character !== ' '));
  const colours = lines.flatMap(({ shares }) => {
    const top = Math.max(...shares.map(Math.abs));
    return [0, ...shares].map((share) => (top === 0 ? 0 : share / top));
  });
  return [
    ['text', written.join('') === characters.join('') ? 1 : 100, 1],
    ...eachMark(
      'red, green and blue',
      fills.flatMap((fill) => fill.split(',').map(Number)),
      colours.flatMap((share) =>
        (share < 0 ? [213, 94, 0] : [0, 114, 178]).map((full) => 255 + Math.abs(share) * (full - 255)),
      ),
    ),
  ];
}

function tokenPassagesOf({ settings }: FigureData['tokens'], name: string): Passage[] {
  const passages = settings
    .flatMap(({ network, passages: all }) =>
      all.map((one) => ({ name: passagesName(network, one.method), one })),
    )
    .find((found) => found.name === name)?.one;
  if (passages === undefined) throw new Error(`no passages of ${name}`);
  return [passages.query, ...passages.helpful, ...passages.harmful];
}

function passagesOf({ settings }: FigureData['networks'], name: string): Passage[] {
  const passages = settings.find(({ network }) => name === `networks-passages-${network}`)?.passages;
  if (passages === undefined) throw new Error(`no passages of ${name}`);
  return [passages.query, ...passages.helpful, ...passages.harmful];
}

function strongestOf(astra: FigureData['astra'], name: string): Strongest {
  const { strongest } = astraSetting(astra, name);
  if (strongest === undefined) throw new Error(`no pictures of ${name}`);
  return strongest;
}

/** 20 bytes of head, then [count, 3, 16, 16]. */
const EMOJI = gunzipSync(readFileSync(new URL('../../data/emoji/images-idx4-ubyte.gz', import.meta.url)));

/** An embedded picture against the three planes of a drawing in the file. */
function sameColours(what: string, { attributes }: Element, position: number): Mark[] {
  const png = Buffer.from(attributes['href'].split(',')[1], 'base64');
  const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  return Array.from({ length: 768 }, (_, i): Mark => {
    const [plane, y, x] = [Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16];
    return [`${what}, value ${i}`, rows[49 * y + 1 + 3 * x + plane], EMOJI[20 + 768 * position + i]];
  });
}

/** An embedded picture against 64 pixels, 16 being black: as many grey values off as there are. */
function sameGreys(what: string, { attributes }: Element, pixels: Uint8Array): Mark[] {
  const png = Buffer.from(attributes['href'].split(',')[1], 'base64');
  const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  return Array.from(
    pixels,
    (pixel, i): Mark => [
      `pixel ${i} of ${what}`,
      rows[9 * Math.floor(i / 8) + 1 + (i % 8)],
      255 - Math.round((255 * pixel) / 16),
    ],
  );
}
