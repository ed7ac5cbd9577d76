/** @file `npm run results:quick`: runs the main job from scratch and keeps its compact results in results/quick. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { environment } from './harness.ts';
import { keepResults } from './kept-results.ts';

const out = mkdtempSync(path.join(tmpdir(), 'eigenfluence-quick-'));
const kept = 'results/quick';
try {
  const start = performance.now();
  const { status } = spawnSync('npm', ['start', '--silent', '--', '--out', out], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm start ended with ${status}`);
  const wall = (performance.now() - start) / 1e3;
  const figures = readdirSync(path.join(out, 'figures')).filter((file) =>
    /-(lds|lds-error|error-share|spectra|digits-0)\.svg$/.test(file),
  );
  const machine = { command: 'npm start', wall, ...environment() };
  keepResults(kept, [
    { path: path.join(kept, 'results.json'), bytes: readFileSync(path.join(out, 'results.json')) },
    ...figures.map((file) => ({
      path: path.join(kept, file.replace('d1-w16-e100-', '')),
      bytes: readFileSync(path.join(out, 'figures', file)),
    })),
    {
      path: path.join(kept, 'run.json'),
      bytes: new TextEncoder().encode(`${JSON.stringify(machine, null, 1)}\n`),
    },
  ]);
} finally {
  rmSync(out, { recursive: true, force: true });
}
