/** @file Who is served next, and what stopping loses. */
import { expect, test } from 'vitest';
import type { ReproduceJob } from '../../src/experiments/better-hessians/reproduce/network-job.ts';
import { WorkOrder } from '../../src/experiments/better-hessians/reproduce/work-order.ts';
import { OutOfTimeError, Scheduler, type Workers } from '../../src/experiments/engine/scheduler.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';

const setting = settingConfig(PROFILES.smoke, 'd1-w3-e3', 0);
const retraining = (subset: number): ReproduceJob => ({ kind: 'retraining', setting, subset, seed: 0 });
const job: ReproduceJob = { kind: 'diagnostics', setting, model: 0 };

/** Workers that finish when told to. */
class Manual implements Workers<ReproduceJob, string> {
  readonly size: number;
  readonly started: ReproduceJob[] = [];
  private readonly finishers: ((reply: string | Error) => void)[] = [];

  constructor(size: number) {
    this.size = size;
  }

  run(message: ReproduceJob): Promise<string> {
    this.started.push(message);
    return new Promise((resolve, reject) => {
      this.finishers.push((reply) => (reply instanceof Error ? reject(reply) : resolve(reply)));
    });
  }

  async finish(index: number, reply: string | Error = 'done'): Promise<void> {
    this.finishers[index](reply);
    await new Promise(setImmediate);
  }
}

test('never more messages in flight than workers; lower ranks first, then in order', async () => {
  const workers = new Manual(2);
  const scheduler = new Scheduler(workers);
  const replies = [retraining(0), retraining(1), retraining(2)].map((message) =>
    scheduler.run(message, { rank: 1 }),
  );
  replies.push(scheduler.run(job, { rank: 0 }));
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
  const [first, second] = [
    scheduler.run(retraining(0), { rank: 0 }),
    scheduler.run(retraining(1), { rank: 0 }),
  ];
  const refused = expect(first).rejects.toThrow('broken');
  await new Promise(setImmediate);
  await workers.finish(0, new Error('broken'));
  await refused;
  await workers.finish(1);
  await expect(second).resolves.toBe('done');
});

test('stopping rejects who waits, waits for retrainings in flight, and not for jobs', async () => {
  const workers = new Manual(2);
  const scheduler = new Scheduler(workers, { finishes: ({ kind }) => kind === 'retraining' });
  const flying = scheduler.run(retraining(0), { rank: 1 });
  void scheduler.run(job, { rank: 0 });
  const waiting = expect(scheduler.run(retraining(1), { rank: 1 })).rejects.toThrow('enough');
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
  await expect(scheduler.run(job, { rank: 0 })).rejects.toThrow('enough');
  expect(workers.started).toHaveLength(2);
});

test('what does not fit into memory waits for room while smaller work goes on; alone it may always begin', async () => {
  const workers = new Manual(2);
  const scheduler = new Scheduler(workers, { memory: 10 });
  const large = { seconds: 0, memory: 20 };
  void scheduler.run(retraining(0), { rank: 0, expected: () => large });
  void scheduler.run(retraining(1), { rank: 1, expected: () => large });
  void scheduler.run(retraining(2), { rank: 2 });
  await new Promise(setImmediate);
  expect(workers.started).toEqual([retraining(0)]); // beside 20 of 10 nothing fits, were it ever so small
  await workers.finish(0);
  expect(workers.started).toEqual([retraining(0), retraining(1)]);
  await workers.finish(1);
  expect(workers.started).toEqual([retraining(0), retraining(1), retraining(2)]);
  const others = new Manual(3);
  const mixed = new Scheduler(others, { memory: 10 });
  for (const [k, memory] of [6, 6, 3].entries())
    void mixed.run(retraining(k), { rank: 0, expected: () => ({ seconds: 0, memory }) });
  for (const k of [3, 4]) void mixed.run(retraining(k), { rank: 1 });
  await new Promise(setImmediate);
  expect(others.started).toEqual([retraining(0), retraining(3), retraining(4)]);
  await others.finish(1);
  expect(others.started).toHaveLength(3); // the second of 6 keeps its place before the one of 3
  await others.finish(0);
  expect(others.started.slice(3)).toEqual([retraining(1), retraining(2)]);
});

test('nothing begins that would not be done in time; what is in flight is answered', async () => {
  let left = 10;
  const workers = new Manual(1);
  const scheduler = new Scheduler(workers, { secondsLeft: () => left });
  const flying = scheduler.run(retraining(0), { rank: 0, expected: () => ({ seconds: 5, memory: 0 }) });
  const long = expect(
    scheduler.run(job, { rank: 0, expected: () => ({ seconds: 11, memory: 0 }) }),
  ).rejects.toThrow(OutOfTimeError);
  const later = expect(
    scheduler.run(retraining(1), { rank: 0, expected: () => ({ seconds: 5, memory: 0 }) }),
  ).rejects.toThrow(OutOfTimeError);
  const short = scheduler.run(retraining(2), { rank: 0, expected: () => ({ seconds: 1, memory: 0 }) });
  await new Promise(setImmediate);
  left = 4;
  await workers.finish(0);
  await flying;
  await long;
  await later;
  await workers.finish(1);
  await short;
  left = 0;
  await expect(scheduler.run(retraining(3), { rank: 0 })).rejects.toThrow(OutOfTimeError);
  expect(workers.started).toEqual([retraining(0), retraining(2)]);
});

test('slots are those of the workers, and are told of', async () => {
  const told: string[] = [];
  const workers = new Manual(2);
  const watcher = {
    started: (slot: number) => told.push(`+${slot}`),
    ended: (slot: number) => told.push(`-${slot}`),
  };
  const scheduler = new Scheduler(workers, { watcher });
  for (let k = 0; k < 3; k++) void scheduler.run(retraining(k), { rank: 0 });
  await new Promise(setImmediate);
  for (const index of [1, 0, 2]) await workers.finish(index);
  expect(told).toEqual(['+0', '+1', '-1', '+1', '-0', '-1']);
});

test('rounds: every setting gets one base model and two seeds before any gets more', () => {
  const order = new WorkOrder(['small', 'large'], 50);
  const ranks = [
    order.ofJob('small', { kind: 'base-training', model: 0 }),
    order.ofRetraining('small', 1),
    order.ofJob('large', { kind: 'diagnostics', model: 0 }),
    order.ofRetraining('large', 0),
    order.ofJob('small', { kind: 'diagnostics', model: 1 }),
    order.ofRetraining('small', 2),
    order.ofJob('large', { kind: 'base-training', model: 2 }),
    order.ofRetraining('large', 9),
    order.ofRetraining('small', 10),
    order.ofRetraining('large', 49),
  ];
  expect(ranks).toEqual(ranks.slice().sort((a, b) => a - b));
  expect(new Set(ranks).size).toBe(ranks.length);
  const single = new WorkOrder(['only'], 1);
  expect(single.ofJob('only', { kind: 'diagnostics', model: 5 })).toBe(0);
  expect(single.ofRetraining('only', 0)).toBe(1);
});
