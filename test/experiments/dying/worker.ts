/** @file A worker that dies as its message says, or answers. */
import { openSync } from 'node:fs';

/** Memory that threads share: tasks that are held wait until its element is no longer 0. */
export interface Held {
  readonly gate: Int32Array;
}

export type Message = 'work' | 'exit' | 'throw' | 'reject' | 'later' | Held;

export default async function work(message: Message): Promise<{ kind: 'done' }> {
  if (message === 'exit') process.exit(7);
  if (message === 'throw') {
    setTimeout(() => openSync('/no/such/file', 'r'), 1); // nobody catches it
    await new Promise(() => {});
  }
  if (message === 'reject') {
    void Promise.reject(new Error('nobody catches this'));
    await new Promise(() => {});
  }
  if (message === 'later')
    setTimeout(() => process.exit(8), 20); // when it has answered
  else if (typeof message === 'object')
    while (Atomics.load(message.gate, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  else await new Promise((resolve) => setTimeout(resolve, 1)); // timers get their turn
  return { kind: 'done' };
}
