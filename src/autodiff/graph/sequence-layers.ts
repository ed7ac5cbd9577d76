/** @file Layers of sequences: tables of tokens and positions, attention. */
import { checkBoolean, checkOptions } from '../../linalg/border/arguments.ts';
import { checkInteger } from '../../linalg/checks.ts';
import { DomainError } from '../../linalg/errors.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { type Layer, node, under } from './layer.ts';
import { linear } from './layers.ts';
import { paddingOf } from './pooling-layers.ts';

/**
 * Tokens [T] → [T, width]: a row of a table for each.
 *
 * @param options - `paddingToken`: this one has zeros, which are not trained: PyTorch's padding_idx.
 */
export function embedding(width: number, options: { readonly paddingToken?: number } = {}): Layer {
  checkInteger('embedding', 'width', width, 1, Number.MAX_SAFE_INTEGER);
  checkOptions('embedding', options, ['paddingToken']);
  const padding = paddingOf('embedding', options);
  return (builder, name, input) => {
    if (builder.input.kind !== 'token')
      throw new DomainError(`embedding '${name}'`, 'input of the network', 'tokens', builder.input.kind);
    const { vocabulary: rows } = builder.input;
    return builder.add(
      { ...node('embedding', name, input), rows, weight: under(name, 'weight'), ...padding },
      { [under(name, 'weight')]: [rows, width] },
    );
  };
}

/** Adds a row of a table for each position, [T, d] → [T, d]. @param rows - Default T. */
export function positionEmbedding(rows?: number): Layer {
  if (rows !== undefined) checkInteger('positionEmbedding', 'rows', rows, 1, Number.MAX_SAFE_INTEGER);
  return (builder, name, input) =>
    builder.add({
      ...node('position-embedding', name, input),
      rows: rows ?? builder.shape(input)[0],
      weight: under(name, 'weight'),
    });
}

/** What attention has beside its heads. */
export interface SelfAttentionOptions {
  /** Position t sees 0..t. Default false. */
  readonly causal?: boolean;
  /** Positions where the input has this token are not seen: sequences of unequal length, filled up. Default: all are. */
  readonly paddingToken?: number;
  /** How many heads keys and values have, each for heads/keyHeads consecutive heads of the queries: grouped-query attention. Default: as many as the queries. */
  readonly keyHeads?: number;
}

/**
 * Attention of a sequence to itself, [T, d] → [T, d]: one linear layer for q, k and v, `heads` heads, one linear layer behind.
 * A position that sees nothing has 0 before the layer behind.
 */
export function selfAttention(heads: number, options: SelfAttentionOptions = {}): Layer {
  const where = 'selfAttention';
  checkInteger(where, 'heads', heads, 1, Number.MAX_SAFE_INTEGER);
  checkOptions(where, options, ['causal', 'paddingToken', 'keyHeads']);
  const { causal = false, keyHeads = heads } = options;
  checkBoolean(where, 'causal', causal);
  checkInteger(where, 'keyHeads', keyHeads, 1, heads);
  if (heads % keyHeads !== 0) throw new DomainError(where, 'keyHeads', `a divisor of ${heads}`, keyHeads);
  const padding = paddingOf(where, options);
  return (builder, name, input) => {
    const width = builder.shape(input).at(-1) as number;
    const narrow = (width / heads) * keyHeads;
    if (!Number.isInteger(narrow))
      throw new DomainError(`${where} '${name}'`, 'heads', `a divisor of the ${width} features`, heads);
    const qkv = linear(width + 2 * narrow)(builder, under(name, 'qkv'), input);
    const ends = [0, width, width + narrow, width + 2 * narrow];
    const parts = ['q', 'k', 'v'].map((part, i) =>
      builder.add({ ...node('split', under(name, part), qkv), start: ends[i], stop: ends[i + 1] }),
    );
    const inputs = parts.map((part, i) =>
      i === 0 ? part : shared(builder, under(name, ['q', 'k', 'v'][i]), part, keyHeads, heads / keyHeads),
    );
    const id = under(name, 'attention');
    const mixed = builder.add({ id, op: 'attention', inputs, heads, causal, ...padding });
    return linear(width)(builder, under(name, 'out'), mixed);
  };
}

/** Heads [T, heads · e], each `times` times. */
function shared(builder: GraphBuilder, name: string, input: string, heads: number, times: number): string {
  if (times === 1) return input;
  const [positions, width] = builder.shape(input);
  const shape = [positions, heads, width / heads];
  const apart = builder.add({ ...node('reshape', `${name}.heads`, input), shape });
  const all = builder.add({ ...node('repeat', `${name}.repeat`, apart), axis: 1, times });
  return builder.add({ ...node('reshape', `${name}.all`, all), shape: [positions, width * times] });
}
