/** @file `npm run results:quick`: runs the main job from scratch and keeps its compact results in results/quick. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { environment } from './harness.ts';

const out = mkdtempSync(path.join(tmpdir(), 'eigenfluence-quick-'));
const kept = 'results/quick';
try {
  const start = performance.now();
  const { status } = spawnSync('npm', ['start', '--silent', '--', '--out', out], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm start ended with ${status}`);
  const wall = (performance.now() - start) / 1e3;
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  copyFileSync(path.join(out, 'results.json'), path.join(kept, 'results.json'));
  for (const file of readdirSync(path.join(out, 'figures')))
    if (/-(lds|lds-error|error-share|spectra|digits-0)\.svg$/.test(file))
      copyFileSync(path.join(out, 'figures', file), path.join(kept, file.replace('d1-w16-e100-', '')));
  writeFileSync(
    path.join(kept, 'run.json'),
    `${JSON.stringify({ command: 'npm start', wall, ...environment() }, null, 1)}\n`,
  );
} finally {
  rmSync(out, { recursive: true, force: true });
}
