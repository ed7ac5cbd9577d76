/** @file One curvature variant under every rule, judged against stored retrainings. */
import { CURVATURES, decompose, EigenOperator, type Problem } from '../../../curvature/index.ts';
import { CLASS_MEASUREMENTS, outcomeMeans, type RetrainingBank } from '../../../influence/index.ts';
import { sortColumns } from '../../../influence/judging/lds.ts';
import type { NetworkBootstrap } from '../../../influence/judging/network-bootstrap.ts';
import type { Vec } from '../../../linalg/index.ts';
import type { BaseNetwork } from '../../protocol/base-network.ts';
import { identityBasis } from '../../protocol/identity-basis.ts';
import type { SettingConfig } from '../../protocol/setting.ts';
import { diagonalErrorForm, inverseErrorForm } from './inverse-error-form.ts';
import { type NetworkParts, networkParts } from './network-parts.ts';
import { drawResamples, type Group, groupScores, queryHalves } from './resamples.ts';
import { inverseWeights, type StudyRule } from './rule.ts';
import { type RuleDiagnostics, RuleTotal } from './rule-total.ts';
import { SpectralPredictions } from './spectral-predictions.ts';
import { curvatureOf, fisherType, type Variant } from './variant.ts';

/** B. Fewer than `reproduce` draws: the study compares a thousand cases. */
export const BOOTSTRAP_RESAMPLES = 500;

/** One rule of one variant. */
export interface JudgedRule {
  /** Per measurement, in the order of `CLASS_MEASUREMENTS`: LDS of the mean score over base models, by query group. */
  readonly lds: readonly Readonly<Record<Group, NetworkBootstrap>>[];
  /** Eq. 9, mean over base models; NaN where it was left out. */
  readonly error: number;
  readonly diagnostics: RuleDiagnostics;
}

/**
 * Decomposes the variant's curvature once per base model and evaluates every rule.
 *
 * @param rules - For gradient dot a single rule, of which nothing is read.
 * @returns per rule its result, or undefined when some base model has no finite inverse under it.
 */
export function judgeVariant(
  setting: SettingConfig,
  variant: Variant,
  rules: readonly StudyRule[],
  networks: readonly BaseNetwork[],
  bank: RetrainingBank,
): (JudgedRule | undefined)[] {
  const samples = drawResamples(bank.subsets.length, BOOTSTRAP_RESAMPLES, setting.seed);
  const groups = queryHalves(bank.queries, setting.seed);
  const measured = CLASS_MEASUREMENTS.map((m) => sortColumns(outcomeMeans(bank, m)));
  const totals = rules.map(() => new RuleTotal());
  for (const { problem, key } of networks) {
    const parts = networkParts(setting, problem, key, bank.subsets.length);
    const operator = buildOperator(setting, variant, problem, parts);
    const predictions = new SpectralPredictions(operator, parts.subsetSums, parts.queryGradients);
    const error = errorOf(variant, operator, parts);
    for (const [r, rule] of rules.entries()) {
      const weights = curvatureOf(variant) === undefined ? operator.values : inverseWeights(operator, rule);
      totals[r].add(operator.values, weights, predictions, error);
    }
  }
  return totals.map((total) => {
    const mean = total.mean();
    if (mean === undefined) return undefined;
    return {
      lds: mean.predictions.map((values, m) =>
        groupScores(measured[m], values, samples, groups, mean.without[m]),
      ),
      error: mean.error,
      diagnostics: mean.diagnostics,
    };
  });
}

/** With all eigenvectors: damping needs them. Gradient dot is the identity. */
function buildOperator(
  setting: SettingConfig,
  variant: Variant,
  problem: Problem,
  { hessian }: NetworkParts,
): EigenOperator {
  const kind = curvatureOf(variant);
  const options = { fisher: fisherType(variant.fisher, setting.seed), partition: variant.partition };
  if (kind === 'hessian') return decompose(hessian, { structure: 'symmetric' });
  if (kind !== undefined) return CURVATURES[kind].build(problem, options);
  return new EigenOperator(identityBasis(hessian.rows), new Float64Array(hessian.rows).fill(1));
}

function errorOf(
  variant: Variant,
  operator: EigenOperator,
  { error }: NetworkParts,
): ((f: Vec) => number) | undefined {
  const kind = curvatureOf(variant);
  if (error === undefined || kind === undefined) return undefined;
  return kind === 'hessian'
    ? diagonalErrorForm(operator, error.directions)
    : inverseErrorForm(operator, error);
}
