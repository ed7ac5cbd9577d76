/** @file The numbers of results.json as tables: each as Markdown, to read, and as CSV, to compute with. */
import { CURVATURE_KINDS, LADDER_STEPS } from '../../../curvature/index.ts';
import { type Basis, basisSentences, partOf } from '../../judging/basis.ts';
import { METHODS } from '../../protocol/tasks.ts';
import type { SettingResults, SettingTable } from './results.ts';
import { settingBasis } from './setting-basis.ts';
import { methodLabel } from './setting-table.ts';

/** A cell; null is a number that is not defined. */
type Cell = string | number | null;

interface Table {
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: (name: string, results: SettingResults) => Cell[][];
  /** What of a setting's basis these numbers rest on, if not on all of it: retrained and judged with intervals. */
  readonly rests?: (basis: Basis) => Basis;
}

const TABLES: Readonly<Record<string, Table>> = {
  settings: {
    title: 'Settings',
    note: 'Accuracy and mean loss of the base models. Ceiling: the LDS that a perfect predictor would reach with these seeds.',
    rests: (basis) => partOf(basis, ['networks', 'measurement', 'subsets', 'seeds'], 'values averaged'),
    head: [
      'setting',
      'parameters',
      'subsets',
      'seeds',
      'models',
      'train accuracy',
      'query accuracy',
      'train loss',
      'query loss',
      'ceiling',
      'split half',
    ],
    rows: (name, { parameters, subsets, seeds, models, accuracy, loss, ceiling, splitHalf }) => [
      [
        name,
        parameters,
        subsets,
        seeds,
        models,
        accuracy.train,
        accuracy.query,
        loss.train,
        loss.query,
        ceiling,
        splitHalf,
      ],
    ],
  },
  lds: {
    title: 'Linear data-modelling score',
    note: 'Of the scores averaged over base models, with 95 % intervals over subsets; single: of each base model alone.',
    head: [
      'setting',
      'method',
      'LDS',
      'BCa low',
      'BCa high',
      'percentile low',
      'percentile high',
      'single mean',
      'single sd',
      'undefined queries',
      'ceiling',
    ],
    rows: (name, { lds, ceiling }) =>
      METHODS.map((method) => {
        const { mean, ci, percentile, single, undefinedQueries } = lds[method];
        return [
          name,
          methodLabel(method),
          mean,
          ...ci,
          ...percentile,
          single.mean,
          single.sd,
          undefinedQueries,
          ceiling,
        ];
      }),
  },
  error: {
    title: 'Approximation error of the inverse (Eq. 9)',
    note: 'Mean over training gradients and base models, with the least and the greatest base model; eigenvalues inverted, and of them negative, at the first.',
    rests: (basis) => partOf(basis, ['networks', 'rule'], 'values averaged'),
    head: ['setting', 'curvature', 'error', 'least model', 'greatest model', 'rank', 'negative'],
    rows: (name, { error, errorSingle, spectrum }) =>
      CURVATURE_KINDS.map((kind) => {
        const single = errorSingle[kind].filter((value) => value !== null);
        const [least, greatest] =
          single.length === 0 ? [null, null] : [Math.min(...single), Math.max(...single)];
        const { rank, negative } = spectrum[kind];
        return [name, methodLabel(kind), error[kind], least, greatest, rank, negative];
      }),
  },
  'error-share': {
    title: 'Share of the error between Hessian and K-FAC',
    note: 'What each step of the ladder adds to Eq. 9; the shares of a setting sum to 1.',
    rests: (basis) => partOf(basis, ['networks', 'rule'], 'values averaged'),
    head: ['setting', 'step', 'share'],
    rows: (name, { errorShare }) => LADDER_STEPS.map((step) => [name, step, errorShare[step]]),
  },
  'lds-change': {
    title: 'Change of the LDS at each step',
    note: 'change with its 95 % BCa interval, paired over subsets; as a share of the whole change from Hessian to K-FAC; relative to the step’s start; relative to the Hessian.',
    head: [
      'setting',
      'step',
      'change',
      'BCa low',
      'BCa high',
      'share of total',
      'relative',
      'relative to Hessian',
    ],
    rows: (name, { ldsChange }) =>
      LADDER_STEPS.map((step) => {
        const { change, ci, shareOfTotal, relative, relativeToFirst } = ldsChange[step];
        return [name, step, change, ...ci, shareOfTotal, relative, relativeToFirst];
      }),
  },
  differences: {
    title: 'Differences of LDS',
    note: 'LDS of a minus LDS of b, paired over subsets. An interval that contains 0 orders nothing.',
    head: [
      'setting',
      'a',
      'b',
      'difference',
      'BCa low',
      'BCa high',
      'percentile low',
      'percentile high',
      'ordered',
    ],
    rows: (name, { differences }) =>
      Object.values(differences).map(({ a, b, difference, ci, percentile }) => [
        name,
        methodLabel(a),
        methodLabel(b),
        difference,
        ...ci,
        ...percentile,
        ordering(ci),
      ]),
  },
  diagnostics: {
    title: 'Distances between the matrices (appendix C)',
    note: 'One line for each base model. residual ‖H − G‖/‖H‖ (Eq. 14), cross layer ‖G − BG‖/‖G‖ (Eq. 15), overlap of eigenvalues (Eq. 16, 17) and of bases (Eq. 18) with the block-GGN.',
    rests: (basis) => partOf(basis, ['networks'], 'one a line'),
    head: [
      'setting',
      'model',
      'residual',
      'cross layer',
      'eigenvalues EK-FAC',
      'eigenvalues K-FAC',
      'basis EK-FAC',
      'basis K-FAC',
    ],
    rows: (name, { diagnosticsSingle }) =>
      diagnosticsSingle.map((one, model) => [
        name,
        model,
        one.residual,
        one.crossLayer,
        one.eigenvalueOverlapEkfac,
        one.eigenvalueOverlapKfac,
        one.basisOverlapEkfac,
        one.basisOverlapKfac,
      ]),
  },
  seconds: {
    title: 'Seconds of one core',
    note: 'Per stage, over all base models and retrainings, as measured when the stage was computed; the machine may have been busy.',
    rests: (basis) => partOf(basis, ['networks', 'subsets', 'seeds'], 'seconds added'),
    head: ['setting', 'stage', 'seconds'],
    rows: (name, { seconds }) => Object.entries(seconds).map(([stage, value]) => [name, stage, value]),
  },
};

