/** @file Every loss, one line each, and every other function of an example. */
import { crossEntropy } from './cross-entropy.ts';
import type { ExampleFunctionDefinition } from './example-function.ts';
import { logProbability, MEASURED_TABLE } from './measured.ts';
import { squaredError } from './squared-error.ts';

/** What a network can be trained on, by name. Declarations are made file by file, so each line says its type. */
export const LOSS_TABLE = {
  'cross-entropy': crossEntropy as typeof crossEntropy,
  'squared-error': squaredError as typeof squaredError,
} as const;

/** What can be computed of each example, by name. */
export const EXAMPLE_FUNCTION_TABLE: typeof LOSS_TABLE & {
  readonly 'log-probability': ExampleFunctionDefinition;
} & typeof MEASURED_TABLE = {
  ...LOSS_TABLE,
  'log-probability': logProbability,
  ...MEASURED_TABLE,
} satisfies Readonly<Record<string, ExampleFunctionDefinition>>;
