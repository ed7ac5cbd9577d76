/** @file The first section: the answer in words, what the paper's claims come to, one picture, two tables. */
import { LADDER, LADDER_STEPS } from '../../../curvature/index.ts';
import { basisSentences } from '../../judging/basis.ts';
import type { JudgedClaim } from '../../judging/claim.ts';
import { signOf } from '../../judging/estimate.ts';
import { counted, fixed, percent } from '../../judging/table.ts';
import { countVerdicts } from '../../judging/verdict.ts';
import { figureHtml, folded, htmlTable, list, paragraph, type Section, table } from '../../pages/html.ts';
import { type Columns, columnsOf } from '../../pages/table.ts';
import { METHODS, type Method } from '../../protocol/methods.ts';
import { pairedLds, stepLabel } from '../claims/quantities.ts';
import { isFew, reservations } from '../claims/reservation.ts';
import type { NamedResults, Sweep } from '../claims/sweeps.ts';
import { settingBasis } from '../results/setting-basis.ts';
import { methodLabel } from '../results/setting-table.ts';
import { answer } from './answer.ts';
import { claimLinks } from './claim-html.ts';
import { overallAnswer } from './overall-answer.ts';
import { overviewFigures } from './paper-figures.ts';

/** What the first table counts. */
const STEPS =
  'A step joins two neighbours on the ladder. Counted are paired 95 % intervals of the difference of their LDS. Share of the error: what the step adds to the error ' +
  'of the inverse between Hessian and K-FAC; negative where the coarser matrix has the smaller error.';

/** What the second table compares. */
const BEST =
  'What the regularisation does to the order. Left, the paper’s: eigenvalues of at most ε = 1e-4 count as zero. Right, each method with its own best, chosen on ' +
  'one half of the queries and judged on the other. H: Hessian; Block: Block-GGN; > and <: the paired interval excludes zero; ≈: not told apart.';

/** What the answer rests on. */
export interface AnswerInput {
  readonly settings: readonly NamedResults[];
  readonly sweeps: readonly Sweep[];
  readonly claims: readonly JudgedClaim[];
  /** What the regularisation does to the answer, from the study. */
  readonly best: readonly (readonly string[])[];
}

/** One setting: what it says. Several: what they say together, and the LDS of each. */
export async function answerSection({ settings, sweeps, claims, best }: AnswerInput): Promise<Section> {
  const { headline, points } = overallAnswer(settings);
  const several = settings.length > 1;
  const figures = several ? await overviewFigures(settings) : [];
  const items = [...points, ...claimSentence(claims)];
  return {
    id: 'answer',
    title: 'The answer',
    body: [
      `<div class="answer">${paragraph(headline, 'headline')}${several ? list(items) : paragraph(answer(settings[0].results).summary)}</div>`,
      ...(several ? [stepTable(settings), paragraph(`${STEPS} ${basisOf(settings)}`, 'gap')] : []),
      ...bestTable(best),
      ...figures.map((figure) => figureHtml(figure)),
      ...(several ? [htmlTable(OVERVIEW_COLUMNS, settings), paragraph(basisOf(settings), 'gap')] : []),
      ...reservations(settings).map((text) => paragraph(text, 'gap')),
      ...(claims.length === 0
        ? []
        : [
            folded(`the ${counted(claims.length, 'claim')}, each with its verdict`, [
              claimLinks(claims, sweeps),
            ]),
          ]),
    ],
    figures,
  };
}

function basisOf(settings: readonly NamedResults[]): string {
  return basisSentences(settings.map(({ name, results }) => settingBasis(name, results)));
}

function claimSentence(claims: readonly JudgedClaim[]): string[] {
  return claims.length === 0
    ? []
    : [
        `Of ${counted(claims.length, 'claim')} that the paper makes about such results: ${countVerdicts(claims)}.`,
      ];
}

function bestTable(rows: readonly (readonly string[])[]): string[] {
  const head = [
    'setting',
    'base networks',
    'order at the paper’s ε',
    'highest LDS',
    'order at each method’s best',
    'highest LDS',
  ];
  return rows.length === 0 ? [] : [table(head, rows), paragraph(BEST, 'gap')];
}

/** In how many settings each step of the ladder costs LDS, and what it adds to the error. */
function stepTable(settings: readonly NamedResults[]): string {
  const row = (label: string, a: Method, b: Method, shares: string): string[] => {
    const signs = settings.map(({ results }) => signOf(pairedLds(results, a, b)));
    const count = (sign: (typeof signs)[number]): string =>
      String(signs.filter((other) => other === sign).length);
    return [label, count('positive'), count('negative'), count('undecided'), shares];
  };
  const rows = LADDER_STEPS.map((step, k) => {
    const shares = settings.flatMap(({ results }) => results.errorShare[step] ?? []);
    const range =
      shares.length === 0 ? '–' : `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`;
    return row(stepLabel(step), LADDER[k], LADDER[k + 1], range);
  });
  const head = [
    `step, in ${counted(settings.length, 'setting')}`,
    'finer scores higher',
    'coarser scores higher',
    'not told apart',
    'share of the error (Eq. 9)',
  ];
  return table(head, [...rows, row('end to end: Hessian → K-FAC', 'hessian', 'kfac', '100 %')]);
}

const OVERVIEW_COLUMNS: Columns<NamedResults> = {
  'LDS in setting': ({ name }) => name,
  parameters: ({ results }) => results.parameters,
  ...columnsOf(METHODS, methodLabel, ({ results }: NamedResults, method) =>
    fixed(results.lds[method].mean, 3),
  ),
  ceiling: ({ results }) => fixed(results.ceiling, 3),
  'subsets × seeds': ({ results }) => `${results.subsets} × ${results.seeds}${isFew(results) ? ' †' : ''}`,
};
