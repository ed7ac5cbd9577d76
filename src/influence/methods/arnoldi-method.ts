/** @file Influence on leading eigenvectors by Arnoldi's method, as a line of the registry. */
import { maxAbs } from '../../linalg/sum.ts';
import { automaticDamping } from '../attributors/damping-rule.ts';
import { ARNOLDI_RANK, arnoldiInfluence } from '../baselines/arnoldi.ts';
import { EXACT_CURVATURE, LAMBDA, SEED, STEPS } from './common-hyperparameters.ts';
import { fittedMethod } from './fitted-method.ts';
import { type Filled, type FittedMethod, type Method, type MethodContext, method } from './method.ts';
import { asFitOf } from './method-fit.ts';
import { ruled } from './option.ts';
import { whole } from './option-values.ts';
import { dampingWarnings } from './warnings.ts';

/** What `arnoldi` reads. */
export interface ArnoldiOptions {
  readonly rank: number | undefined;
  readonly curvature: 'ggn' | 'hessian';
  readonly iterations: number | undefined;
  readonly damping: number | 'auto';
  readonly seed: number;
}

/** Arnoldi. */
export const ARNOLDI: Method<ArnoldiOptions> = method<ArnoldiOptions>({
  name: 'arnoldi',
  label: 'Arnoldi',
  approximates:
    '∇mᵀ C⁺ ∇L on the k eigenvectors of C with the largest |σ|; the rest of the space counts as zero',
  cost: { fit: '2k·N·D + N·D·k', score: 'Q·(D + N)·k', memory: '2k·D + N·k' },
  options: {
    rank: {
      values: whole(1),
      placeholder: '<k>',
      brief: 'eigenpairs kept',
      meaning: 'k eigenpairs',
      default: ruled('at-most-the-dimension', `min(${ARNOLDI_RANK}, D)`, { most: ARNOLDI_RANK }),
      reason:
        'Schioppa et al. 2022 keep tens to hundreds; the top hundred hold most of the trace of a small perceptron',
    },
    curvature: {
      ...EXACT_CURVATURE,
      meaning: 'C: hessian, or ggn',
      default: 'hessian',
      reason: 'as published; its largest |σ| are positive at the end of training',
    },
    iterations: {
      ...STEPS,
      meaning: 'products with C, the dimension of the Krylov space',
      default: ruled('twice-the-rank', '2k, at most D', { times: 2 }),
      reason: 'leading pairs converge first; residuals are reported',
    },
    damping: {
      ...LAMBDA,
      meaning: 'λ added to every |σ|; auto for 0.1 · tr(G)/D',
      default: 0,
      reason: 'as published: the truncation is the regularisation',
    },
    seed: SEED,
  },
  needsTrajectory: false,
  scaled: true,
  reference: 'Schioppa et al., Scaling up influence functions (2022), §4',
  fit: fitArnoldi,
});

function fitArnoldi(options: Filled<ArnoldiOptions>, context: MethodContext): FittedMethod {
  const { fitted, train } = context;
  const size = fitted.model.parameterCount;
  const { curvature, seed } = options;
  const rank = Math.min(options.rank ?? ARNOLDI_RANK, size);
  const iterations = Math.min(options.iterations ?? 2 * rank, size);
  const earlier = context.curvature && asFitOf('arnoldi', 'arnoldi', context.curvature);
  const automatic = (): number => earlier?.damping ?? automaticDamping({ ...fitted, data: train }, 'ggn');
  const damping = options.damping === 'auto' ? automatic() : options.damping;
  const settings = { rank, curvature, iterations, damping, seed };
  const attributor = arnoldiInfluence({ ...settings, measurement: options.measurement }).fit(
    fitted,
    train,
    earlier,
  );
  const { values, residuals, kept, stats } = attributor;
  return fittedMethod(context, attributor, {
    settings,
    damping,
    seed,
    discarded: (queries) => attributor.discarded(queries),
    kept: { kind: 'arnoldi', damping, ...attributor.fit },
    warnings: dampingWarnings('λ', damping, maxAbs(values)),
    known: {
      notes: {
        eigenvalues: values,
        eigenvalueResiduals: residuals,
        kept,
        products: stats.iterations,
        search: stats.message,
      },
    },
  });
}
