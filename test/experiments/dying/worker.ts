/** @file A worker that dies as its message says, or answers. */
import { openSync } from 'node:fs';

export type Message = 'work' | 'exit' | 'throw' | 'reject' | 'later';

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
  else await new Promise((resolve) => setTimeout(resolve, 50));
  return { kind: 'done' };
}
