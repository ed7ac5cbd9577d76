/** Results of a setting made of a few numbers, for tests of figures and report. */
import { errorShares, LADDER, LADDER_STEPS, type LadderKind } from '../../src/curvature/index.ts';
import type {
  SettingResults,
  SingleDiagnostics,
} from '../../src/experiments/better-hessians/results/results.ts';
import { METHODS, type Method } from '../../src/experiments/protocol/methods.ts';
import { profile, settingConfig } from '../../src/experiments/protocol/profile.ts';

/** What a sample is made of. */
export interface Sample {
  /** LDS of the methods in the order of the ladder, gradient dot last. */
  readonly lds?: readonly number[];
  /** Half width of every interval, of single scores and of paired differences alike. */
  readonly half?: number;
  /** Eq. 9 of the five curvatures, one list per base network. */
  readonly errors?: readonly (readonly number[])[];
  /** Appendix C, one entry per base network. */
  readonly diagnostics?: readonly Partial<SingleDiagnostics>[];
  readonly ceiling?: number | null;
  readonly parameters?: number;
  readonly seeds?: number;
  /** What the intervals of LDS cover; default the draw of subsets alone. */
  readonly covers?: SettingResults['covers'];
}

export const byName = <K extends string, T>(
  names: readonly K[],
  make: (name: K, index: number) => T,
): Record<K, T> => Object.fromEntries(names.map((name, i) => [name, make(name, i)])) as Record<K, T>;

const CONFIG = settingConfig(profile('paper'), 'd8-w16-e100', 0);

const DIAGNOSTICS: SingleDiagnostics = {
  residual: 0.2,
  crossLayer: 0.3,
  eigenvalueOverlapKfac: 0.7,
  eigenvalueOverlapEkfac: 0.8,
  basisOverlapKfac: 0.5,
  basisOverlapEkfac: 0.6,
};

/** A whole entry of results.json. */
export function sampleResults({
  lds = [0.4, 0.35, 0.3, 0.25, 0.2, 0.15],
  half = 0.02,
  errors = [[0.01, 0.1, 0.3, 1, 3]],
  diagnostics = [{}],
  ceiling = 0.62,
  parameters = 1210,
  seeds = 50,
  covers,
}: Sample = {}): SettingResults {
  const at = (method: Method): number => lds[METHODS.indexOf(method)];
  const around = (value: number): readonly [number, number] => [value - half, value + half];
  const pairs: [Method, Method][] = [
    ...LADDER_STEPS.map((step) => step.split('→') as [Method, Method]),
    ['hessian', 'kfac'],
    ...LADDER.map((kind): [Method, Method] => [kind, 'grad-dot']),
  ];
  const errorSingle = byName(LADDER, (_, i) => errors.map((single) => single[i]));
  const error = byName(LADDER, (kind) => mean(errorSingle[kind]));
  const singles = diagnostics.map((single) => ({ ...DIAGNOSTICS, ...single }));
  const total = at('kfac') - at('hessian');
  return {
    parameters,
    subsets: 100,
    seeds,
    models: errors.length,
    ...(covers === undefined ? {} : { covers }),
    accuracy: { train: 1, query: 0.97 },
    loss: { train: 0.01, query: 0.1 },
    lds: byName(METHODS, (method) => ({
      mean: at(method),
      ci: around(at(method)),
      percentile: around(at(method)),
      undefinedQueries: 0,
      perQuery: [at(method) - 0.1, at(method), at(method) + 0.1],
      single: { mean: at(method), sd: null, values: errors.map((_, k) => at(method) - 0.01 * k) },
    })),
    ceiling,
    splitHalf: 0.3,
    error,
    errorSingle,
    errorShare: errorShares(error as Record<LadderKind, number>),
    ldsChange: byName(LADDER_STEPS, (step) => {
      const [from, to] = step.split('→') as [Method, Method];
      const change = at(to) - at(from);
      const relative = change / at(from);
      return {
        change,
        shareOfTotal: change / total,
        relative,
        relativeToFirst: change / at('hessian'),
        ci: around(change),
      };
    }),
    differences: Object.fromEntries(
      pairs.map(([a, b]) => {
        const difference = at(a) - at(b);
        const ci = around(difference);
        return [`${a}−${b}`, { a, b, difference, ci, percentile: ci }];
      }),
    ),
    diagnosticsSingle: singles,
    diagnostics: {
      residual: mean(singles.map(({ residual }) => residual ?? 0)),
      crossLayer: mean(singles.map(({ crossLayer }) => crossLayer ?? 0)),
      eigenvalueOverlap: {
        kfac: mean(singles.map(({ eigenvalueOverlapKfac }) => eigenvalueOverlapKfac ?? 0)),
        ekfac: mean(singles.map(({ eigenvalueOverlapEkfac }) => eigenvalueOverlapEkfac ?? 0)),
      },
      basisOverlap: mean(singles.map(({ basisOverlapKfac }) => basisOverlapKfac ?? 0)),
      basisOverlapEkfac: mean(singles.map(({ basisOverlapEkfac }) => basisOverlapEkfac ?? 0)),
    },
    spectrum: byName(LADDER, () => ({ rank: 900, negative: 3, trace: 2, frobenius: 0.5 })),
    digests: {},
    config: { ...CONFIG, data: { ...CONFIG.data, queries: 3 } },
    seconds: { 'hessian/matrix': 1, 'hessian/eigen': 2, 'hessian/error': 100, retraining: 50 },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
