/** @file Results that need not be there yet. */
import { existsSync } from 'node:fs';

/** What `read` makes of a file; undefined when it is not there. */
export function ifThere<T>(file: string, read: (file: string) => T): T | undefined {
  return existsSync(file) ? read(file) : undefined;
}

/** What `make` says of a stored file, or how to make that file. */
export function from<T>(
  file: string,
  command: string,
  read: (file: string) => T,
  make: (value: T) => string,
): string {
  return existsSync(file) ? make(read(file)) : `Not run yet: \`${command}\`.`;
}
