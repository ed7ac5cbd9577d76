/** @file Loads the compiled f64x2 kernels; undefined where WebAssembly or its SIMD is missing or forbidden. */
import { TANH_TABLE } from '../elementary/tanh-table.ts';
import { KERNEL_BYTES, KERNEL_TEXT } from './simd-module.ts';

/** What the kernels need of their host, which is any of Node, a page or a worker. */
interface Host {
  WebAssembly?: WebAssemblyHost;
}

interface WebAssemblyHost {
  Memory: new (descriptor: { initial: number; maximum?: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const PAGE = 65536;
/** All of wasm32: 4 GiB. */
const ALL_PAGES = 65536;
/** Room left for the module's own constants and the table of tanh; they are far smaller. */
const STATIC_BYTES = PAGE;

/** A module instance: its memory, where free memory begins, and its functions. */
export interface KernelInstance<T> {
  readonly buffer: ArrayBuffer;
  /** First byte after the module's constants and the table of tanh; a multiple of 8. */
  readonly base: number;
  readonly exports: T;
}

/** Code of the character that stands for the first byte of the table. */
const FIRST = 35;

let cached: object | false | undefined;

/** The bytes of the module, as build.mjs wrote them: a character of '#'..'}' for each frequent byte, else '~' and two digits. */
export function kernelBytes(): Uint8Array {
  const byteAt = (digits: string, at: number): number => Number.parseInt(digits.slice(at, at + 2), 16);
  const table = Uint8Array.from({ length: KERNEL_BYTES.length / 2 }, (_, i) => byteAt(KERNEL_BYTES, 2 * i));
  const bytes = new Uint8Array(KERNEL_TEXT.length);
  let length = 0;
  for (let i = 0; i < KERNEL_TEXT.length; i++) {
    const code = KERNEL_TEXT.charCodeAt(i) - FIRST;
    if (code < table.length) bytes[length++] = table[code];
    else {
      bytes[length++] = byteAt(KERNEL_TEXT, i + 1);
      i += 2;
    }
  }
  return bytes.subarray(0, length);
}

/** The compiled module, or undefined where it cannot be compiled (no WebAssembly, no SIMD, a strict content policy). */
function kernelModule({ WebAssembly }: Host): object | undefined {
  if (cached === undefined) {
    try {
      cached = WebAssembly !== undefined && new WebAssembly.Module(kernelBytes());
    } catch {
      cached = false;
    }
  }
  return cached === false ? undefined : cached;
}

/**
 * A new instance with room for `bytes` bytes after its own data, all zero; undefined where there is no WebAssembly.
 *
 * @throws {RangeError} the memory cannot be had; wasm32 ends at 4 GiB.
 */
export function instantiateKernels<T>(bytes: number): KernelInstance<T> | undefined {
  const host = globalThis as unknown as Host;
  const module = kernelModule(host);
  if (module === undefined || host.WebAssembly === undefined) return undefined;
  const pages = Math.ceil((STATIC_BYTES + bytes) / PAGE);
  if (pages > ALL_PAGES) throw new RangeError(`WebAssembly memory of ${bytes} bytes: 4 GiB is the limit`);
  const memory = new host.WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new host.WebAssembly.Instance(module, { env: { memory } });
  const exports = instance.exports as T & { heapBase(): number };
  const table = exports.heapBase();
  new Float64Array(memory.buffer, table).set(TANH_TABLE);
  return { buffer: memory.buffer, base: table + TANH_TABLE.byteLength, exports };
}
