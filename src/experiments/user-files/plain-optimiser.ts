/** @file Optimisers as plain data, for files and for messages between threads: a value with its functions is neither. */
import { type AdamW, type AnyTrainingConfig, adamW, type OptimiserConfig, type TrainingConfig } from '../../autodiff/index.ts'; // biome-ignore format: one line
import type { Optimiser } from '../../autodiff/optimisers/optimiser.ts';
import { UnsupportedError } from '../../linalg/errors.ts';

/** What makes the same AdamW again. */
export type PlainOptimiser = Pick<AdamW, 'name' | 'beta1' | 'beta2' | 'epsilon' | 'weightDecay'>;

/** A training configuration whose optimiser is plain data. */
export type PlainConfig =
  | TrainingConfig
  | (Omit<OptimiserConfig, 'optimiser'> & { readonly optimiser: PlainOptimiser });

/** @throws {UnsupportedError} an optimiser whose code neither file nor message can hold. */
export function plainOptimiser(optimiser: Optimiser | PlainOptimiser): PlainOptimiser {
  if (optimiser.name !== 'adamw')
    throw new UnsupportedError(
      `plainOptimiser: runs of ${optimiser.name} are not supported; SGD and AdamW are.`,
    );
  const { name, beta1, beta2, epsilon, weightDecay } = optimiser as AdamW;
  return { name, beta1, beta2, epsilon, weightDecay };
}

/** The reverse of {@link plainOptimiser}. @throws {DomainError} settings out of range. */
export function optimiserOf({ beta1, beta2, epsilon, weightDecay }: PlainOptimiser): AdamW {
  return adamW({ beta1, beta2, epsilon, weightDecay });
}

/** A configuration that a message can hold. */
export function plainConfig(config: AnyTrainingConfig | PlainConfig): PlainConfig {
  return config.optimiser === undefined ? config : { ...config, optimiser: plainOptimiser(config.optimiser) };
}

/** The reverse of {@link plainConfig}; a configuration itself if it is one already. */
export function configOf(config: AnyTrainingConfig | PlainConfig): AnyTrainingConfig {
  if (config.optimiser === undefined) return config;
  return { ...config, optimiser: optimiserOf(plainOptimiser(config.optimiser)) };
}
