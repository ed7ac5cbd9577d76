/** @file Loads the compiled f64x2 kernels; undefined where WebAssembly or its SIMD is missing or forbidden. */
import { TANH_TABLE } from '../elementary/tanh-table.ts';
import { KERNEL_BYTES, KERNEL_TEXT } from './simd-module.ts';

/** What the kernels need of their host, which is any of Node, a page or a worker. */
export interface Host {
  WebAssembly?: WebAssemblyHost;
}

interface WebAssemblyHost {
  Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => WebAssemblyMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** A memory that modules import. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

const PAGE = 65536;
/** All of wasm32: 4 GiB. */
const ALL_PAGES = 65536;
/** First byte of free memory: constants of the modules, and the table of tanh, lie before it. As in assembly/address.ts. */
const BASE = 32768;

/** A module instance: its memory, where free memory begins, and its functions. */
export interface KernelInstance<T> {
  readonly memory: WebAssemblyMemory;
  /** First free byte; a multiple of 8. */
  readonly base: number;
  readonly exports: T;
}

/** How the module of this process is compiled and run; see {@link compileAs}. */
export interface ModuleForm {
  /** The bytes of another module with these exports and more. */
  readonly bytes?: () => Uint8Array;
  /** Take the loops that are fastest where the engine joins pairs of operations. */
  readonly paired?: boolean;
}

/** Code of the character that stands for the first byte of the table. */
const FIRST = 35;

/** Compiled for memory of its own, and for one that threads share. */
let cached: (object | false | undefined)[] = [];
let form: ModuleForm = {};

/** The bytes of the module that threads can share, where they are in use. */
let sharable: (() => Uint8Array) | undefined;

/** Says which module has what threads need: it is no part of the main entry. */
export function offerSharable(bytes: () => Uint8Array): void {
  sharable = bytes;
}

/** All instances from now on are of this form. Those that are there stay what they are. */
export function compileAs(next: ModuleForm): void {
  form = next;
  cached = [];
}

/**
 * The bytes of a module, as build.mjs wrote them: code, a space, and the indices of locals that belong behind its local.get, set and tee. A byte
 * is a character of '#'..'}' if it is in `table`, else '~' and two digits.
 */
export function decodeModule(table: string, text: string): Uint8Array {
  const byteAt = (digits: string, at: number): number => Number.parseInt(digits.slice(at, at + 2), 16);
  const known = Array.from({ length: table.length / 2 }, (_, i) => byteAt(table, 2 * i));
  const end = text.indexOf(' ');
  const next = [0, end + 1]; // in the code, and in the indices of locals
  const take = (part: number): number => {
    const byte = known[text.charCodeAt(next[part]++) - FIRST];
    if (byte !== undefined) return byte;
    next[part] += 2;
    return byteAt(text, next[part] - 2);
  };
  const bytes = new Uint8Array(text.length);
  let length = 0;
  while (next[0] < end) {
    const byte = take(0);
    bytes[length++] = byte;
    if (byte >= 0x20 && byte <= 0x22) bytes[length++] = take(1);
  }
  return bytes.slice(0, length);
}

/** Whether the module that is used takes the loops of pairs. */
export function isPaired(): boolean {
  return form.paired === true;
}

/** Where the module says that its memory is not shared, by the bytes before: one import, env.memory, a memory, with limits. */
const IMPORT = 'env\u0006memory\u0002';

/** The compiled module, or undefined where it cannot be compiled (no WebAssembly, no SIMD, a strict content policy). */
export function kernelModule(shared = false): object | undefined {
  const { WebAssembly } = globalThis as unknown as Host;
  const index = Number(shared);
  if (cached[index] === undefined) {
    try {
      const other = form.bytes ?? (shared ? sharable : undefined);
      const bytes = other?.() ?? decodeModule(KERNEL_BYTES, KERNEL_TEXT);
      if (shared) bytes[String.fromCharCode(...bytes.subarray(0, 2000)).indexOf(IMPORT) + IMPORT.length] |= 2;
      cached[index] = WebAssembly !== undefined && new WebAssembly.Module(bytes);
    } catch {
      cached[index] = false;
    }
  }
  return cached[index] || undefined;
}

/**
 * A new instance with room for `bytes` bytes after its own data, all zero; undefined where there is no WebAssembly.
 *
 * @param shared - In memory that threads may share.
 * @throws {RangeError} the memory cannot be had; wasm32 ends at 4 GiB.
 */
export function instantiateKernels<T>(bytes: number, shared = false): KernelInstance<T> | undefined {
  const host = globalThis as unknown as Host;
  const module = kernelModule(shared);
  if (module === undefined || host.WebAssembly === undefined) return undefined;
  const pages = Math.ceil((BASE + bytes) / PAGE);
  if (pages > ALL_PAGES) throw new RangeError(`WebAssembly memory of ${bytes} bytes: 4 GiB is the limit`);
  const memory = new host.WebAssembly.Memory({ initial: pages, maximum: pages, ...(shared && { shared }) });
  const instance = new host.WebAssembly.Instance(module, { env: { memory } });
  const exports = instance.exports as T & { heapBase(): number; pair(): void };
  new Float64Array(memory.buffer, exports.heapBase()).set(TANH_TABLE);
  if (form.paired) exports.pair();
  return { memory, base: BASE, exports };
}