/** Which of two is better, when the interval of their difference says so. */
function ordering([lo, hi]: readonly [number | null, number | null]): string {
  if (lo === null || hi === null || (lo <= 0 && hi >= 0)) return 'no';
  return lo > 0 ? 'a above b' : 'b above a';
}

/** Files by name: settings.md, settings.csv, lds.md, … */
export function resultTables(settings: SettingTable): Map<string, string> {
  const files = new Map<string, string>();
  const bases = Object.entries(settings).map(([name, results]) => settingBasis(name, results));
  for (const [name, { title, note, head, rows, rests = (basis: Basis) => basis }] of Object.entries(TABLES)) {
    const body = Object.entries(settings).flatMap(([setting, results]) => rows(setting, results));
    files.set(
      `${name}.md`,
      `# ${title}\n\n${note}\n\n${markdown(head, body)}\n${basisSentences(bases.map(rests))}\n`,
    );
    files.set(`${name}.csv`, csv(head, body));
  }
  return files;
}

/** A Markdown table; numbers with four significant digits, undefined ones as a dash. */
export function markdown(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = head.map((_, j) => rows.length > 0 && rows.every((row) => typeof row[j] !== 'string'));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [
    line(head),
    line(numeric.map((is) => (is ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(shown))),
  ].join('');
}

/** RFC 4180; numbers in full, undefined ones empty. */
export function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const field = (cell: Cell): string => {
    const text = cell === null ? '' : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function shown(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  return (Number.isInteger(cell) ? String(cell) : String(Number(cell.toPrecision(4)))).replace('-', '−');
}
