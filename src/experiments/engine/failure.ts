/** @file What a worker answers when it failed. */
import { CommandError, oneLine } from '../files/command-error.ts';
import { type Input, MissingInputError } from './missing-input.ts';

/** An error as a message: errors themselves would lose their class and cause on the way. */
export interface Failure {
  readonly kind: 'failure';
  readonly message: string;
  readonly stack: string;
  /** What the job lacked. */
  readonly missing?: Input;
}

/** The answer of a worker that caught an error. */
export function failureOf(error: unknown): Failure {
  return {
    kind: 'failure',
    message: oneLine(error),
    stack: error instanceof Error ? String(error.stack) : '',
    ...(error instanceof MissingInputError ? { missing: error.input } : {}),
  };
}

/** The failure as an error again. */
export function errorOf({ message, stack, missing }: Failure): CommandError {
  const error = missing === undefined ? new CommandError(message) : new MissingInputError(message, missing);
  error.stack = stack;
  return error;
}
