/** @file The runs that `trajectory` is understood by: lengths, rates, momenta, starts and adjoints around the run of its rule. */
import type { AdjointCurvature } from '../../autodiff/adjoint-sweep.ts';
import type { TrainingConfig } from '../../autodiff/index.ts';

/** A run, and the curvature that its steps are taken back with. */
export interface RunVariant {
  readonly epochs: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly initialisation: TrainingConfig['initialisation'];
  readonly adjoint: AdjointCurvature;
}

const ADJOINTS: readonly AdjointCurvature[] = ['hessian', 'mean', 'ggn'];

/** Lengths, as multiples of that of the rule. */
const LENGTHS = [0.25, 0.5, 1, 2];

/**
 * The run of the rule at several lengths with each adjoint; at half and twice its rate and without momentum, all for the same duration Σ η/(1 − μ);
 * and from the other start.
 */
export function runVariants(rule: TrainingConfig): RunVariant[] {
  const { epochs, learningRate, momentum, initialisation } = rule;
  const common = { learningRate, momentum, initialisation };
  const lengths = LENGTHS.flatMap((factor) =>
    ADJOINTS.map((adjoint) => ({ ...common, epochs: Math.max(1, Math.round(factor * epochs)), adjoint })),
  );
  const here = { ...common, epochs, adjoint: 'mean' as const };
  const other = initialisation === 'torch' ? ('xavier' as const) : ('torch' as const);
  return [
    ...lengths,
    { ...here, learningRate: learningRate / 2, epochs: 2 * epochs },
    { ...here, learningRate: 2 * learningRate, epochs: Math.max(1, Math.round(epochs / 2)) },
    { ...here, momentum: 0, learningRate: learningRate / (1 - momentum) },
    { ...here, initialisation: other },
  ];
}

/** τ = Σ η/(1 − μ) of a run with a cosine schedule, whose mean rate is half the first. */
export function duration({ epochs, learningRate, momentum }: RunVariant, stepsPerEpoch: number): number {
  let rates = 0;
  for (let epoch = 0; epoch < epochs; epoch++) rates += (1 + Math.cos((Math.PI * epoch) / epochs)) / 2;
  return (stepsPerEpoch * learningRate * rates) / (1 - momentum);
}
