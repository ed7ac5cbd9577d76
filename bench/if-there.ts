/** @file Results that need not be there yet. */
import { existsSync } from 'node:fs';

/** What `read` makes of a file; undefined when it is not there. */
export function ifThere<T>(file: string, read: (file: string) => T): T | undefined {
  return existsSync(file) ? read(file) : undefined;
}
