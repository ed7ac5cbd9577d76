/** @file The layer bundled for a browser runs without process, global, Buffer, require or generated code. */
import path from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/sources.ts';

test('bundled for browsers, in a bare realm that forbids eval', async () => {
  const { outputFiles, warnings } = await build({
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'linalg',
    entryPoints: ['src/linalg/index.ts'],
    plugins: [
      {
        name: 'browser pool', // what package.json says of #pool outside Node, for sources in place of dist
        setup(bundler) {
          bundler.onResolve({ filter: /^#pool$/ }, () => ({
            path: path.join(ROOT, 'src/linalg/pool-browser.ts'),
          }));
        },
      },
    ],
  });
  expect(warnings).toEqual([]);
  const code = outputFiles[0].text;
  expect(code).not.toContain('typedarray-pool');
  // A context has the language and nothing of the host: no process, no global, no Buffer, no atob.
  const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: true } });
  const answer: unknown = vm.runInContext(
    `${code}
     const a = linalg.Matrix.of([[4, 2], [2, 5]]);
     const big = new linalg.Matrix(40, 40, new Float64Array(1600).fill(0.5));
     JSON.stringify([
       linalg.cholesky(a).lower.toArray(),
       Array.from(linalg.svd(linalg.Matrix.of([[3, 0], [0, -4]])).values),
       linalg.matmul(big, big).at(7, 9),
     ]);`,
    context,
  );
  expect(answer).toBe('[[[2,0],[1,2]],[4,3],10]');
});
