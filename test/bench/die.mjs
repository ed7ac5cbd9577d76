/** @file Loaded before a program: ends it by SIGKILL just before the change of the file system whose number EIGENFLUENCE_DIE is. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.EIGENFLUENCE_DIE);
for (const name of ['renameSync', 'rmSync', 'cpSync', 'copyFileSync', 'writeFileSync']) {
  const own = fs[name];
  fs[name] = (...given) => {
    if (/(^|[/\\])results([/\\]|$)/.test(String(given[name === 'cpSync' || name === 'copyFileSync' ? 1 : 0])))
      if (--left === 0) process.kill(process.pid, 'SIGKILL');
    return own(...given);
  };
}
syncBuiltinESMExports();
