/** @file What a worker answers when it failed. */
import { oneLine } from '../files/command-error.ts';

/** An error as a message: errors themselves would lose their class and cause on the way. */
export interface Failure {
  readonly kind: 'failure';
  readonly message: string;
  readonly stack: string;
}

/** The answer of a worker that caught an error. */
export function failureOf(error: unknown): Failure {
  return {
    kind: 'failure',
    message: oneLine(error),
    stack: error instanceof Error ? String(error.stack) : '',
  };
}
