/**
 * @file The built package under Deno without any permission, and under Bun: `npm run check:runtimes`, outside CI.
 * Runs those of the two that are on the PATH, or that DENO and BUN name; fails when neither is there.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = `
import { cholesky, kernelTier, Matrix, symmetricEigen } from 'eigenfluence/linalg';
import * as main from 'eigenfluence';
import * as autodiff from 'eigenfluence/autodiff';
import * as curvature from 'eigenfluence/curvature';
import * as influence from 'eigenfluence/influence';
import { readNpz, writeNpz } from 'eigenfluence/io';
const values = [...symmetricEigen(Matrix.of([[2, 1], [1, 2]])).values].map(Math.round);
const x = [...cholesky(Matrix.of([[4, 1], [1, 3]])).solve(new Float64Array([1, 2]))];
const back = readNpz(writeNpz({ 'dense/kernel:0': x })).get('dense/kernel:0');
const names = [main, autodiff, curvature, influence].map((m) => Object.keys(m).length);
if (values.join() !== '1,3' || Math.abs(back.data[1] - 7 / 11) > 1e-15 || names.includes(0)) throw new Error('wrong: ' + values + ' ' + x);
console.log('fine, tier ' + kernelTier());
`;

/** [name, command, arguments before the program, what it must print]. */
const RUNS: readonly (readonly [string, string, readonly string[], RegExp])[] = [
  ['Deno, no permission at all', process.env['DENO'] ?? 'deno', ['run', '--no-prompt'], /^fine, tier \w+$/],
  [
    'Deno, the variable allowed',
    process.env['DENO'] ?? 'deno',
    ['run', '--no-prompt', '--allow-env=EIGENFLUENCE_KERNELS'],
    /^fine, tier scalar$/,
  ],
  ['Bun', process.env['BUN'] ?? 'bun', ['run'], /^fine, tier scalar$/],
];

const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-runtimes-'));
let passed = 0;
let failed = 0;
try {
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
  const home = path.join(folder, 'node_modules/eigenfluence');
  mkdirSync(home, { recursive: true });
  for (const name of ['dist', 'package.json'])
    cpSync(path.join(ROOT, name), path.join(home, name), { recursive: true });
  for (const name of readdirSync(path.join(ROOT, 'node_modules')))
    if (
      /^(typedarray-pool|bit-twiddle|dup|ndarray|ndarray-ops|iota-array|is-buffer|cwise-compiler|uniq)$/.test(
        name,
      )
    )
      cpSync(path.join(ROOT, 'node_modules', name), path.join(folder, 'node_modules', name), {
        recursive: true,
      });
  writeFileSync(
    path.join(folder, 'package.json'),
    '{"private":true,"type":"module","dependencies":{"eigenfluence":"*"}}',
  );
  writeFileSync(path.join(folder, 'program.mjs'), PROGRAM);
  for (const [name, command, flags, expected] of RUNS) {
    const run = spawnSync(command, [...flags, 'program.mjs'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, EIGENFLUENCE_KERNELS: 'scalar' },
    });
    if (run.error !== undefined) {
      console.log(`  --    ${name}: ${command} is not here`);
    } else if (run.status === 0 && expected.test(run.stdout.trim())) {
      passed++;
      console.log(`  ok    ${name}: ${run.stdout.trim()}`);
    } else {
      failed++;
      console.log(`  FAIL  ${name}: ${run.stdout}${run.stderr}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`runtimes: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
