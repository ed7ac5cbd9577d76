/** @file The table that a run ends with. */
import { CURVATURES, type LadderStep } from '../../../curvature/index.ts';
import { basisSentence } from '../../judging/basis.ts';
import { align, fixed, percent, precise } from '../../judging/table.ts';
import { undefinedCounts } from '../../judging/undefined-queries.ts';
import { GRADIENT_DOT, METHODS, type Method } from '../../protocol/methods.ts';
import type { SettingResults } from './results.ts';
import { settingBasis } from './setting-basis.ts';

/** What a method is called in tables and figures. */
export function methodLabel(method: Method): string {
  return method === GRADIENT_DOT ? 'Gradient dot' : CURVATURES[method].label;
}

/** The step of the ladder that ends at a method. */
export function stepTo(method: Method): LadderStep | undefined {
  const steps: Partial<Record<Method, LadderStep>> = {
    ggn: 'hessian→ggn',
    'block-ggn': 'ggn→block-ggn',
    ekfac: 'block-ggn→ekfac',
    kfac: 'ekfac→kfac',
  };
  return steps[method];
}

/** Seconds to get a method's scores for one network: curvature, decomposition, scores; not the judging. */
export function methodSeconds({ seconds, models }: SettingResults, method: Method): number {
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

/** One setting as lines of text. */
export function resultTable(name: string, results: SettingResults): string[] {
  const { parameters, subsets, seeds, accuracy, ceiling, lds, error, errorShare } = results;
  const header = ['method', 'LDS', '95 % interval', 'Eq. 9 error', 'share of error', 'seconds'];
  const rows = METHODS.map((method) => {
    const step = stepTo(method);
    const share = step === undefined ? null : errorShare[step];
    return [
      methodLabel(method),
      fixed(lds[method].mean, 3),
      `[${fixed(lds[method].ci[0], 3)}, ${fixed(lds[method].ci[1], 3)}]`,
      method === GRADIENT_DOT ? '' : precise(error[method]),
      share === null ? '' : percent(share),
      methodSeconds(results, method).toFixed(2),
    ];
  });
  return [
    `${name}: ${parameters} parameters, training accuracy ${accuracy.train.toFixed(3)}, query accuracy ${accuracy.query.toFixed(3)}, ` +
      `${subsets} subsets × ${seeds} seeds, noise ceiling ${fixed(ceiling, 3)}`,
    basisSentence(settingBasis(name, results)),
    ...align([header, ...rows]),
    ...undefinedInSetting(results),
  ];
}
