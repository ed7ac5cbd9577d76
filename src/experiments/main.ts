/** @file The entry point of `npm run -s cli -- COMMAND …`. */
import { execute } from './program.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader has seen enough
  throw error;
});

let ended = false;
process.on('beforeExit', () => {
  if (ended) return;
  // nothing is left to wait for, and yet the command has not come to an end: that must not look like success
  ended = true;
  process.stderr.write('eigenfluence: internal error: the command ended before its work was done.\n');
  process.exitCode = 1;
});

execute(process.argv.slice(2)).then((code) => {
  ended = true;
  process.exitCode = code;
});
