/** @file A worker for the study of timed-study.ts: tsx timed-worker.ts URL FOLDER. */
import { serverOf } from '../../src/experiments/distributed/redis.ts';
import { StudyWorker } from '../../src/experiments/distributed/worker.ts';
import { TIMED } from './timed-study.ts';

const [, , url = '', folder = ''] = process.argv;
const worker = new StudyWorker({
  server: serverOf(url),
  experiments: [{ name: TIMED.name, load: () => Promise.resolve(TIMED) }],
  threads: 1,
  folder,
  idle: Number.POSITIVE_INFINITY,
  tell: () => {},
});
await worker.run();
