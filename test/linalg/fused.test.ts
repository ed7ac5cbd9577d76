/** @file The fused tier: as accurate as the others where WebAssembly has relaxed SIMD, refused by name elsewhere, and never by the environment. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { selectKernels } from '../../src/linalg/kernels/select.ts';
import { ROOT } from '../helpers/sources.ts';

/** Errors of products and decompositions in units of their bounds, from exact products of integers and from residuals. */
const SCRIPT = `
  import { cholesky, frobenius, kernelTier, Matrix, matmul, rng, subtractMatrices, symmetricEigen, syrk, useKernels } from './src/linalg/index.ts';
  console.log(JSON.stringify([useKernels('fused'), kernelTier(), ...[40, 131, 300].map((n) => {
    const normal = () => new Matrix(n, n, rng(0, 'fused', n).fillNormal(new Float64Array(n * n)));
    const eps = Number.EPSILON;
    const a = syrk(normal(), { alpha: 1 / n });
    for (let i = 0; i < n; i++) a.data[i * n + i] += 1;
    const size = frobenius(a);
    const { values, vectors } = symmetricEigen(a);
    const scaled = vectors.clone();
    for (let i = 0; i < n * n; i++) scaled.data[i] *= values[i % n];
    const residual = frobenius(subtractMatrices(matmul(a, vectors), scaled)) / (n * eps * size);
    const orthogonal = frobenius(subtractMatrices(matmul(vectors, vectors, { transposeA: true }), Matrix.identity(n))) / (n * eps);
    const l = cholesky(a).lower;
    const factor = frobenius(subtractMatrices(matmul(l, l, { transposeB: true }), a)) / (n * eps * size);
    const x = new Matrix(n, n, normal().data.map((v) => Math.round(1e4 * v)));
    const y = new Matrix(n, n, normal().data.map((v) => Math.round(1e4 * v)).reverse());
    const product = matmul(x, y);
    let exact = true;
    for (let i = 0; i < n; i += 7)
      for (let j = 0; j < n; j += 3) {
        let sum = 0n;
        for (let k = 0; k < n; k++) sum += BigInt(x.data[i * n + k]) * BigInt(y.data[k * n + j]);
        exact &&= Number(sum) === product.at(i, j);
      }
    return { residual, orthogonal, factor, exact };
  })]));`;

/** (module (func (result v128) three constants, f64x2.relaxed_madd)). */
function relaxedSimd(): boolean {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } };
  const get = [0x20, 0];
  return WebAssembly.validate(
    Uint8Array.of(
      0,
      97,
      115,
      109,
      1,
      0,
      0,
      0,
      1,
      6,
      1,
      96,
      1,
      123,
      1,
      123,
      3,
      2,
      1,
      0,
      10,
      13,
      1,
      11,
      0,
      ...get,
      ...get,
      ...get,
      0xfd,
      0x87,
      0x02,
      11,
    ),
  );
}

test('within the bounds of the other tiers, or refused by name', async () => {
  const run = promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', SCRIPT],
    {
      cwd: ROOT,
      env: { ...process.env, EIGENFLUENCE_KERNELS: '' },
    },
  );
  if (!relaxedSimd()) {
    await expect(run).rejects.toThrow(/useKernels: the 'fused' tier needs WebAssembly with relaxed SIMD/);
    return;
  }
  const [used, tier, ...errors] = JSON.parse((await run).stdout);
  expect([used, tier]).toEqual(['fused', 'fused']);
  for (const { residual, orthogonal, factor, exact } of errors) {
    expect(Math.max(residual, orthogonal, factor)).toBeLessThan(10);
    expect(exact).toBe(true);
  }
}, 120_000);

test('the environment cannot ask for it', () => {
  expect(() => selectKernels('fused')).toThrow(/EIGENFLUENCE_KERNELS.*got fused/);
});
