/** @file `work`: this machine computes for studies that are run elsewhere. */
import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { KnownExperiment } from '../distributed/worker.ts';
import { checkWorkers } from '../engine/bounds.ts';
import { interruptible } from '../engine/interrupt.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type AddTo, command } from '../terminal/command.ts';
import { parsed, positive, text, whole } from '../terminal/options.ts';

/** @param experiments - That this program has. */
export function workCommand(experiments: readonly KnownExperiment[]): AddTo {
  return command({
    name: 'work',
    description: 'compute for the studies that run with --engine bullmq and the same --redis, on any machine',
    options: {
      redis: text('<url>', 'redis://… or rediss://… (TLS); user and password stand in it').required(),
      workers: whole('<n>', 'threads', 1, 1024).or(availableParallelism()),
      idle: parsed('<seconds>', 'end when there was no study for so long (default: never)', positive),
      cache: text('<DIR>', 'inputs and results while it works (default: a folder for temporary files)'),
    },
    async run({ redis, workers, idle = Number.POSITIVE_INFINITY, cache, json }) {
      const { serverOf } = await import('../distributed/redis.ts'); // only this command pays for loading BullMQ
      const { StudyWorker } = await import('../distributed/worker.ts');
      const server = serverOf(redis);
      checkWorkers(workers);
      if (cache !== undefined) makeFolder(cache);
      const folder = mkdtempSync(path.join(cache ?? tmpdir(), 'eigenfluence-work-'));
      const tell = (line: string): void =>
        void (json === true ? process.stderr : process.stdout).write(`${line}\n`);
      const worker = new StudyWorker({ server, experiments, threads: workers, folder, idle, tell });
      try {
        const jobs = await interruptible(worker.run(), () => worker.stop());
        return { figures: { jobs }, lines: [`${jobs} jobs done`] };
      } finally {
        await worker.stop();
      }
    },
  });
}
