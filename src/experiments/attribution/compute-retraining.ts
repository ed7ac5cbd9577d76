/** @file Retrains a network of one's own in a worker, which keeps what it recorded for the next job. */
import type { Compute } from '../engine/bench.ts';
import {
  type RecordedRetrainer,
  type RetrainedOutcome,
  type RetrainingJob,
  recordRetrainer,
  retrainAll,
} from './retraining-job.ts';

const compute: Compute<RetrainingJob, RetrainedOutcome[]> = (job, bench) =>
  retrainAll(
    bench.keep<RecordedRetrainer>('own retrainer', job.key, () => recordRetrainer(job.trained)),
    job,
  );

export default compute;
