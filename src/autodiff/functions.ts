/** @file The names of the scalar functions: activations, losses, and what is measured per example. */
import { checkOneOf } from '../linalg/border/arguments.ts';
import { EXAMPLE_FUNCTION_TABLE, LOSS_TABLE } from './losses/table.ts';
import type { OpDefinition } from './op.ts';
import { ACTIVATION_OPS, type ActivationOp, CORE_OPS } from './ops/core-table.ts';

/** Elementwise non-linearity between two linear layers. `gelu` is the exact form x Φ(x), PyTorch's default. */
export type Activation = 'identity' | ActivationOp;

/** Training loss of one example: −log p_y of the softmax, or ½‖u − t‖². */
export type Loss = keyof typeof LOSS_TABLE;

/**
 * A scalar per example, as a function of its outputs u and its label y (or target t):
 *
 * - `cross-entropy`: −log p_y with p = softmax(u); `squared-error`: ½‖u − t‖²
 * - `log-probability`: log p_y
 * - `margin`: log p_y − log(1 − p_y) = u_y − log Σ_{c≠y} e^{u_c}, the correct-class log-odds
 * - `absolute-error`: Σ_c |u_c − t_c|, with derivative sign(u_c − t_c), which is 0 where u_c = t_c (of the subgradients [−1, 1],
 *   the one of least length); second derivatives are 0
 */
export type ExampleFunction = keyof typeof EXAMPLE_FUNCTION_TABLE;

/** Every activation, for tables and messages. */
export const ACTIVATIONS: readonly Activation[] = ['identity', ...ACTIVATION_OPS];

/** What a written description of a network says of an activation beside its name. */
export function activationAttributes(name: Activation): Readonly<Record<string, string>> {
  return name === 'identity' ? {} : ((CORE_OPS[name] as OpDefinition).attributes ?? {});
}

/** Every loss, for tables and messages. */
export const LOSSES: readonly Loss[] = Object.keys(LOSS_TABLE) as Loss[];

/** Every per-example function, for tables and messages. */
export const EXAMPLE_FUNCTIONS: readonly ExampleFunction[] = Object.keys(
  EXAMPLE_FUNCTION_TABLE,
) as ExampleFunction[];

/** True when the function reads a class label; false when it reads a real target vector. */
export function usesLabels(f: ExampleFunction): boolean {
  checkOneOf('usesLabels', 'f', f, EXAMPLE_FUNCTIONS);
  return EXAMPLE_FUNCTION_TABLE[f].answers === 'labels';
}
