/** @file Which curvatures the study decomposes: kind, expectation over labels, blocks. */
import { epochBatches, learningRate } from '../../../autodiff/training-config.ts';
import { type FisherType, LADDER, type LadderKind, type PartitionKind } from '../../../curvature/index.ts';
import { GRADIENT_DOT, type Method } from '../../protocol/methods.ts';
import type { SettingConfig } from '../../protocol/setting.ts';

/** The Fisher types of the study by name. */
export type FisherName = 'type-2' | 'mc-1' | 'mc-10' | 'empirical';

export const FISHERS: readonly FisherName[] = ['type-2', 'mc-1', 'mc-10', 'empirical'];
export const PARTITIONS: readonly PartitionKind[] = ['layer', 'tensor'];

/** One matrix to decompose, or the baseline without one. Where a convention does not apply it has its default. */
export interface Variant {
  readonly method: Method;
  readonly fisher: FisherName;
  readonly partition: PartitionKind;
}

/** The Hessian has no Fisher type, the GGN no partition, gradient dot neither. */
export function appliesTo(method: Method): { readonly fisher: boolean; readonly partition: boolean } {
  const fisher = method !== 'hessian' && method !== GRADIENT_DOT;
  return { fisher, partition: fisher && method !== 'ggn' };
}

/** Every variant of the given conventions, without doubles: Hessian and gradient dot once, GGN per Fisher type. */
export function studyVariants(
  fishers: readonly FisherName[] = FISHERS,
  partitions: readonly PartitionKind[] = PARTITIONS,
): Variant[] {
  return [...LADDER, GRADIENT_DOT].flatMap((method) => {
    const applies = appliesTo(method as Method);
    return (applies.fisher ? fishers : fishers.slice(0, 1)).flatMap((fisher) =>
      (applies.partition ? partitions : partitions.slice(0, 1)).map((partition) =>
        variantOf(method as Method, fisher, partition),
      ),
    );
  });
}

/** The variant that a method uses under given conventions. */
export function variantOf(method: Method, fisher: FisherName, partition: PartitionKind): Variant {
  const applies = appliesTo(method);
  return {
    method,
    fisher: applies.fisher ? fisher : 'type-2',
    partition: applies.partition ? partition : 'layer',
  };
}

/** A name for maps and files, e.g. `ekfac type-2 layer`. */
export function variantName({ method, fisher, partition }: Variant): string {
  return `${method} ${fisher} ${partition}`;
}

/** Sampled labels are named by the seed of the experiment. */
export function fisherType(name: FisherName, seed: number): FisherType {
  switch (name) {
    case 'type-2':
    case 'empirical':
      return { kind: name };
    case 'mc-1':
      return { kind: 'mc', samples: 1, seed };
    case 'mc-10':
      return { kind: 'mc', samples: 10, seed };
  }
}

/**
 * t = Σ learning rates / (1 − momentum) over all steps of base training: the duration of the gradient flow that training
 * approximates (Bae et al. 2024, App. D.2).
 */
export function trainingTime({
  training,
  data,
}: Pick<SettingConfig, 'training'> & { readonly data: { readonly train: number } }): number {
  const steps = epochBatches(training, data.train).length;
  let total = 0;
  for (let epoch = 0; epoch < training.epochs; epoch++) total += steps * learningRate(training, epoch);
  return total / (1 - training.momentum);
}

/** The curvature behind a method; undefined for the baseline. */
export function curvatureOf({ method }: Variant): LadderKind | undefined {
  return method === GRADIENT_DOT ? undefined : method;
}
