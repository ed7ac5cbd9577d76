/** @file The entry point of `npm run -s cli -- COMMAND …`. */
import { systemMessage } from './files/command-error.ts';
import { execute } from './program.ts';

// workers inherit it; the tier is taken when something is computed
process.env['EIGENFLUENCE_KERNELS'] ||= 'best';

/** Whether the output was lost, for want of space. */
let unheard = false;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || unheard) return; // the reader has seen enough; the work goes on
  unheard = true;
  process.stderr.write(
    `eigenfluence: cannot write to the standard output: ${systemMessage(error) ?? error.message}.\n`,
  );
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

process.on('exit', () => {
  if (unheard) process.exitCode ||= 1;
});
