/** @file Coordinators and workers as processes of their own, from the bundle that the package has. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What a process came to. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has written so far. */
  readonly said: () => string;
}

const started = new Set<ChildProcess>();

/** Ends whatever runs still. */
export function endAll(): void {
  for (const child of started) child.kill('SIGKILL');
}

/** Starts a command of a bundle. */
export function start(main: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  started.add(child);
  child.once('exit', () => started.delete(child));
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk) => {
      text[name] += String(chunk);
    });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...text })));
  return { child, ended, said: () => text.stdout + text.stderr };
}

/** Starts a worker. */
export function startWorker(main: string, url: string, env: NodeJS.ProcessEnv = {}, threads = 1): Running {
  return start(main, ['work', '--redis', url, '--workers', String(threads), '--json'], env);
}

/** Ends processes as a crash does. */
export async function killAll(running: readonly Running[]): Promise<void> {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
}

/** The digest in a folder of results. */
export function digestOf(out: string): string {
  return (JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8')) as { digest: string }).digest;
}
