/** @file The command line: `npm run -s cli -- COMMAND …`. */
import { Command, CommanderError } from 'commander';
import { CommandError, oneLine } from './command-error.ts';
import { addCurvature } from './commands/curvature.ts';
import { addEigen } from './commands/eigen.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addInfluence } from './commands/influence.ts';
import { addReproduce } from './commands/reproduce.ts';
import { addTrain } from './commands/train.ts';

/** Parses the arguments and runs the command. Errors are thrown; help is printed. */
async function run(args: readonly string[]): Promise<void> {
  const program = new Command('eigenfluence')
    .description('Exact curvature and training-data attribution')
    .exitOverride()
    .configureOutput({ writeErr: () => {} }); // commander's own error text; ours is one line, below
  addTrain(program);
  addCurvature(program);
  addInfluence(program);
  addEigen(program);
  addReproduce(program);
  addEvaluate(program);
  if (args.length === 0)
    throw new CommandError(
      `no command: expected ${program.commands.map((c) => c.name()).join(', ')}, or --help.`,
    );
  await program.parseAsync([...args], { from: 'user' });
}

/** Exit code and message of a thrown value; undefined when it is no failure (help was asked for). */
function failure(error: unknown): { code: number; message: string } | undefined {
  if (error instanceof CommanderError)
    return error.exitCode === 0
      ? undefined
      : { code: 2, message: oneLine(new CommandError(error.message)).replace(/^error: /, '') };
  return { code: error instanceof CommandError ? error.exitCode : 1, message: oneLine(error) };
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader has seen enough
  throw error;
});

run(process.argv.slice(2)).catch((error: unknown) => {
  const failed = failure(error);
  if (failed === undefined) return;
  if (process.env['EIGENFLUENCE_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  process.stderr.write(`eigenfluence: ${failed.message}\n`);
  process.exitCode = failed.code;
});
