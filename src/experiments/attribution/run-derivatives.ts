/** @file The derivatives of several runs on worker threads. */

import type { Dataset, Trainer } from '../../autodiff/index.ts';
import type { RunName } from '../../autodiff/training-replay.ts';
import { type TrainingDerivative, trainingDerivative } from '../../influence/index.ts';
import type { Track } from '../engine/progress.ts';
import { Threads } from '../engine/threads.ts';
import { type DerivativeJob, type DerivativeReply, derivativeJob, fromReply } from './derivative-job.ts';

/**
 * The derivatives in the order of the runs: their bits do not depend on the number of workers or on who finishes first.
 *
 * @throws {CommandError} a run or its derivative overflows, or a worker ran out of memory.
 */
export async function runDerivatives(
  trainer: Trainer,
  queries: Dataset,
  asked: Pick<DerivativeJob, 'measurement' | 'adjoint'>,
  runs: readonly RunName[],
  workers: number,
  track: Track,
): Promise<TrainingDerivative[]> {
  const threads = Math.min(workers, runs.length);
  if (threads === 1)
    return runs.map((run) => {
      const derivative = trainingDerivative(trainer, { queries, ...asked, ...run });
      track.advance();
      return derivative;
    });
  const pool = new Threads<DerivativeJob, DerivativeReply>(
    new URL('./compute-derivative.ts', import.meta.url),
    threads,
  );
  try {
    return await Promise.all(
      runs.map(async (run) => {
        const reply = await pool.run(derivativeJob(trainer, queries, { ...asked, run }));
        track.advance();
        return fromReply(reply);
      }),
    );
  } finally {
    await pool.destroy();
  }
}
