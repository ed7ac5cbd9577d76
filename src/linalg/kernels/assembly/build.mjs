// Compiles the AssemblyScript kernels and inlines them: npm run build:kernels
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, '..', 'simd-module.ts');

/** The WebAssembly bytes of the kernels: no runtime, no bounds checks, memory imported. */
export async function compileKernels() {
  const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-kernels-'));
  const file = path.join(folder, 'kernels.wasm');
  try {
    const flags = [
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--importMemory',
      '--use',
      'abort=',
    ];
    const { error, stderr } = await asc.main([path.join(here, 'index.ts'), '-o', file, ...flags]);
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bytes = await compileKernels();
  // Hexadecimal keeps bytes apart, so that gzip still finds the repetitions: 2 kB less to download than base64.
  const text = `/** @file The compiled f64x2 kernels. Generated from assembly/ by \`npm run build:kernels\`; do not edit. */
export const KERNEL_MODULE: string =
  '${bytes.toString('hex')}';
`;
  writeFileSync(out, text);
  process.stdout.write(`${path.relative(process.cwd(), out)}: ${bytes.length} bytes of WebAssembly\n`);
}
