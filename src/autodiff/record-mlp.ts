/** @file An MLP written on a tape. */
import { type ExampleFunction, usesLabels } from './functions.ts';
import type { Mlp } from './mlp.ts';
import type { Tape } from './tape.ts';
import type { TapeNode } from './tape-node.ts';

/** The arrays of a recorded network. */
export interface MlpNodes {
  /** Layer inputs a_{l−1}, [inputs, cols]; `inputs[0]` is x. */
  readonly inputs: readonly TapeNode[];
  /** Pre-activations s_l, [outputs, cols]; the last are the logits. */
  readonly preactivations: readonly TapeNode[];
  readonly logits: TapeNode;
}

/** Records s_l = W_l a_{l−1} + b_l, a_l = φ(s_l) on the tape, θ laid out as the model says. */
export function recordMlp(tape: Tape, model: Mlp, x: TapeNode): MlpNodes {
  const inputs: TapeNode[] = [];
  const preactivations: TapeNode[] = [];
  let a = x;
  for (const layer of model.layers) {
    inputs.push(a);
    const s = tape.affine(a, layer.outputs, layer);
    preactivations.push(s);
    a = layer.index + 1 < model.layers.length ? tape.activation(model.activation, s) : s;
  }
  return { inputs, preactivations, logits: a };
}

/** The leaf that a per-example function reads beside the outputs: labels, or targets. */
export function recordAnswers(tape: Tape, model: Mlp, f: ExampleFunction, cols: number): TapeNode {
  return usesLabels(f) ? tape.labels(model.outputs, cols) : tape.input(model.outputs, cols);
}
