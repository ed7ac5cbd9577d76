/** @file The entry point of `npm run -s cli -- COMMAND …`. */
import { execute } from './program.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader has seen enough
  throw error;
});

execute(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
