/** @file The report: one HTML page that needs nothing but itself. */
import { CURVATURE_KINDS } from '../../curvature/index.ts';
import { parseSettingName } from '../config/setting.ts';
import { escapeXml, type Figure } from '../figures/render.ts';
import type { ResultsHead, SettingResults } from '../results/results.ts';
import { fixed, methodLabel, methodSeconds, percent, precise, stepTo } from '../results/table.ts';
import { GRADIENT_DOT, METHODS } from '../run/plan.ts';
import { answer } from './answer.ts';
import { settingFigures } from './figures.ts';
import { STYLE } from './style.ts';
import { CONVENTIONS, LADDER, LIMITS, QUESTION } from './text.ts';
import type { SettingView } from './view.ts';

/** What the report is made from. */
export interface ReportInput {
  readonly head: ResultsHead;
  readonly digest: string;
  readonly settings: readonly SettingView[];
}

/** The page, and every figure in it as a file of its own. */
export interface Report {
  readonly html: string;
  readonly figures: readonly Figure[];
}

/** Renders the report: a pure function of its input. */
export async function renderReport({ head, digest, settings }: ReportInput): Promise<Report> {
  const sections = await Promise.all(
    settings.map(async (view) => ({ view, figures: await settingFigures(view) })),
  );
  const body = [
    '<h1>Which approximation of the Hessian costs influence functions their accuracy?</h1>',
    ...QUESTION,
    '<h2>The ladder</h2>',
    ...LADDER,
    settings.length > 1 ? overview(settings) : '',
    ...sections.map(({ view, figures }) => settingSection(view, figures)),
    '<h2>How to read a score</h2>',
    ...CONVENTIONS,
    '<h2>Limits</h2>',
    ...LIMITS,
    footer(head, digest),
  ];
  const html =
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>eigenfluence report</title>` +
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>\n<body><main>\n${body.join('\n')}\n</main></body></html>\n`;
  return { html, figures: sections.flatMap(({ figures }) => figures) };
}

function overview(settings: readonly SettingView[]): string {
  const head = ['setting', 'parameters', ...METHODS.map(methodLabel), 'ceiling'];
  const rows = settings.map(({ name, results }) => [
    name,
    String(results.parameters),
    ...METHODS.map((method) => fixed(results.lds[method].mean, 3)),
    fixed(results.ceiling, 3),
  ]);
  return `<h2>LDS by setting</h2>${table(head, rows)}`;
}

function settingSection({ name, results }: SettingView, figures: readonly Figure[]): string {
  const { accuracy, parameters, subsets, seeds } = results;
  const { summary, steps } = answer(results);
  return [
    `<section><h2>${escapeXml(name)}</h2>`,
    `<p>${shape(name)}, ${parameters} parameters; training accuracy ${accuracy.train.toFixed(3)}, query accuracy ${accuracy.query.toFixed(3)}. ` +
      `Judged by ${subsets * seeds} retrained networks: ${subsets} random halves of the training set, ${seeds} seeds each.</p>`,
    `<p class="answer">${escapeXml(summary)}</p>`,
    methodTable(results),
    `<ul>${steps.map((step) => `<li>${escapeXml(step)}</li>`).join('')}</ul>`,
    ...figures.map(figureHtml),
    diagnosticsTable(results),
    '</section>',
  ].join('\n');
}

/** What a setting's name abbreviates. */
function shape(name: string): string {
  const { depth, width, epochs } = parseSettingName(name);
  const layers =
    depth === 0
      ? 'without hidden layers'
      : `with ${counted(depth, 'hidden layer')} of ${counted(width, 'unit')}`;
  return `A network ${layers}, trained for ${counted(epochs, 'epoch')}`;
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function methodTable(results: SettingResults): string {
  const head = [
    'method',
    'LDS',
    '95 % interval (BCa)',
    'percentile',
    'Eq. 9 error',
    'share of error',
    'seconds',
  ];
  const rows = METHODS.map((method) => {
    const { mean, ci, percentile } = results.lds[method];
    const step = stepTo(method);
    const share = step === undefined ? null : results.errorShare[step];
    return [
      methodLabel(method),
      fixed(mean, 3),
      `${fixed(ci[0], 3)} … ${fixed(ci[1], 3)}`,
      `${fixed(percentile[0], 3)} … ${fixed(percentile[1], 3)}`,
      method === GRADIENT_DOT ? '' : precise(results.error[method]),
      share === null ? '' : percent(share),
      methodSeconds(results, method).toFixed(2),
    ];
  });
  return table(head, rows);
}

function diagnosticsTable({ diagnostics, spectrum, splitHalf }: SettingResults): string {
  const rows = [
    ['residual ‖H − G‖ / ‖H‖ (Eq. 14)', fixed(diagnostics.residual, 4)],
    ['mass between layers ‖G − BG‖ / ‖G‖ (Eq. 15)', fixed(diagnostics.crossLayer, 4)],
    [
      'eigenvalue overlap of EK-FAC with block-GGN (Eq. 16, 17)',
      fixed(diagnostics.eigenvalueOverlap.ekfac, 4),
    ],
    ['eigenvalue overlap of K-FAC with block-GGN (Eq. 16, 17)', fixed(diagnostics.eigenvalueOverlap.kfac, 4)],
    ['basis overlap, top 20 % by K-FAC’s eigenvalues (Eq. 18)', fixed(diagnostics.basisOverlap, 4)],
    ['basis overlap, top 20 % by EK-FAC’s eigenvalues', fixed(diagnostics.basisOverlapEkfac, 4)],
    ['one half of the seeds predicts the other (mean ρ)', fixed(splitHalf, 4)],
    ...CURVATURE_KINDS.map((kind) => [
      `${methodLabel(kind)}: eigenvalues kept, of them negative`,
      `${spectrum[kind].rank}, ${spectrum[kind].negative}`,
    ]),
  ];
  return `<h3>Why: distances between the matrices</h3>${table(['quantity', 'value'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) => line(row, 'td')).join('');
  return `<div class="wide"><table><thead>${line(head, 'th')}</thead><tbody>${body}</tbody></table></div>`;
}

function figureHtml({ name, caption, svg }: Figure): string {
  return `<figure id="${escapeXml(name)}">${svg}<figcaption>${escapeXml(caption)}</figcaption></figure>`;
}

function footer({ versions, seed, kernelTier }: ResultsHead, digest: string): string {
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `<footer>${escapeXml(`${made.join(' · ')} · kernels ${kernelTier} · seed ${seed} · digest ${digest}`)}</footer>`;
}
