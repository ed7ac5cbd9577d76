/** @file A worker that needs a module which is not there. */
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./not-there.cjs');

export default (): { kind: 'done' } => ({ kind: 'done' });
