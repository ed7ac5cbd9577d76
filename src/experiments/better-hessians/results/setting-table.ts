/** @file The table that a run ends with. */
import { CURVATURES, type LadderStep } from '../../../curvature/index.ts';
import { basisSentence } from '../../judging/basis.ts';
import { fixed, percent, precise } from '../../judging/table.ts';
import { undefinedCounts } from '../../judging/undefined-queries.ts';
import { aligned, type Columns } from '../../pages/table.ts';
import { GRADIENT_DOT, METHODS, type Method } from '../../protocol/methods.ts';
import type { SettingResults } from './results.ts';
import { settingBasis } from './setting-basis.ts';

/** What a method is called in tables and figures. */
export function methodLabel(method: Method): string {
  return method === GRADIENT_DOT ? 'Gradient dot' : CURVATURES[method].label;
}

/** The step of the ladder that ends at a method. */
function stepTo(method: Method): LadderStep | undefined {
  const steps: Partial<Record<Method, LadderStep>> = {
    ggn: 'hessian→ggn',
    'block-ggn': 'ggn→block-ggn',
    ekfac: 'block-ggn→ekfac',
    kfac: 'ekfac→kfac',
  };
  return steps[method];
}

/** Seconds to get a method's scores for one network: curvature, decomposition, scores; not the judging. */
function methodSeconds({ seconds, models }: SettingResults, method: Method): number {
  const stages = Object.entries(seconds).filter(
    ([stage]) => stage.startsWith(`${method}/`) && stage !== `${method}/error`,
  );
  return stages.reduce((sum, [, value]) => sum + value, 0) / models;
}

/** What is to be said of queries without a rank correlation, method by method. */
export function undefinedInSetting({ lds }: Pick<SettingResults, 'lds'>): string[] {
  return undefinedCounts(
    METHODS.map((method) => ({
      label: methodLabel(method),
      undefinedQueries: lds[method].undefinedQueries,
      queries: lds[method].perQuery.length,
    })),
  );
}

/** A method in a setting. */
export interface MethodRow {
  readonly method: Method;
  readonly results: SettingResults;
}

/** The methods of a setting, in the order of the ladder. */
export function methodRows(results: SettingResults): MethodRow[] {
  return METHODS.map((method) => ({ method, results }));
}

/** What a method scores, before its intervals. */
export const SCORE_COLUMNS: Columns<MethodRow> = {
  method: ({ method }) => methodLabel(method),
  LDS: ({ method, results }) => fixed(results.lds[method].mean, 3),
};

/** What a method misses and takes. */
export const COST_COLUMNS: Columns<MethodRow> = {
  'Eq. 9 error': ({ method, results }) => (method === GRADIENT_DOT ? '' : precise(results.error[method])),
  'share of error': ({ method, results }) => {
    const step = stepTo(method);
    const share = step === undefined ? null : results.errorShare[step];
    return share === null ? '' : percent(share);
  },
  seconds: ({ method, results }) => methodSeconds(results, method).toFixed(2),
};

/** "0.412 … 0.441". */
export function fromTo([lo, hi]: readonly [number | null, number | null]): string {
  return `${fixed(lo, 3)} … ${fixed(hi, 3)}`;
}

/** One setting as lines of text. */
export function resultTable(name: string, results: SettingResults): string[] {
  const { parameters, subsets, seeds, accuracy, ceiling } = results;
  const columns: Columns<MethodRow> = {
    ...SCORE_COLUMNS,
    '95 % interval': ({ method, results: { lds } }) =>
      `[${lds[method].ci.map((end) => fixed(end, 3)).join(', ')}]`,
    ...COST_COLUMNS,
  };
  return [
    `${name}: ${parameters} parameters, training accuracy ${accuracy.train.toFixed(3)}, query accuracy ${accuracy.query.toFixed(3)}, ` +
      `${subsets} subsets × ${seeds} seeds, noise ceiling ${fixed(ceiling, 3)}`,
    basisSentence(settingBasis(name, results)),
    ...aligned(columns, methodRows(results)),
    ...undefinedInSetting(results),
  ];
}
