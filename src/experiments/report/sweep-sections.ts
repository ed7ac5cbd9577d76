/** @file Sections of the report with Figures 1 to 3 and 5 to 8, each beside the paper's sentences. */
import { LADDER_STEPS } from '../../curvature/index.ts';
import { fixed, methodLabel, percent, precise } from '../results/table.ts';
import { GRADIENT_DOT, METHODS } from '../run/plan.ts';
import { type DiagnosticFigure, diagnosticStatements } from './diagnostic-statements.ts';
import { interval, overModels, signed } from './estimate.ts';
import { figureHtml, folded, paragraph, type Section, statementHtml, table } from './html.ts';
import { diagnosticFigures, SWEEP_FIGURES, sweepFigures } from './paper-figures.ts';
import { stepLabel } from './quantities.ts';
import { sweepStatements } from './sweep-statements.ts';
import { AXES, type Axis, type NamedResults, type Sweep, stated, valueName } from './sweeps.ts';

const SWEEP_NAMES: Readonly<Record<Axis, string>> = {
  epochs: 'length of training',
  depth: 'depth of the network',
  width: 'width of the network',
};

const DIAGNOSTIC_NAMES: Readonly<Record<DiagnosticFigure, string>> = {
  5: 'what the GGN misses',
  6: 'what blocks miss',
  7: 'whose eigenvalues are right',
  8: 'whose eigenvectors are right',
};

/** Why a statement may be undecided; said once. */
const READING =
  'Beside each figure stand the sentences of the paper that bear on it, in our words, and what these numbers say to them. Comparisons of LDS within a ' +
  'setting use paired 95 % bootstrap intervals over subsets, comparisons between settings the intervals of both; errors and distances between matrices ' +
  'have no sampling interval, their range is that over base networks. A range that includes zero decides nothing.';

/** One section for the sweeps at hand; nothing without one. */
export async function sweepSections(sweeps: readonly Sweep[]): Promise<Section[]> {
  if (sweeps.length === 0) return [];
  const parts = await Promise.all(sweeps.map((sweep) => sweepPart(sweep, sweeps)));
  const absent = AXES.filter((axis) => sweeps.every((sweep) => sweep.axis !== axis));
  const gap =
    absent.length === 0
      ? []
      : [
          paragraph(
            `Not drawn, as fewer than two of its settings were run: ${absent.map((axis) => `Figure ${SWEEP_FIGURES[axis]} (${SWEEP_NAMES[axis]})`).join(', ')}.`,
          ),
        ];
  return [
    {
      id: 'sweeps',
      title: 'Training, depth and width',
      body: [paragraph(READING), ...parts.flatMap(({ body }) => body), ...gap],
      figures: parts.flatMap(({ figures }) => figures),
    },
  ];
}

async function sweepPart(sweep: Sweep, sweeps: readonly Sweep[]): Promise<Pick<Section, 'body' | 'figures'>> {
  const figures = await sweepFigures(sweep);
  const number = SWEEP_FIGURES[sweep.axis];
  const [main, ...rest] = figures;
  const body = [
    `<h3>Figure ${number}: ${SWEEP_NAMES[sweep.axis]}</h3>`,
    missing(sweep),
    figureHtml(main, `Figure ${number}.`),
    folded('numbers of the figure', [methodRows(sweep)]),
    ...rest.map((figure) => figureHtml(figure, `Figure ${number}, by step.`)),
    stepRows(sweep),
    ...statements(sweep, sweeps),
  ];
  return { body, figures };
}

/** About the settings of the paper; those beyond it are named. */
function statements(sweep: Sweep, sweeps: readonly Sweep[]): string[] {
  const own = stated(sweep);
  if (own === undefined) return [];
  const extra = sweep.members.filter(({ name }) => own.members.every((member) => member.name !== name));
  const note =
    extra.length === 0
      ? []
      : [
          paragraph(
            `${extra.map(({ name }) => name).join(', ')}: for comparison, as the paper’s figure does not have it; the statements are about the others.`,
            'gap',
          ),
        ];
  return [...note, ...sweepStatements(own, statedSweeps(sweeps)).map(statementHtml)];
}

