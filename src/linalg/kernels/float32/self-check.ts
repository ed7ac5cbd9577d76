/** @file The compiled float32 kernels against the scalar ones, bit for bit, on fixed numbers. */
import type { Float32Arena } from './kernels.ts';
import { scalarFloat32Arena } from './scalar.ts';

/** Elements of a memory that the check takes. */
export const CHECK_LENGTH = 4096;
/** An engine compiles a kernel for good after its first calls. */
const ROUNDS = 3;

/** One call a word: name and arguments. Lengths leave rests behind loops of two, four and sixteen. Labels lie at 2000, rows at 2100. */
const CALLS =
  'products,7,9,36,0,9,1,100,200,1000,3000 products,5,11,20,0,1,13,-1,200,-1,3000 transpose,8,12,0,3000 gatherRows,8,5,2100,0,3000 rowSums,7,12,0,3000 ' +
  'tanh,44,0,3000,3100 sigmoid,44,0,3000,3100 relu,44,0,3000,3100 crossEntropy,7,12,0,2000,500,3000,3500 squaredError,5,12,0,300,500,3000,3500 ' +
  'sgd,44,500,0,100,200 adamw,44,2200,0,100,2250,300';

/** The first kernel of an arena of {@link CHECK_LENGTH} elements that gives other bits; undefined when all agree. */
export function faultyFloat32Kernel(compiled: Float32Arena): string | undefined {
  const reference = scalarFloat32Arena(CHECK_LENGTH);
  for (const call of CALLS.split(' ')) {
    const [name, ...words] = call.split(',');
    const run = ({ memory, integers, kernels }: Float32Arena): void => {
      for (let i = 0; i < memory.length; i++) memory[i] = 8 * (((i * 0.6180339887498949) % 1) - 0.5);
      for (let i = 0; i < 12; i++) memory[2000 + i] = i % 5;
      for (let i = 0; i < 8; i++) integers[2100 + i] = (3 * i) % 7;
      memory.fill(0.5, 2200, 2300);
      (kernels[name as keyof typeof kernels] as (...args: number[]) => void)(...words.map(Number));
    };
    run(reference);
    for (let round = 0; round < ROUNDS; round++) {
      run(compiled);
      if (!compiled.integers.every((bits, i) => bits === reference.integers[i])) return name;
    }
  }
  return undefined;
}
