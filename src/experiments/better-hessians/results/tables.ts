/** @file The numbers of results.json as tables: each as Markdown, to read, and as CSV, to compute with. */
import { LADDER, LADDER_STEPS } from '../../../curvature/index.ts';
import { type Basis, basisSentences, partOf } from '../../judging/basis.ts';
import { type Cell, type Columns, columnsOf, csv, fields, markdown } from '../../pages/table.ts';
import { METHODS } from '../../protocol/methods.ts';
import type { SettingResults, SettingTable } from './results.ts';
import { settingBasis } from './setting-basis.ts';
import { methodLabel } from './setting-table.ts';

interface Table<Row> {
  readonly title: string;
  readonly note: string;
  /** The lines of a setting. */
  readonly rows: (results: SettingResults) => readonly Row[];
  /** Beside the name of the setting. */
  readonly columns: Columns<Row>;
  /** What of a setting's basis these numbers rest on, if not on all of it: retrained and judged with intervals. */
  readonly rests?: (basis: Basis) => Basis;
}

/** A table as the text of its two files, without what it rests on. */
interface WrittenTable extends Pick<Table<never>, 'title' | 'note' | 'rests'> {
  readonly write: (settings: SettingTable) => { readonly markdown: string; readonly csv: string };
}

function table<Row>({ rows, columns, ...rest }: Table<Row>): WrittenTable {
  type Line = { readonly setting: string; readonly row: Row };
  const all: Columns<Line> = {
    ...fields('setting'),
    ...columnsOf(
      Object.entries(columns),
      ([head]) => head,
      ({ row }, [, cell]) => cell(row),
    ),
  };
  const numeric = (cells: readonly Cell[]): boolean =>
    cells.length > 0 && cells.every((cell) => typeof cell !== 'string');
  return {
    ...rest,
    write: (settings) => {
      const lines = Object.entries(settings).flatMap(([setting, results]) =>
        rows(results).map((row) => ({ setting, row })),
      );
      return {
        markdown: markdown(all, lines, { spaced: true, right: numeric }).join('\n'),
        csv: csv(all, lines, '\r\n'),
      };
    },
  };
}

type Ends = readonly [number | null, number | null];
const INTERVAL: Columns<{ readonly ci: Ends }> = {
  low: ({ ci: [lo] }) => lo,
  high: ({ ci: [, hi] }) => hi,
};
const NONE: Ends = [null, null];
/** The interval over subsets alone, where the first one covers more. */
const SUBSETS: Columns<{ readonly subsetsCi?: Ends }> = {
  'subsets low': ({ subsetsCi = NONE }) => subsetsCi[0],
  'subsets high': ({ subsetsCi = NONE }) => subsetsCi[1],
};
const PERCENTILE: Columns<{ readonly percentile: Ends }> = {
  'percentile low': ({ percentile: [lo] }) => lo,
  'percentile high': ({ percentile: [, hi] }) => hi,
};

