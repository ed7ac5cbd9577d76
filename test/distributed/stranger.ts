/** @file A worker that lies: it takes the jobs of a study and answers them with damaged and with forged results. */
import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Batch, queueOf, resultKey } from '../../src/experiments/distributed/messages.ts';
import { PREFIX } from '../../src/experiments/distributed/redis.ts';
import { seal } from '../../src/experiments/distributed/sealed.ts';
import { encodeRecord } from '../../src/experiments/engine/retraining-log.ts';

/** What it answers with, one after the other. */
type Lie = (code: string, jobs: number) => Uint8Array;

const outcome = (bytes: Uint8Array): object => ({
  reply: undefined,
  written: [{ kind: 'retraining', bytes }],
  seconds: 0.001,
});
const answer = (code: string, jobs: number, bytes: Uint8Array): Buffer =>
  seal({ code, worker: 'stranger', outcomes: Array.from({ length: jobs }, () => outcome(bytes)) });

/** A whole record of another series. */
const foreign = encodeRecord(
  { key: '0'.repeat(64), queries: 12, measurements: ['loss', 'margin'] },
  {
    ...{ subset: 0, seed: 0, seconds: 1 },
    values: { loss: new Float64Array(12), margin: new Float64Array(12) },
  },
);

const LIES: readonly Lie[] = [
  () => Buffer.from('no result at all'),
  (code, jobs) => {
    const sealed = answer(code, jobs, foreign);
    sealed[sealed.length - 1] ^= 1; // damaged on the way
    return sealed;
  },
  (_code, jobs) => answer('f'.repeat(24), jobs, foreign),
  (code, jobs) => answer(code, jobs, foreign),
  (code, jobs) => answer(code, jobs + 1, foreign),
  (code, jobs) => answer(code, jobs, new Uint8Array(3)),
  (code) => seal({ code, worker: 'stranger', outcomes: [{ reply: 1, written: [], seconds: Number.NaN }] }),
];

/** Answers the first jobs of a study falsely. @returns how many lies were told, and an end. */
export function startStranger(
  code: string,
  port: number,
  redis: Redis,
  most: number,
): { told: () => number; end: () => Promise<void> } {
  let told = 0;
  const worker = new Worker<Batch>(
    queueOf(code),
    async ({ id = '', data }: Job<Batch>) => {
      const lie = LIES[told % LIES.length];
      await redis.set(resultKey(code, id), Buffer.from(lie(code, data.jobs.length)), 'EX', 600);
      told++;
      if (told >= most) void worker.close();
      return 0;
    },
    { connection: { host: '127.0.0.1', port, maxRetriesPerRequest: null }, prefix: PREFIX, concurrency: 1 },
  );
  worker.on('error', () => {});
  return { told: () => told, end: () => worker.close() };
}
