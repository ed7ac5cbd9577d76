/** @file Where the numbers of an Mlp's training in float32 lie in its memory. */
import type { Vec } from '../../linalg/matrix.ts';
import type { Mlp } from '../mlp.ts';

/** Up to whole vectors of four. */
export function fours(n: number): number {
  return 4 * Math.ceil(n / 4);
}

/** One layer of parameters: W is [outputs, width] with zeros in the columns from `inputs` on. */
export interface Float32Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  /** Offsets from the start of θ; the bias is absent, −1, where a layer has none. */
  readonly weight: number;
  readonly bias: number;
  /** Offset in the model's θ, and the length of a row there. */
  readonly offset: number;
  readonly row: number;
}

/** All layers, and how many numbers θ has with its padding. */
export interface ParameterLayout {
  readonly layers: readonly Float32Layer[];
  readonly size: number;
}

/** The layout of an Mlp without ties: weights row by row, then the bias, each from a multiple of four on. */
export function layOutParameters({ layers, options }: Mlp): ParameterLayout {
  let size = 0;
  let offset = 0;
  const placed = layers.map(({ inputs, outputs }, l): Float32Layer => {
    const has = options.bias[l];
    const width = fours(inputs);
    const row = inputs + (has ? 1 : 0);
    const weight = size;
    const bias = has ? weight + outputs * width : -1;
    size = weight + outputs * width + (has ? fours(outputs) : 0);
    const layer = { inputs, outputs, width, weight, bias, offset, row };
    offset += outputs * row;
    return layer;
  });
  return { layers: placed, size };
}

/** Doubles in the order of the model's θ, rounded, to their places in `memory` from `at` on. */
export function packParameters(
  { layers }: ParameterLayout,
  theta: Vec,
  memory: Float32Array,
  at: number,
): void {
  eachParameter(layers, (from, to) => {
    memory[at + to] = theta[from];
  });
}

/** The way back: a copy, in the order of the model's θ. */
export function unpackParameters({ layers }: ParameterLayout, memory: Float32Array, at: number): Vec {
  const last = layers[layers.length - 1];
  const theta = new Float64Array(last.offset + last.outputs * last.row);
  eachParameter(layers, (to, from) => {
    theta[to] = memory[at + from];
  });
  return theta;
}

function eachParameter(
  layers: readonly Float32Layer[],
  visit: (theta: number, packed: number) => void,
): void {
  for (const { inputs, outputs, width, weight, bias, offset, row } of layers)
    for (let i = 0; i < outputs; i++) {
      for (let k = 0; k < inputs; k++) visit(offset + i * row + k, weight + i * width + k);
      if (bias >= 0) visit(offset + i * row + inputs, bias + i);
    }
}
