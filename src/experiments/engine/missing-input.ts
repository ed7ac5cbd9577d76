/** @file What a job reads and does not find: told by name and key, so that somebody can bring it. */
import { CommandError } from '../files/command-error.ts';

/** A stored result, or the retrainings of a series. */
export interface Input {
  readonly kind: 'result' | 'retrainings';
  /** Of the task, or of the series. */
  readonly name: string;
  /** Of the task: 64 hexadecimal digits. */
  readonly key: string;
}

/** An input that is not here, or not as much of it as is needed. */
export class MissingInputError extends CommandError {
  override name = 'MissingInputError';
  readonly input: Input;

  constructor(message: string, input: Input) {
    super(message);
    this.input = input;
  }
}