const TABLES: Readonly<Record<string, WrittenTable>> = {
  settings: table({
    title: 'Settings',
    note: 'Accuracy and mean loss of the base models. Ceiling: the LDS that a perfect predictor would reach with these seeds.',
    rests: (basis) => partOf(basis, ['networks', 'measurement', 'subsets', 'seeds'], 'values averaged'),
    rows: (results) => [results],
    columns: {
      ...fields('parameters', 'subsets', 'seeds', 'models'),
      'train accuracy': ({ accuracy }) => accuracy.train,
      'query accuracy': ({ accuracy }) => accuracy.query,
      'train loss': ({ loss }) => loss.train,
      'query loss': ({ loss }) => loss.query,
      ...fields('ceiling'),
      'split half': ({ splitHalf }) => splitHalf,
    },
  }),
  lds: table({
    title: 'Linear data-modelling score',
    note: 'Of the scores averaged over base models, with the 95 % interval that decides (low, high: studentised over networks and subsets; BCa where subsets alone were resampled) and the percentile one; subsets: over the draw of subsets alone. Single: of each base model alone, the mean with its interval.',
    rows: ({ lds, ceiling }) => METHODS.map((method) => ({ method, ceiling, ...lds[method] })),
    columns: {
      method: ({ method }) => methodLabel(method),
      LDS: ({ mean }) => mean,
      ...INTERVAL,
      ...PERCENTILE,
      ...SUBSETS,
      'single mean': ({ single }) => single.mean,
      'single sd': ({ single }) => single.sd,
      'single low': ({ single: { ci = NONE } }) => ci[0],
      'single high': ({ single: { ci = NONE } }) => ci[1],
      'undefined queries': ({ undefinedQueries }) => undefinedQueries,
      ...fields('ceiling'),
    },
  }),
  error: table({
    title: 'Approximation error of the inverse (Eq. 9)',
    note: 'Mean over training gradients and base models, with the least and the greatest base model; eigenvalues inverted, and of them negative, at the first.',
    rests: (basis) => partOf(basis, ['networks', 'rule'], 'values averaged'),
    rows: ({ error, errorSingle, spectrum }) =>
      LADDER.map((kind) => ({
        kind,
        error: error[kind],
        single: errorSingle[kind].filter((value) => value !== null),
        ...spectrum[kind],
      })),
    columns: {
      curvature: ({ kind }) => methodLabel(kind),
      ...fields('error'),
      'least model': ({ single }) => (single.length === 0 ? null : Math.min(...single)),
      'greatest model': ({ single }) => (single.length === 0 ? null : Math.max(...single)),
      ...fields('rank', 'negative'),
    },
  }),
  'error-share': table({
    title: 'Share of the error between Hessian and K-FAC',
    note: 'What each step of the ladder adds to Eq. 9; the shares of a setting sum to 1.',
    rests: (basis) => partOf(basis, ['networks', 'rule'], 'values averaged'),
    rows: ({ errorShare }) => LADDER_STEPS.map((step) => ({ step, share: errorShare[step] })),
    columns: fields('step', 'share'),
  }),
  'lds-change': table({
    title: 'Change of the LDS at each step',
    note: 'change with its 95 % interval, methods paired; as a share of the whole change from Hessian to K-FAC; relative to the step’s start; relative to the Hessian.',
    rows: ({ ldsChange }) => LADDER_STEPS.map((step) => ({ step, ...ldsChange[step] })),
    columns: {
      ...fields('step', 'change'),
      ...INTERVAL,
      'share of total': ({ shareOfTotal }) => shareOfTotal,
      ...fields('relative'),
      'relative to Hessian': ({ relativeToFirst }) => relativeToFirst,
    },
  }),
  differences: table({
    title: 'Differences of LDS',
    note: 'LDS of a minus LDS of b, paired; columns as in the table of LDS. An interval that contains 0 orders nothing.',
    rows: ({ differences }) => Object.values(differences),
    columns: {
      a: ({ a }) => methodLabel(a),
      b: ({ b }) => methodLabel(b),
      ...fields('difference'),
      ...INTERVAL,
      ...PERCENTILE,
      ...SUBSETS,
      ordered: ({ ci }) => ordering(ci),
      'single difference': ({ single }) => single?.difference ?? null,
      'single low': ({ single }) => single?.ci[0] ?? null,
      'single high': ({ single }) => single?.ci[1] ?? null,
      'single ordered': ({ single }) => (single === undefined ? '' : ordering(single.ci)),
    },
  }),
  diagnostics: table({
    title: 'Distances between the matrices (appendix C)',
    note: 'One line for each base model. residual ‖H − G‖/‖H‖ (Eq. 14), cross layer ‖G − BG‖/‖G‖ (Eq. 15), overlap of eigenvalues (Eq. 16, 17) and of bases (Eq. 18) with the block-GGN.',
    rests: (basis) => partOf(basis, ['networks'], 'one a line'),
    rows: ({ diagnosticsSingle }) => diagnosticsSingle.map((one, model) => ({ model, ...one })),
    columns: {
      ...fields('model', 'residual'),
      'cross layer': ({ crossLayer }) => crossLayer,
      'eigenvalues EK-FAC': ({ eigenvalueOverlapEkfac }) => eigenvalueOverlapEkfac,
      'eigenvalues K-FAC': ({ eigenvalueOverlapKfac }) => eigenvalueOverlapKfac,
      'basis EK-FAC': ({ basisOverlapEkfac }) => basisOverlapEkfac,
      'basis K-FAC': ({ basisOverlapKfac }) => basisOverlapKfac,
    },
  }),
  seconds: table({
    title: 'Seconds of one core',
    note: 'Per stage, over all base models and retrainings, as measured when the stage was computed; the machine may have been busy.',
    rests: (basis) => partOf(basis, ['networks', 'subsets', 'seeds'], 'seconds added'),
    rows: ({ seconds }) => Object.entries(seconds),
    columns: { stage: ([stage]) => stage, seconds: ([, value]) => value },
  }),
};

/** Which of two is better, when the interval of their difference says so. */
export function ordering([lo, hi]: Ends): string {
  if (lo === null || hi === null || (lo <= 0 && hi >= 0)) return 'no';
  return lo > 0 ? 'a above b' : 'b above a';
}

/** Files by name: settings.md, settings.csv, lds.md, … */
export function resultTables(settings: SettingTable): Map<string, string> {
  const files = new Map<string, string>();
  const bases = Object.entries(settings).map(([name, results]) => settingBasis(name, results));
  for (const [name, { title, note, write, rests = (basis: Basis) => basis }] of Object.entries(TABLES)) {
    const text = write(settings);
    const basis = basisSentences(bases.map(rests));
    files.set(`${name}.md`, `# ${title}\n\n${note}\n\n${text.markdown}\n\n${basis}\n`);
    files.set(`${name}.csv`, text.csv);
  }
  return files;
}
