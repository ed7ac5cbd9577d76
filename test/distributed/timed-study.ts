/** @file A study of jobs that take a given time, by the queue: how long all of them take, and what each costs. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { byQueue } from '../../src/experiments/distributed/coordinator.ts';
import { serverOf } from '../../src/experiments/distributed/redis.ts';
import { workFolders } from '../../src/experiments/engine/folders.ts';
import type { DeclaredJobs } from '../../src/experiments/engine/jobs.ts';
import { silentProgress } from '../../src/experiments/engine/progress.ts';
import { Store } from '../../src/experiments/engine/store.ts';
import { ROOT } from '../helpers/sources.ts';
import { pause, type RedisServer } from './redis-server.ts';
import type { TimedJob } from './timed-compute.ts';

export const TIMED: DeclaredJobs<TimedJob> = {
  name: 'timed',
  versions: {},
  compute: new URL('./timed-compute.ts', import.meta.url),
  task: () => undefined,
};

/** Seconds of so many jobs by so many workers of one thread, once they are warm; and of this process's processor. */
export async function timedStudy(
  server: RedisServer,
  folder: string,
  workers: number,
  count: number,
  ms: number,
): Promise<{ readonly wall: number; readonly processor: number }> {
  const script = path.join(ROOT, 'test/distributed/timed-worker.ts');
  const children = Array.from({ length: workers }, (_, k): ChildProcess => {
    const args = ['--import', 'tsx', script, server.url, path.join(folder, `worker-${k}`)];
    return spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
  });
  const folders = workFolders(path.join(folder, 'study'));
  const work = { folders, store: new Store(folders.store, () => {}), progress: silentProgress() };
  const engine = await byQueue(serverOf(server.url))<TimedJob, number>(TIMED, work);
  try {
    /** Other jobs than before: what was done a minute ago is not done again. */
    const run = async (first: number, jobs: number): Promise<void> => {
      const replies = await Promise.all(
        Array.from({ length: jobs }, (_, k) => engine.run({ kind: 'timed', k: first + k, ms })),
      );
      if (!replies.every((reply, k) => reply === first + k)) throw new Error('replies of other jobs');
    };
    const client = server.client();
    while ((await client.hlen('eigenfluence:workers')) < workers) await pause(50);
    client.disconnect();
    await pause(4500); // everybody has heard of everybody
    await run(1e6, 40 * workers); // the pace is known, threads are warm
    const before = process.cpuUsage();
    const began = performance.now();
    await run(0, count);
    const wall = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(before);
    return { wall, processor: (user + system) / 1e6 };
  } finally {
    await engine.destroy();
    const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}
