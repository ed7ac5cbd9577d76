/** @file The wide tier: what proves it finds faults in every kernel, and a process takes it, or says why not, with the same bits. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Arena } from '../../src/linalg/kernels/arena.ts';
import { simdArena } from '../../src/linalg/kernels/arena-simd.ts';
import type { Kernels } from '../../src/linalg/kernels/kernels.ts';
import { faultyNetworkKernel } from '../../src/linalg/kernels/network/self-check.ts';
import * as network from '../../src/linalg/kernels/network/simd-module.ts';
import { faultyKernel } from '../../src/linalg/kernels/self-check.ts';
import { newKernels } from '../../src/linalg/kernels/simd.ts';
import {
  compileAs,
  decodeModule,
  type Host,
  instantiateKernels,
  type WebAssemblyMemory,
} from '../../src/linalg/kernels/wasm.ts';
import { wideBytes } from '../../src/linalg/kernels/wide-bytes.ts';
import { ROOT } from '../helpers/sources.ts';

type Bare = Record<string, (...args: never[]) => unknown>;

describe('the proof of a tier', () => {
  let kernels: Kernels;
  let arena: NonNullable<ReturnType<typeof simdArena>>;
  beforeAll(() => {
    compileAs({ bytes: wideBytes, paired: true });
    kernels = newKernels('wide') as Kernels;
    arena = simdArena(2048) as typeof arena;
    compileAs({});
  });

  test('is passed by the kernels as they are', () => {
    expect(faultyKernel(kernels, arena)).toBeUndefined();
  });

  /** Everything that the module exports and calls a kernel. */
  const exported = Object.entries(instantiateKernels<Bare>(0)?.exports ?? {})
    .filter(([, value]) => typeof value === 'function')
    .map(([name]) => name)
    .filter((name) => name !== 'heapBase');
  /** Kernels of the first interface are not the module's own names throughout. */
  const names = [...exported, 'syrk'];

  /** A kernel that errs in the last digit of one number, of what it returns or of what it writes. */
  const spoilt = (own: object, memory: (args: never[]) => Float64Array, name: string): object => {
    const right = (own as Bare)[name];
    return {
      ...own,
      [name]: (...args: never[]) => {
        const m = memory(args);
        const before = m.slice();
        const value = right(...args);
        if (typeof value === 'number') return value * (1 + 2e-16) + 5e-324;
        const at = m.findIndex((x, i) => x !== 0 && !Object.is(x, before[i]));
        m[at] *= 1 + 4e-16;
        return value;
      },
    };
  };

  test.each(names)('finds an error of the last digit in %s', (name) => {
    const ofArena = !(name in kernels); // an arena has all that the module exports
    const memory = (args: never[]): Float64Array =>
      ofArena ? arena.memory : (args.find((x: unknown) => x instanceof Float64Array) as never);
    const faulty = ofArena
      ? faultyKernel(kernels, { ...arena, kernels: spoilt(arena.kernels, memory, name) as never })
      : faultyKernel(spoilt(kernels, memory, name) as Kernels, arena);
    expect(faulty).toBe(name);
  });
});

describe('the proof of the kernels of networks', () => {
  const exports = (memory: WebAssemblyMemory): Bare => {
    const { WebAssembly } = globalThis as unknown as Required<Host>;
    const module = new WebAssembly.Module(decodeModule(network.KERNEL_BYTES, network.KERNEL_TEXT));
    return new WebAssembly.Instance(module, { env: { memory } }).exports as Bare;
  };
  const names = Object.entries(exports((simdArena(8) as Required<Arena>).wasm))
    .filter(([name, value]) => typeof value === 'function' && name !== 'heapBase' && name !== 'pair')
    .map(([name]) => name);

  test('is passed by the kernels as they are', () => {
    expect(faultyNetworkKernel(exports)).toBeUndefined();
  });

  test.each(names)('finds an error of the last digit in %s', (name) => {
    const spoiltOn = (memory: WebAssemblyMemory): object => {
      const own = exports(memory);
      const m = new Float64Array(memory.buffer, 32768);
      const spoil = (...args: never[]): void => {
        const before = m.slice();
        own[name](...args);
        m[m.findIndex((x, i) => x !== 0 && !Object.is(x, before[i]))] *= 1 + 4e-16;
      };
      return { ...own, [name]: spoil };
    };
    expect(faultyNetworkKernel(spoiltOn)).toBe(name);
  });
});

const SCRIPT = `
  import { kernelTier, Matrix, matmul, rng, symmetricEigen } from './src/linalg/index.ts';
  import { createHash } from 'node:crypto';
  const n = 131;
  const a = new Matrix(n, n, rng(0, 'wide').fillNormal(new Float64Array(n * n)));
  const { values, vectors } = symmetricEigen(matmul(a, a, { transposeB: true }));
  const digest = createHash('sha256').update(values).update(vectors.data).digest('hex');
  console.log(JSON.stringify({ tier: kernelTier(), digest }));`;

test('a process takes it, or says why not; the bits of a decomposition are those of the other tiers', async () => {
  const run = async (tier: string): Promise<{ tier: string; digest: string; said: string }> => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', SCRIPT],
      { cwd: ROOT, env: { ...process.env, EIGENFLUENCE_KERNELS: tier } },
    );
    return { ...(JSON.parse(stdout) as { tier: string; digest: string }), said: stderr };
  };
  const [scalar, simd, best, wide] = [
    await run('scalar'),
    await run('simd'),
    await run('best'),
    await run('wide'),
  ];
  expect(new Set([scalar, simd, best, wide].map(({ digest }) => digest)).size).toBe(1);
  expect(best.said).toBe('');
  expect(best.tier).toBe(wide.tier);
  const able = Number.parseInt(process.versions.v8, 10) >= 13 && process.arch === 'x64';
  expect(wide.tier).toBe(able ? 'wide' : 'simd');
  expect(wide.said.includes("the 'wide' tier is not used: it needs V8 13 or later on x64")).toBe(!able);
}, 60_000);
