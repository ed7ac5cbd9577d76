/** @file The command line as a function: arguments in, exit code out. */
import { Command, CommanderError } from 'commander';
import { EXPERIMENTS } from './catalogue.ts';
import { CommandError, oneLine, USAGE } from './files/command-error.ts';
import type { AddTo } from './terminal/command.ts';
import { COMPLETION, completions } from './terminal/completion.ts';
import { beStrict } from './terminal/strict-options.ts';

/** A command by its name, loaded when it is asked for: none waits for what another imports. */
interface ListedCommand {
  readonly name: string;
  readonly addTo: () => Promise<AddTo>;
}

/** In the order of the help. */
const COMMANDS: readonly ListedCommand[] = [
  { name: 'train', addTo: async () => (await import('./commands/train.ts')).addTrain },
  { name: 'curvature', addTo: async () => (await import('./commands/curvature.ts')).addCurvature },
  { name: 'influence', addTo: async () => (await import('./commands/influence.ts')).addInfluence },
  { name: 'eigen', addTo: async () => (await import('./commands/eigen.ts')).addEigen },
  { name: 'evaluate', addTo: async () => (await import('./commands/evaluate.ts')).addEvaluate },
  { name: 'retrain', addTo: async () => (await import('./commands/retrain.ts')).addRetrain },
  { name: 'explore', addTo: async () => (await import('./commands/explore.ts')).addExplore },
  { name: 'claims', addTo: async () => (await import('./commands/claims.ts')).addClaims },
  { name: 'plan', addTo: async () => (await import('./commands/plan.ts')).addPlan },
  { name: 'work', addTo: async () => (await import('./commands/work.ts')).workCommand(EXPERIMENTS) },
  { name: 'merge', addTo: async () => (await import('./commands/merge.ts')).addMerge },
  ...EXPERIMENTS,
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
export function createProgram(): Promise<Command> {
  return programWith(COMMANDS);
}

/** Some of the commands, and the version. */
async function programWith(listed: readonly ListedCommand[]): Promise<Command> {
  const { packageVersion } = await import('./judging/versions.ts');
  const program = await programOf(listed);
  return program
    .version(packageVersion(), '--version', 'print the version of the package')
    .addOption(COMPLETION);
}

async function programOf(listed: readonly ListedCommand[]): Promise<Command> {
  const program = new Command('eigenfluence')
    .description('Exact curvature and training-data attribution')
    .exitOverride()
    .configureOutput({ writeErr: () => {} }); // commander's own error text; ours is one line
  for (const { addTo } of listed) (await addTo())(program);
  for (const command of program.commands) beStrict(command);
  return program;
}

async function run(args: readonly string[]): Promise<void> {
  if (args.length === 0)
    throw new CommandError(`no command: expected ${COMMANDS.map(({ name }) => name).join(', ')}, or --help.`);
  if (args[0] === COMPLETION.long) {
    process.stdout.write(completions(await createProgram(), args[1]));
    return;
  }
  const asked = COMMANDS.filter(({ name }) => name === args[0]);
  const all = args[0] === '--version' ? [] : COMMANDS;
  const program = await (asked.length > 0 ? programOf(asked) : programWith(all));
  // of this thread alone: workers have a core each
  program.hook('preAction', async () => {
    if (process.env['EIGENFLUENCE_THREADS']) (await import('../linalg/index.ts')).useThreads();
  });
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
