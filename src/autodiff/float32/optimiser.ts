/** @file Optimisers in float32: SGD and AdamW, with settings that are computed in doubles and rounded. */
import type { Float32Arena } from '../../linalg/kernels/float32/kernels.ts';
import type { Vec } from '../../linalg/matrix.ts';
import type { AdamW } from '../optimisers/adamw.ts';
import type { Optimiser } from '../optimisers/optimiser.ts';
import type { AnyTrainingConfig } from '../training-config.ts';

/** Offsets of what a step works on. */
export interface Float32StepArrays {
  readonly count: number;
  readonly settings: number;
  readonly gradient: number;
  readonly states: readonly number[];
  readonly theta: number;
}

/** How θ moves. `settings` are doubles, the first is the rate of the step to come. */
export interface Float32Descent {
  readonly states: number;
  readonly settings: number;
  start(settings: Vec): void;
  step(arena: Float32Arena, settings: Vec, arrays: Float32StepArrays): void;
}

/** Whether there is a step in float32. */
export function isFloat32Optimiser(optimiser: Optimiser | undefined): boolean {
  return optimiser === undefined || isAdamW(optimiser);
}

function isAdamW(optimiser: Optimiser): optimiser is AdamW {
  return optimiser.name === 'adamw' && 'beta1' in optimiser;
}

/** The descent that a configuration asks for; see {@link isFloat32Optimiser}. */
export function float32Descent(config: AnyTrainingConfig): Float32Descent {
  const { optimiser } = config;
  if (optimiser !== undefined) return adamWDescent(optimiser as AdamW);
  const { momentum, weightDecay } = config;
  return {
    states: 1,
    settings: 3,
    start: (settings) => settings.set([momentum, weightDecay], 1),
    step({ memory, kernels }, settings, { count, settings: at, gradient, states, theta }) {
      for (let i = 0; i < 3; i++) memory[at + i] = settings[i];
      kernels.sgd(count, at, gradient, states[0], theta);
    },
  };
}

/** The settings are those of the float64 step, one by one; the kernel reads them behind the rate. */
function adamWDescent({ beta1, beta2, epsilon, weightDecay }: AdamW): Float32Descent {
  return {
    states: 2,
    settings: 10,
    start: (settings) => settings.set([1, 1 - beta1, beta2, 1 - beta2, 0, 1, epsilon, 1, 1], 1),
    step({ memory, kernels }, settings, { count, settings: at, gradient, states, theta }) {
      settings[8] *= beta1;
      settings[9] *= beta2;
      settings[1] = 1 - settings[0] * weightDecay;
      settings[5] = settings[0] / (1 - settings[8]);
      settings[6] = Math.sqrt(1 - settings[9]);
      for (let i = 0; i < 8; i++) memory[at + i] = settings[i];
      kernels.adamw(count, at + 1, gradient, states[0], states[1], theta);
    },
  };
}
