/** @file Who is served next, and what stopping loses. */
import { expect, test } from 'vitest';
import { PROFILES, settingConfig } from '../../src/experiments/config/profile.ts';
import type { Message, Reply } from '../../src/experiments/run/message.ts';
import { Scheduler, type Workers } from '../../src/experiments/run/scheduler.ts';

const setting = settingConfig(PROFILES.smoke, 'd1-w3-e3', 0);
const folders = { store: '', retrainings: '' };
const retraining = (subset: number): Message => ({ kind: 'retraining', folders, setting, subset, seed: 0 });
const job: Message = { kind: 'job', folders, setting, job: { kind: 'diagnostics', model: 0 } };

/** Workers that finish when told to. */
class Manual implements Workers {
  readonly size: number;
  readonly started: Message[] = [];
  private readonly finishers: ((reply: Reply | Error) => void)[] = [];

  constructor(size: number) {
    this.size = size;
  }

  run(message: Message): Promise<Reply> {
    this.started.push(message);
    return new Promise((resolve, reject) => {
      this.finishers.push((reply) => (reply instanceof Error ? reject(reply) : resolve(reply)));
    });
  }

  async finish(index: number, reply: Reply | Error = { kind: 'job' }): Promise<void> {
    this.finishers[index](reply);
    await new Promise(setImmediate);
  }
}

test('never more messages in flight than workers; lower ranks first, then in order', async () => {
  const workers = new Manual(2);
  const scheduler = new Scheduler(workers);
  const replies = [retraining(0), retraining(1), retraining(2)].map((message) => scheduler.run(message, 1));
  replies.push(scheduler.run(job, 0));
  await new Promise(setImmediate);
  expect(workers.started).toEqual([job, retraining(0)]);
  await workers.finish(0);
  expect(workers.started).toEqual([job, retraining(0), retraining(1)]);
  for (const index of [1, 2, 3]) await workers.finish(index);
  await Promise.all(replies);
  expect(workers.started).toHaveLength(4);
});

test('a failure reaches its caller, and the next message is served', async () => {
  const workers = new Manual(1);
  const scheduler = new Scheduler(workers);
  const [first, second] = [scheduler.run(retraining(0), 0), scheduler.run(retraining(1), 0)];
  const refused = expect(first).rejects.toThrow('broken');
  await new Promise(setImmediate);
  await workers.finish(0, new Error('broken'));
  await refused;
  await workers.finish(1);
  await expect(second).resolves.toEqual({ kind: 'job' });
});

test('stopping rejects who waits, waits for retrainings in flight, and not for jobs', async () => {
  const workers = new Manual(2);
  const scheduler = new Scheduler(workers);
  const flying = scheduler.run(retraining(0), 1);
  void scheduler.run(job, 0);
  const waiting = expect(scheduler.run(retraining(1), 1)).rejects.toThrow('enough');
  await new Promise(setImmediate);
  let stopped = false;
  const stop = scheduler.stop(new Error('enough')).then(() => {
    stopped = true;
  });
  await waiting;
  await new Promise(setImmediate);
  expect(stopped).toBe(false);
  await workers.finish(1);
  await stop;
  await flying;
  await expect(scheduler.run(job, 0)).rejects.toThrow('enough');
  expect(workers.started).toHaveLength(2);
});
