/**
 * @file Loaded by worker threads before all else: EIGENFLUENCE_DIE=start ends them there, a number ends them at the write of that
 * number, in the middle of a task.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const when = process.env.EIGENFLUENCE_DIE;
if (when === 'start') process.exit(6);
if (when !== undefined) {
  const { writeSync } = fs;
  let left = Number(when);
  fs.writeSync = (...given) => {
    if (--left === 0) process.exit(9);
    return writeSync(...given);
  };
  syncBuiltinESMExports();
}
