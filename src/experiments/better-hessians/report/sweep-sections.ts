/** @file Sections of the report with Figures 1 to 3 and 5 to 8, each beside the paper's sentences. */
import { LADDER_STEPS } from '../../../curvature/index.ts';
import { basisSentences } from '../../judging/basis.ts';
import type { JudgedClaim } from '../../judging/claim.ts';
import { interval, overModels, ranged, signed } from '../../judging/estimate.ts';
import { fixed, percent, precise } from '../../judging/table.ts';
import { VERDICTS } from '../../judging/verdict.ts';
import { figureHtml, folded, htmlTable, list, paragraph, type Section, table } from '../../pages/html.ts';
import { type Columns, columnsOf } from '../../pages/table.ts';
import { GRADIENT_DOT, METHODS } from '../../protocol/methods.ts';
import { HOW_JUDGED, VERDICT_MEANINGS } from '../claims/judging.ts';
import { stepLabel } from '../claims/quantities.ts';
import { reservations } from '../claims/reservation.ts';
import { AXES, type Axis, type NamedResults, type Sweep, stated, valueName } from '../claims/sweeps.ts';
import { settingBasis } from '../results/setting-basis.ts';
import { methodLabel } from '../results/setting-table.ts';
import { claimHtml, claimsOf } from './claim-html.ts';
import { type DiagnosticFigure, diagnosticFigures, SWEEP_FIGURES, sweepFigures } from './paper-figures.ts';

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

/** One section for the sweeps at hand; nothing without one. */
export async function sweepSections(
  sweeps: readonly Sweep[],
  claims: readonly JudgedClaim[],
): Promise<Section[]> {
  if (sweeps.length === 0) return [];
  const parts = await Promise.all(sweeps.map((sweep) => sweepPart(sweep, claims)));
  const settings = [...new Map(sweeps.flatMap(({ members }) => members.map((m) => [m.name, m]))).values()];
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
      body: [
        ...reading(claims),
        ...reservations(settings).map((text) => paragraph(text, 'gap')),
        ...together(claims),
        ...parts.flatMap(({ body }) => body),
        ...gap,
      ],
      figures: parts.flatMap(({ figures }) => figures),
    },
  ];
}

async function sweepPart(
  sweep: Sweep,
  claims: readonly JudgedClaim[],
): Promise<Pick<Section, 'body' | 'figures'>> {
  const figures = await sweepFigures(sweep);
  const number = SWEEP_FIGURES[sweep.axis];
  const [main, ...rest] = figures;
  const body = [
    `<h3>Figure ${number}: ${SWEEP_NAMES[sweep.axis]}</h3>`,
    missing(sweep),
    figureHtml(main, `Figure ${number}.`),
    folded('numbers of the figure', [methodRows(sweep)]),
    paragraph(basisSentences(sweep.members.map(({ name, results }) => settingBasis(name, results))), 'gap'),
    ...rest.map((figure) => figureHtml(figure, `Figure ${number}, by step.`)),
    stepRows(sweep),
    ...claimsAbout(sweep, claims),
  ];
  return { body, figures };
}

/** How claims are judged; said once. */
function reading(claims: readonly JudgedClaim[]): string[] {
  if (claims.length === 0) return [];
  const meanings = VERDICTS.map((verdict) => `${verdict}: ${VERDICT_MEANINGS[verdict]}.`);
  return [
    paragraph('Beside each figure stand the paper’s claims about it, in our words, each with its verdict.'),
    folded('how claims are judged', [paragraph(HOW_JUDGED), list(meanings)]),
  ];
}

/** What is claimed of all three figures. */
function together(claims: readonly JudgedClaim[]): string[] {
  const several = claimsOf(claims, 'several');
  return several.length === 0
    ? []
    : ['<h3>Figures 1 to 3 together: the order of the methods</h3>', ...several.map(claimHtml)];
}

/** The claims of the figure, when it is the paper's; settings beyond the paper's are named. */
function claimsAbout(sweep: Sweep, claims: readonly JudgedClaim[]): string[] {
  const own = claimsOf(claims, SWEEP_FIGURES[sweep.axis]);
  if (!sweep.paper || own.length === 0) return [];
  const judged = stated(sweep)?.members ?? [];
  const extra = sweep.members.filter(({ name }) => judged.every((member) => member.name !== name));
  const note =
    extra.length === 0
      ? []
      : [
          paragraph(
            `${extra.map(({ name }) => name).join(', ')}: for comparison, as the paper’s figure does not have it; the claims are about the others.`,
            'gap',
          ),
        ];
  return [...note, ...own.map(claimHtml)];
}

/** Appendix C: one section with four figures; nothing without a sweep. */
export async function diagnosticSections(
  sweeps: readonly Sweep[],
  settings: readonly NamedResults[],
  claims: readonly JudgedClaim[],
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
          ...claimsOf(claims, number).map(claimHtml),
        ]),
        folded('numbers of Figures 5 to 8', [htmlTable(DIAGNOSTIC_COLUMNS, settings)]),
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
        ranged(interval(mean, ci)),
        single.sd === null ? '–' : `${fixed(single.mean, 3)} ± ${fixed(single.sd, 3)}`,
        method === GRADIENT_DOT ? '' : ranged(overModels(results.errorSingle[method]), { digits: precise }),
      ];
    }),
    [valueName(axis, value), 'noise ceiling', fixed(results.ceiling, 3), '', ''],
  ]);
  return table(['', 'method', 'LDS [95 %]', 'single networks, mean ± sd', 'Eq. 9 error [range]'], rows, 2);
}

/** Error share and LDS change, the latter in both readings of the paper's "ΔLDS %". */
function stepRows({ axis, members }: Sweep): string {
  const rows = members.flatMap(({ value, results: { errorShare, ldsChange } }) =>
    LADDER_STEPS.map((step) => ({
      at: valueName(axis, value),
      step,
      share: errorShare[step],
      ...ldsChange[step],
    })),
  );
  const columns: Columns<(typeof rows)[number]> = {
    '': ({ at }) => at,
    step: ({ step }) => stepLabel(step),
    'share of error': ({ share }) => portion(share),
    'change of LDS [95 %]': ({ change, ci }) => signed(interval(change, ci)),
    'of the whole change': ({ shareOfTotal }) => portion(shareOfTotal),
    'of Hessian’s LDS': ({ relativeToFirst }) => portion(relativeToFirst),
  };
  return htmlTable(columns, rows, 2);
}

const DIAGNOSTICS = {
  residual: 'residual',
  crossLayer: 'between layers',
  eigenvalueOverlapEkfac: 'eigenvalues EK-FAC',
  eigenvalueOverlapKfac: 'eigenvalues K-FAC',
  basisOverlapEkfac: 'basis EK-FAC',
  basisOverlapKfac: 'basis K-FAC',
} as const;

const DIAGNOSTIC_COLUMNS: Columns<NamedResults> = {
  setting: ({ name }) => name,
  ...columnsOf(
    Object.keys(DIAGNOSTICS) as (keyof typeof DIAGNOSTICS)[],
    (field) => DIAGNOSTICS[field],
    ({ results }: NamedResults, field) =>
      ranged(overModels(results.diagnosticsSingle.map((one) => one[field]))),
  ),
};

function portion(fraction: number | null): string {
  return fraction === null ? '–' : percent(fraction);
}
