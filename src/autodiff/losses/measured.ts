/** @file Functions of an example that no network is trained on: what is measured beside the loss, and the log-probability. */
import type { ExampleFunctionDefinition } from './example-function.ts';

/** What losses name as their further measurement. */
export const MEASURED_TABLE: {
  readonly margin: ExampleFunctionDefinition;
  readonly 'absolute-error': ExampleFunctionDefinition;
} = {
  margin: { answers: 'labels', record: (tape, u, labels) => tape.apply('margin', [u, labels]) },
  'absolute-error': {
    answers: 'targets',
    record: (tape, u, targets) => tape.apply('absolute-error', [u, targets]),
  },
};

/** A measurement beside the loss. */
export type MeasuredFunction = keyof typeof MEASURED_TABLE;

/** log p_t = log σ(margin). */
export const logProbability: ExampleFunctionDefinition = {
  answers: 'labels',
  record: (tape, u, labels) => tape.apply('log-sigmoid', [tape.apply('margin', [u, labels])]),
};
