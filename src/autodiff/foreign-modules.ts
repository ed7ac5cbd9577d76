/** @file What a tensor of a state dict belongs to, when it is not a linear layer: for messages. */
import type { Tensor } from '../linalg/io/safetensors.ts';

const REPARAMETRISED_LAYER = 'a reparametrised layer (weight or spectral normalisation)';

/** Names of tensors that only one kind of module has. */
const OWN_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(running_mean|running_var|num_batches_tracked)$/, 'BatchNorm'],
  [/^(in_proj_weight|in_proj_bias|q_proj_weight|k_proj_weight|v_proj_weight|bias_k|bias_v)$/, 'attention'],
  [/^(weight|bias)_(ih|hh|hr)(_l\d+(_reverse)?)?$/, 'a recurrent layer (RNN, LSTM or GRU)'],
  [/^(weight_g|weight_v|original[01]?)$/, REPARAMETRISED_LAYER],
  [/^(weight_orig|weight_u|weight_mask|bias_orig|bias_mask)$/, 'a reparametrised or pruned layer'],
  [/^(lora_A|lora_B|lora_embedding_A|lora_embedding_B)$/, 'a low-rank adapter (LoRA)'],
];

const ATTENTION = /attn|attention|(^|[._])[qkv]_?proj([._]|$)/i;
const ADAPTER = /(^|[._])lora_[AB]([._]|$)/i;
const REPARAMETRISED = /(^|[._])parametrizations([._]|$)/;
const EMBEDDING = /embed|(^|[._])(wte|wpe|emb)([._\d]|$)/i;

/**
 * What kind of module a tensor is part of, or undefined when nothing tells: a linear layer, or something to be left alone.
 *
 * @param module - The path before the last dot. @param leaf - What comes after it.
 * @param batchNorms - Modules that have running statistics. @param biased - Modules that have a bias.
 */
export function foreignModule(
  module: string,
  leaf: string,
  { shape }: Tensor,
  batchNorms: ReadonlySet<string>,
  biased: ReadonlySet<string>,
): string | undefined {
  const own = OWN_NAMES.find(([pattern]) => pattern.test(leaf))?.[1];
  if (own !== undefined) return own;
  if (REPARAMETRISED.test(module)) return REPARAMETRISED_LAYER;
  if (leaf !== 'weight' && leaf !== 'bias') return undefined;
  if (batchNorms.has(module)) return 'BatchNorm';
  if (leaf === 'weight' && shape.length >= 3)
    return shape.length <= 5
      ? `a convolution (Conv${shape.length - 2}d)${shape.length === 3 ? ' or a Bilinear layer' : ''}`
      : 'not a linear layer';
  if (ADAPTER.test(module)) return 'a low-rank adapter (LoRA)';
  if (ATTENTION.test(module)) return 'attention';
  if (EMBEDDING.test(module) && shape.length === 2 && !biased.has(module)) return 'an Embedding';
  if (leaf === 'weight' && shape.length === 1)
    return shape[0] === 1
      ? 'PReLU or a normalisation'
      : 'LayerNorm (or GroupNorm, RMSNorm, BatchNorm without statistics)';
  return undefined;
}
