/**
 * @file Where every worker thread begins. The pool and the loader of TypeScript agree on CommonJS, in which each use of another file's
 * constant is a call of a getter, also in the innermost loops: 5 % of a step of SGD. So this file loads nothing but the rest, as ES modules. In a bundle there is no TypeScript, and no loader.
 */
import type { answer } from './worker.ts';

/** The pool waits for it, and calls it once per job. */
export default load();

async function load(): Promise<typeof answer> {
  if (import.meta.url.endsWith('.ts')) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  return (await import('./worker.ts')).answer;
}
