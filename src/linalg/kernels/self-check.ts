/** @file Every compiled kernel against the scalar one, bit for bit, on fixed numbers: what a tier must pass before it is trusted. */
import type { Vec } from '../matrix.ts';
import type { Arena } from './arena.ts';
import { scalarArenaKernels } from './arena-scalar.ts';
import type { Kernels } from './kernels.ts';
import { scalarKernels } from './scalar.ts';

const LENGTH = 8192;
/** An engine compiles a kernel for good after its first calls. */
const ROUNDS = 3;

/**
 * One call a word: name and arguments, m the memory, m500 what begins there. Lengths leave rests behind loops of two, four and eight; names stand twice
 * where sizes decide between loops. At 400 lie labels and numbers of rows, at 430 windows.
 */
const PRODUCTS =
  'dot,91,m,0,m,99 axpy,95,.7,m,0,m,99 rotate,95,m,0,m,99,.6,-.8 gemv,9,59,-.3,m,0,61,m,900,m,1000 gemvT,9,59,1.7,m,0,61,m,900,m,1000 ' +
  'ger,7,51,.2,m,0,m,99,m,200,53 symv,67,.9,m,0,69,m,5000,m,5100 secularSums,59,30,m,0,m,99,.3,.01,m,999 loewner,59,m,0,m,99,m,199,m,999 ' +
  'secularScales,59,m,0,m,99,m,199,m,299,m,999 quotients,59,1.3,m,0,m,99,.3,.01,m,999 gemm,13,29,31,-.7,m,0,31,1,m,500,29,1,m,5000,30 ' +
  'gemm,12,24,300,1.1,m,0,1,12,m,0,1,300,m,7400,24 syrk,23,21,.5,m,0,21,1,m,5000,24 syr2k,4,7,-1,m,0,7,1,m,500,1,4,m,5000,4 ' +
  'rowProducts,5,13,3,m,0,m,300,m,5000 pairGemm,2,9,3,13,30,m0,m500,m600,m1500,m1700,m5000,400,9';
const ARENA =
  'fill,37,.3,0 copy,37,0,99 add,37,0,99 subtract,37,0,99,200 scale,37,.7,0,99 scaleBy,37,500,0,99 multiply,37,0,99,200 ' +
  'multiplyAdd,37,0,99,200 multiplyAdd3,37,0,99,200,300 tanh,37,0,99,200,300 relu,37,0,99,200,300 sigmoid,37,0,99,200,300 ' +
  'logSigmoid,37,0,99,200,300 columnDot,5,13,0,99,200 scaleColumns,5,13,0,99,200 scaleColumnsAdd,5,13,0,99,200 sumColumns,5,13,0,200 ' +
  'spreadColumns,5,13,0,200 gatherColumns,5,13,400,0,200 margin,5,13,0,400,500,600 affine,7,6,8,13,1,0,7,500,900 ' +
  'affine,6,5,6,32,0,0,5,500,900 affineInput,7,6,8,29,2,0,500,900 affineInput,6,5,6,32,0,0,500,900 affineWeight,7,6,8,29,2,0,500,900 ' +
  'affineWeight,6,5,6,32,0,0,500,900 affineWeight,6,4,6,32,2,0,500,900 affineBias,7,8,29,0,500 sgd,39,500,0,99,200';

/** An image of 4 × 4, windows of 2 × 2 without padding. */
const WINDOWS = [4, 4, 2, 2, 1, 1, 0, 0, 1, 1, 3, 3, 1];

/** The first kernel of a tier, or of its arenas, that gives other bits than the scalar one; undefined when all agree. */
export function faultyKernel(compiled: Kernels, arena: Arena | undefined): string | undefined {
  const fault = firstFault(PRODUCTS, compiled, compiled.workspace(LENGTH), () => scalarKernels);
  if (fault !== undefined || arena === undefined) return fault;
  return firstFault(ARENA, arena.kernels, arena.memory, scalarArenaKernels);
}

/** The same for a list of calls; `scalar` gives the scalar kernels on a memory. */
export function firstFault(
  calls: string,
  compiled: object,
  memory: Vec,
  scalar: (memory: Vec) => object,
): string | undefined {
  const expected = new Float64Array(memory.length);
  const reference = scalar(expected);
  for (const call of calls.split(' ')) {
    const [name, ...words] = call.split(',');
    const run = (kernels: object, m: Vec): unknown => {
      for (let i = 0; i < m.length; i++) m[i] = ((i * 0.6180339887498949) % 1) - 0.5;
      m.fill(2, 400, 420);
      m.set(WINDOWS, 430);
      const args = words.map((word) =>
        word === 'm' ? m : word.startsWith('m') ? m.subarray(Number(word.slice(1))) : Number(word),
      );
      return (kernels as Record<string, (...args: unknown[]) => unknown>)[name](...args);
    };
    const value = run(reference, expected);
    for (let round = 0; round < ROUNDS; round++)
      if (!Object.is(run(compiled, memory), value) || !memory.every((x, i) => Object.is(x, expected[i])))
        return name;
  }
  return undefined;
}
