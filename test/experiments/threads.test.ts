/** @file Worker threads that die end the work by one true line, and never leave anybody waiting. */
import { describe, expect, test } from 'vitest';
import { Scheduler } from '../../src/experiments/engine/scheduler.ts';
import { Threads } from '../../src/experiments/engine/threads.ts';
import { CommandError } from '../../src/experiments/files/command-error.ts';
import type { Held } from './dying/worker.ts';

interface Done {
  readonly kind: 'done';
}

const scriptOf = (name: string): URL => new URL(`./dying/${name}.ts`, import.meta.url);

/** How many messages were answered, and the distinct messages of the errors. */
async function settled(replies: readonly Promise<unknown>[]): Promise<{ done: number; errors: string[] }> {
  const all = await Promise.allSettled(replies);
  const failed = all.filter((one) => one.status === 'rejected').map(({ reason }) => reason as Error);
  for (const error of failed) expect(error).toBeInstanceOf(CommandError);
  return { done: all.length - failed.length, errors: [...new Set(failed.map(({ message }) => message))] };
}

describe.each([1, 3])('%d threads', (size) => {
  test.each([
    ['exits-at-start', /^a worker thread died: worker exited with code: 5; what is stored stays\.$/],
    ['misses-module', /^internal error: Error: Cannot find module '.\/not-there.cjs'[^\n]*$/],
    ['is-not-there', /^internal error: Error: Cannot find module '[^\n]*is-not-there.ts'[^\n]*$/],
  ])('%s: every message is rejected', async (name, words) => {
    const threads = new Threads<number, Done>(scriptOf(name), size);
    const { done, errors } = await settled(Array.from({ length: 10 }, (_, k) => threads.run(k)));
    expect(done).toBe(0);
    expect(errors).toEqual([expect.stringMatching(words)]);
    await expect(threads.run(0)).rejects.toThrow(words);
    await threads.destroy();
  });

  test.each([
    ['exit', 'worker exited with code: 7'],
    ['throw', "ENOENT: no such file or directory, open '/no/such/file'"],
    ['reject', 'nobody catches this'],
  ] as const)(
    '%s in the middle of a task: others in flight are answered, what waits is rejected',
    async (how, words) => {
      const threads = new Threads<string | Held, Done>(scriptOf('worker'), size);
      const first = await settled(Array.from({ length: size }, () => threads.run('work')));
      expect(first).toEqual({ done: size, errors: [] });
      const held: Held = { gate: new Int32Array(new SharedArrayBuffer(4)) };
      const rest = ['work', how, held, held, held, held, held, held].map((one) => threads.run(one));
      const all = settled(rest);
      await rest[1].catch(() => Atomics.store(held.gate, 0, 1)); // so whatever is answered was in flight at the death
      const { done, errors } = await all;
      expect(done).toBeGreaterThanOrEqual(1);
      expect(done).toBeLessThanOrEqual(size);
      expect(errors).toEqual([`a worker thread died: ${words}; what is stored stays.`]);
      await threads.destroy();
    },
  );
});

test('a thread that dies without a message: the next message is rejected', async () => {
  const threads = new Threads<string, Done>(scriptOf('worker'), 1);
  await threads.run('later');
  const deadline = performance.now() + 60_000;
  let error: unknown;
  while (error === undefined && performance.now() < deadline)
    await threads.run('work').catch((reason: unknown) => {
      error = reason;
    });
  expect(String(error)).toMatch(/a worker thread died: /);
  await threads.destroy();
});

test('a scheduler over dead threads stops: it does not wait for what cannot come', async () => {
  const threads = new Threads<string, Done>(scriptOf('exits-at-start'), 2);
  const scheduler = new Scheduler(threads);
  const work = Promise.all(Array.from({ length: 20 }, (_, k) => scheduler.run('work', { rank: k % 3 })));
  await expect(work).rejects.toThrow(/a worker thread died/);
  await scheduler.stop(new Error('stopped'));
  await threads.destroy();
});
