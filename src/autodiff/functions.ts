/** @file The scalar functions by name or as values: activations, losses, and what is measured per example. */
import { checkFunction, checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import { describe } from '../linalg/border/describe.ts';
import { DomainError } from '../linalg/errors.ts';
import type { ExampleFunctionDefinition } from './losses/example-function.ts';
import type { LossDefinition } from './losses/loss.ts';
import { MEASURED_TABLE } from './losses/measured.ts';
import { EXAMPLE_FUNCTION_TABLE, LOSS_TABLE } from './losses/table.ts';
import type { OpDefinition } from './op.ts';
import { ACTIVATION_OPS, type ActivationOp, CORE_OPS } from './ops/core-table.ts';

/** Elementwise non-linearity between two linear layers. `gelu` is the exact form x Φ(x), PyTorch's default. */
export type Activation = 'identity' | ActivationOp;

/** A loss of the table: −log p_y of the softmax, or ½‖u − t‖². */
export type LossName = keyof typeof LOSS_TABLE;

/** Training loss of one example: a name, or a value such as `binaryCrossEntropy` or `huber(0.5)` of `eigenfluence/autodiff`. */
export type Loss = LossName | LossDefinition;

/** A function of the table; see {@link ExampleFunction}. */
export type ExampleFunctionName = keyof typeof EXAMPLE_FUNCTION_TABLE;

/**
 * A scalar per example, as a function of its outputs u and its label y (or target t). By name:
 *
 * - `cross-entropy`: −log p_y with p = softmax(u); `squared-error`: ½‖u − t‖²
 * - `log-probability`: log p_y
 * - `margin`: log p_y − log(1 − p_y) = u_y − log Σ_{c≠y} e^{u_c}, the correct-class log-odds
 * - `absolute-error`: Σ_c |u_c − t_c|, with derivative sign(u_c − t_c), which is 0 where u_c = t_c (of the subgradients [−1, 1],
 *   the one of least length); second derivatives are 0
 *
 * or as a value: a loss, or another function recorded on a tape.
 */
export type ExampleFunction = ExampleFunctionName | ExampleFunctionDefinition;

/** Every activation, for tables and messages. */
export const ACTIVATIONS: readonly Activation[] = ['identity', ...ACTIVATION_OPS];

/** What a written description of a network says of an activation beside its name. */
export function activationAttributes(name: Activation): Readonly<Record<string, string>> {
  return name === 'identity' ? {} : ((CORE_OPS[name] as OpDefinition).attributes ?? {});
}

/** Every loss of the table, for loops and messages. */
export const LOSSES: readonly LossName[] = Object.keys(LOSS_TABLE) as LossName[];

/** Every per-example function of the table, for loops and messages. */
export const EXAMPLE_FUNCTIONS: readonly ExampleFunctionName[] = Object.keys(
  EXAMPLE_FUNCTION_TABLE,
) as ExampleFunctionName[];

/**
 * What a per-example function is.
 *
 * @throws {DomainError} neither a name of the table nor a definition with `record` and `answers`.
 */
export function asExampleFunction(where: string, argument: string, f: unknown): ExampleFunctionDefinition {
  if (typeof f !== 'object' || f === null) {
    checkOneOf(where, argument, f as ExampleFunctionName, EXAMPLE_FUNCTIONS);
    return EXAMPLE_FUNCTION_TABLE[f as ExampleFunctionName];
  }
  checkObject(where, argument, f);
  const given = f as Partial<ExampleFunctionDefinition>;
  checkOneOf(where, `${argument}.answers`, given.answers as 'labels' | 'targets', ['labels', 'targets']);
  checkFunction(where, `${argument}.record`, given.record);
  return given as ExampleFunctionDefinition;
}

/**
 * What a loss is.
 *
 * @throws {DomainError} neither a name of the table nor a definition of a loss.
 */
export function asLoss(where: string, argument: string, loss: unknown): LossDefinition {
  if (typeof loss !== 'object' || loss === null) {
    checkOneOf(where, argument, loss as LossName, LOSSES);
    return LOSS_TABLE[loss as LossName];
  }
  const given = asExampleFunction(where, argument, loss) as Partial<LossDefinition>;
  for (const part of ['gradient', 'hessianRoot', 'constantOutputs'] as const)
    checkFunction(where, `${argument}.${part}`, given[part]);
  const { name, measured } = given;
  if (typeof name !== 'string' || name === '')
    throw new DomainError(where, `${argument}.name`, 'a text', name, describe(name));
  checkOneOf(where, `${argument}.measured`, measured as keyof typeof MEASURED_TABLE, MEASURED);
  return given as LossDefinition;
}

const MEASURED = Object.keys(MEASURED_TABLE) as (keyof typeof MEASURED_TABLE)[];

/** What messages and files call a loss or another per-example function. */
export function functionName(f: ExampleFunction): string {
  return typeof f === 'string' ? f : (f.name ?? 'a function without a name');
}

/** True when the function reads a class label; false when it reads a real target vector. */
export function usesLabels(f: ExampleFunction): boolean {
  return asExampleFunction('usesLabels', 'f', f).answers === 'labels';
}