function statedSweeps(sweeps: readonly Sweep[]): Sweep[] {
  return sweeps.map(stated).filter((sweep) => sweep !== undefined);
}

/** Appendix C: one section with four figures; nothing without a sweep. */
export async function diagnosticSections(
  sweeps: readonly Sweep[],
  settings: readonly NamedResults[],
): Promise<Section[]> {
  if (sweeps.length === 0) return [];
  const numbers: readonly DiagnosticFigure[] = [5, 6, 7, 8];
  const parts = await Promise.all(
    numbers.map(async (number) => ({ number, figures: await diagnosticFigures(number, sweeps) })),
  );
  return [
    {
      id: 'diagnostics',
      title: 'Why: what each approximation gets wrong',
      body: [
        ...parts.flatMap(({ number, figures }) => [
          `<h3>Figure ${number}: ${DIAGNOSTIC_NAMES[number]}</h3>`,
          ...figures.map((figure) => figureHtml(figure, `Figure ${number}.`)),
          ...diagnosticStatements(number, statedSweeps(sweeps)).map(statementHtml),
        ]),
        folded('numbers of Figures 5 to 8', [diagnosticRows(settings)]),
      ],
      figures: parts.flatMap(({ figures }) => figures),
    },
  ];
}

function missing({ missing: names }: Sweep): string {
  return names.length === 0 ? '' : paragraph(`Not run, and not in the figure: ${names.join(', ')}.`, 'gap');
}

function methodRows({ axis, members }: Sweep): string {
  const rows = members.flatMap(({ value, results }) => [
    ...METHODS.map((method) => {
      const { mean, ci, single } = results.lds[method];
      return [
        valueName(axis, value),
        methodLabel(method),
        signed(interval(mean, ci), { digits: (x) => x.toFixed(3) }).replace(/^\+/, ''),
        single.sd === null ? '–' : `${fixed(single.mean, 3)} ± ${fixed(single.sd, 3)}`,
        method === GRADIENT_DOT
          ? ''
          : signed(overModels(results.errorSingle[method]), { digits: precise }).replace(/^\+/, ''),
      ];
    }),
    [valueName(axis, value), 'noise ceiling', fixed(results.ceiling, 3), '', ''],
  ]);
  return table(['', 'method', 'LDS [95 %]', 'single networks, mean ± sd', 'Eq. 9 error [range]'], rows, 2);
}

/** Error share and LDS change, the latter in both readings of the paper's "ΔLDS %". */
function stepRows({ axis, members }: Sweep): string {
  const rows = members.flatMap(({ value, results }) =>
    LADDER_STEPS.map((step) => {
      const { change, ci, shareOfTotal, relativeToFirst } = results.ldsChange[step];
      return [
        valueName(axis, value),
        stepLabel(step),
        portion(results.errorShare[step]),
        signed(interval(change, ci), { digits: (x) => x.toFixed(3) }),
        portion(shareOfTotal),
        portion(relativeToFirst),
      ];
    }),
  );
  const head = [
    '',
    'step',
    'share of error',
    'change of LDS [95 %]',
    'of the whole change',
    'of Hessian’s LDS',
  ];
  return table(head, rows, 2);
}

function diagnosticRows(settings: readonly NamedResults[]): string {
  const rows = settings.map(({ name, results }) => {
    const range = (values: readonly (number | null)[]): string =>
      signed(overModels(values), { digits: (x) => x.toFixed(3) }).replace(/^\+/, '');
    const of = (read: (single: (typeof results.diagnosticsSingle)[number]) => number | null): string =>
      range(results.diagnosticsSingle.map(read));
    return [
      name,
      of((single) => single.residual),
      of((single) => single.crossLayer),
      of((single) => single.eigenvalueOverlapEkfac),
      of((single) => single.eigenvalueOverlapKfac),
      of((single) => single.basisOverlapEkfac),
      of((single) => single.basisOverlapKfac),
    ];
  });
  const head = [
    'setting',
    'residual',
    'between layers',
    'eigenvalues EK-FAC',
    'eigenvalues K-FAC',
    'basis EK-FAC',
    'basis K-FAC',
  ];
  return table(head, rows);
}

function portion(fraction: number | null): string {
  return fraction === null ? '–' : percent(fraction);
}
