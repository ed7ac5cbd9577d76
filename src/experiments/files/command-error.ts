/** @file The one line that a failed command leaves on stderr. */
import { EigenfluenceError } from '../../linalg/errors.ts';

/** Exit code of a command line that cannot be understood. */
export const USAGE = 2;

/** A refusal that the person at the keyboard can act on; its message is shown as it is. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const SYSTEM_MESSAGES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is not a folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the file name is too long',
  ELOOP: 'too many symbolic links',
  EFBIG: 'the file would be too large',
  EIO: 'input/output error',
};

/** "no space left on the device: /path" for an error of the operating system, or undefined for another error, which is a bug. */
export function systemMessage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const message = SYSTEM_MESSAGES[error.code] ?? otherSystemMessage(error);
  if (message === undefined) return undefined;
  return 'path' in error && typeof error.path === 'string' ? `${message}: ${error.path}` : message;
}

/** What `body` returns, or `otherwise` where the operating system says no. Any other error is a bug, and goes on. */
export function unlessRefused<T, U>(body: () => T, otherwise: U): T | U {
  try {
    return body();
  } catch (error) {
    if (systemMessage(error) === undefined) throw error;
    return otherwise;
  }
}

/** Of a call of the system that has no words of ours: "ENXIO: no such device or address". A path may hold a zero byte. */
function otherSystemMessage(error: Error): string | undefined {
  if (/without null bytes/.test(error.message)) return 'the path has a zero byte';
  return 'syscall' in error ? error.message.replace(/, .*/s, '') : undefined;
}

/** Any thrown value as one line of text: our refusals as they are, system errors in words, bugs marked as such. */
export function oneLine(error: unknown): string {
  return text(error)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

function text(error: unknown): string {
  if (error instanceof CommandError || error instanceof EigenfluenceError) return error.message;
  const system = systemMessage(error);
  if (system !== undefined) return system;
  if (
    error instanceof RangeError &&
    /allocation|array length|array size|invalid string length/i.test(error.message)
  )
    return `not enough memory (${error.message})`;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `internal error: ${message} (EIGENFLUENCE_DEBUG=1 shows where)`;
}
