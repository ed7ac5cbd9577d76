/** @file How files of parameters are refused. */
import { FormatError } from '../linalg/errors.ts';

/** @throws {FormatError} always: 'parameters: …'. */
export function refuse(problem: string): never {
  throw new FormatError('parameters', problem);
}
