/** @file The compiled kernels of other networks than an Mlp against the scalar ones, where the engine joins pairs of their operations. */
import { scalarArenaKernels } from '../arena-scalar.ts';
import { simdArena } from '../arena-simd.ts';
import { firstFault } from '../self-check.ts';
import type { WebAssemblyMemory } from '../wasm.ts';
import { scalarNetworkKernels } from './scalar.ts';

const LENGTH = 2048;

/** As in the first self-check: name and arguments. The second moment of adamw lies at 400, where every number is 2: its root is real. */
const CALLS =
  'unfold,2,48,8,27,430,0,500 fold,2,48,8,27,430,500,0 maxPool,2,48,2,27,430,0,200,300 gather,96,20,400,0,200 scatter,96,20,400,0,200 ' +
  'averagePool,2,48,2,27,430,0,200 spreadPool,2,48,2,27,430,0,200 normalise,2,5,7,1,400,0,100,200 normaliseSlope,2,5,7,1,0,100,200,300 ' +
  'normaliseCurve,2,5,7,1,0,100,200,300,500 softmax,3,5,7,1,400,-1,0,200 softmaxSlope,3,5,7,1,400,0,200,500 ' +
  'softmaxCurve,3,5,7,1,400,0,110,220,600,800,950 multiplyExamples,3,5,4,7,0,0,0,28,7,100,35,7,600,35,7 lookUp,4,6,20,8,400,0,600 ' +
  'lookUpAdjoint,4,6,20,8,400,600,0 transposeExamples,3,5,7,0,200 select,37,0,400,100,200 silu,37,0,99,200,300 softplus,37,0,99,200,300 ' +
  'leakyRelu,37,400,0,99,200 geluInner,37,0,99 geluOuter,37,0,99,200,300 gelu,37,0,99,200,300 relu,37,0,99,200,300 marginCurve,5,13,0,400,500,600,700 ' +
  'affine,7,6,8,13,1,0,7,500,900 affineTangent,6,5,6,16,1,0,5,500,600,700,900 affineInputTangent,7,6,8,16,0,500,100,700,900 affineWeightTangent,7,5,6,32,0,400,600,800,5,1000 affineWeightTangent,6,4,6,32,0,400,600,800,5,1000 adjointStep,24,501,0,99,200 affineInput,7,6,8,29,2,0,500,900 adamw,19,501,0,99,400,200';

/** The first kernel of a module that gives other bits; undefined when all agree. `instantiate` puts the module to work in a memory. */
export function faultyNetworkKernel(instantiate: (memory: WebAssemblyMemory) => object): string | undefined {
  const arena = simdArena(LENGTH);
  if (arena?.wasm === undefined) return undefined;
  return firstFault(CALLS, instantiate(arena.wasm), arena.memory, (m) => ({
    ...scalarArenaKernels(m),
    ...scalarNetworkKernels(m),
  }));
}
