/** @file Runs the command line within the test's process and catches what it prints. */
import { execute } from '../../src/experiments/program.ts';

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `base`, pairs of options and values, without those that `more` gives anew; then `more`. */
export function overridden(base: readonly string[], more: readonly string[]): string[] {
  const kept = base.filter((_, i) => !more.includes(base[i - (i % 2)]));
  return [...kept, ...more];
}

/** Exit code and output of one command. */
export async function command(...args: readonly string[]): Promise<Run> {
  const text = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const write = stream.write;
    stream.write = ((chunk: string) => {
      text[name] += chunk;
      return true;
    }) as typeof stream.write;
    return () => {
      stream.write = write;
    };
  });
  try {
    return { code: await execute(args), ...text };
  } finally {
    for (const undo of restore) undo();
  }
}
