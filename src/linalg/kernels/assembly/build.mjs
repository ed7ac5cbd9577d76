// Compiles the AssemblyScript kernels and inlines them: npm run build:kernels
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = path.dirname(fileURLToPath(import.meta.url));

/** Each module: the file of its exports, where it goes, and where its constants begin in the memory that it shares with another. */
export const MODULES = {
  core: { exports: 'index.ts', out: 'simd-module.ts', base: undefined, uses: [] },
  wide: { exports: 'wide.ts', out: 'wide-module.ts', base: undefined, uses: ['EF_WIDE=1'] },
  fused: { exports: 'wide.ts', out: 'fused-module.ts', base: undefined, uses: ['EF_WIDE=1', 'EF_FUSED=1'] },
  network: { exports: 'network.ts', out: 'network/simd-module.ts', base: 16384, uses: ['EF_WIDE=1'] },
  float32: { exports: 'float32.ts', out: 'float32/simd-module.ts', base: undefined, uses: [] },
};

/** The WebAssembly bytes of a module: no runtime, no bounds checks, memory imported. */
export async function compileKernels({ exports, base, uses } = MODULES.core) {
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
      '--maximumMemory', // named, so that one bit of the import makes the memory a shared one
      '65536',
      ...(base === undefined ? [] : ['--memoryBase', `${base}`]),
      '--use',
      'abort=',
      ...(uses.includes('EF_FUSED=1') ? ['--enable', 'relaxed-simd'] : []),
      ...uses.flatMap((use) => ['--use', use]),
    ];
    const { error, stderr } = await asc.main([path.join(here, exports), '-o', file, ...flags]);
    if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The characters '#'..'}' that no string literal escapes, for the bytes from the most frequent on. The order was found by
 * exchanging pairs for as long as the gzipped bundle of the main entry became smaller.
 */
const ALPHABET = 'e0d2nui1s;3(rtw=&fqa)h,g+5<AoI67v.c94?[>z8-Fl}]Qj*mCp:S/|JxX$y%YP{N#bkO_V@TZ^MGWEHLUDKBR';
const FIRST = '#'.charCodeAt(0);
const LAST = '}'.charCodeAt(0);

/**
 * Bytes as text: each of the most frequent values has a character of its own in '#'..'}', every other is '~' and two hexadecimal
 * digits. `table` gives the byte of each character, in the order of their codes.
 *
 * One character per byte keeps repetitions whole, so that gzip finds them: 1 kB less to download than hexadecimal, 3 less than base64.
 * Indices of locals stand by themselves, after a space: the rest then repeats more often, another 0.9 kB less.
 */
function encodeKernels(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const frequent = Array.from(counts.keys())
    .sort((x, y) => counts[y] - counts[x] || x - y)
    .slice(0, ALPHABET.length);
  const hexadecimal = (byte) => byte.toString(16).padStart(2, '0');
  const table = Array.from({ length: LAST - FIRST + 1 }, (_, i) =>
    hexadecimal(frequent[ALPHABET.indexOf(String.fromCharCode(FIRST + i))] ?? 0),
  );
  const text = (part) =>
    Array.from(part, (byte) => ALPHABET[frequent.indexOf(byte)] ?? `~${hexadecimal(byte)}`).join('');
  return { table: table.join(''), text: partLocals(bytes).map(text).join(' ') };
}

/** Without the byte that follows 0x20, 0x21 or 0x22, which are local.get, set and tee in code; and these bytes. */
function partLocals(bytes) {
  const [code, locals] = [[], []];
  for (let i = 0; i < bytes.length; i++) {
    code.push(bytes[i]);
    if (bytes[i] >= 0x20 && bytes[i] <= 0x22 && i + 1 < bytes.length) locals.push(bytes[++i]);
  }
  return [code, locals];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const module of Object.values(MODULES)) {
    const bytes = await compileKernels(module);
    const { table, text } = encodeKernels(bytes);
    const file = `/** @file The compiled f64x2 kernels. Generated from assembly/ by \`npm run build:kernels\`; do not edit. */
export const KERNEL_BYTES: string =
  '${table}';
export const KERNEL_TEXT: string =
  '${text}';
`;
    writeFileSync(path.join(here, '..', module.out), file);
    process.stdout.write(`${module.out}: ${bytes.length} bytes of WebAssembly\n`);
  }
}
