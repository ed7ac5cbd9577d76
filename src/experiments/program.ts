/** @file The command line as a function: arguments in, exit code out. */
import { Command, CommanderError } from 'commander';
import { useThreads } from '../linalg/index.ts';
import { EXPERIMENTS } from './catalogue.ts';
import { addClaims } from './commands/claims.ts';
import { addCurvature } from './commands/curvature.ts';
import { addEigen } from './commands/eigen.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addInfluence } from './commands/influence.ts';
import { addTrain } from './commands/train.ts';
import { CommandError, oneLine, USAGE } from './files/command-error.ts';
import type { AddTo } from './terminal/command.ts';
import { beStrict } from './terminal/strict-options.ts';

/** In the order of the help. */
const COMMANDS: readonly AddTo[] = [
  addTrain,
  addCurvature,
  addInfluence,
  addEigen,
  addEvaluate,
  addClaims,
  ...EXPERIMENTS.map(({ addTo }) => addTo),
];

/**
 * Runs one command. Figures and text go to stdout; a failure is one line on stderr.
 *
 * @param args - Without node and script, e.g. ['train', '--depth', '8'].
 * @returns 0, or another exit code when nothing was written.
 */
export async function execute(args: readonly string[]): Promise<number> {
  try {
    await run(args);
    return 0;
  } catch (error) {
    const failed = failure(error);
    if (failed === undefined) return 0;
    const trace =
      process.env['EIGENFLUENCE_DEBUG'] !== undefined && error instanceof Error ? `${error.stack}\n` : '';
    process.stderr.write(`${trace}eigenfluence: ${failed.message}\n`);
    return failed.code;
  }
}

/** Every command with every option. */
export function createProgram(): Command {
  const program = new Command('eigenfluence')
    .description('Exact curvature and training-data attribution')
    .exitOverride()
    .configureOutput({ writeErr: () => {} }); // commander's own error text; ours is one line
  for (const add of COMMANDS) add(program);
  for (const command of program.commands) beStrict(command);
  return program;
}

async function run(args: readonly string[]): Promise<void> {
  const program = createProgram();
  // of this thread alone: workers have a core each
  program.hook('preAction', () => {
    if (process.env['EIGENFLUENCE_THREADS']) useThreads();
  });
  if (args.length === 0)
    throw new CommandError(
      `no command: expected ${program.commands.map((c) => c.name()).join(', ')}, or --help.`,
    );
  await program.parseAsync([...args], { from: 'user' });
}

/** Exit code and message of a thrown value; undefined when it is no failure (help was asked for). */
function failure(error: unknown): { code: number; message: string } | undefined {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined;
    return { code: USAGE, message: oneLine(new CommandError(error.message)).replace(/^error: /, '') };
  }
  return { code: error instanceof CommandError ? error.exitCode : 1, message: oneLine(error) };
}
