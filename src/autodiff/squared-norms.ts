/** @file Lengths of gradients that are never formed. */
import type { Matrix, Vec } from '../linalg/matrix.ts';
import type { Network } from './network.ts';
import { isPlain } from './site.ts';

/**
 * Calls `add` with the terms of ‖g_ns‖² for gradients g_ns that are δ āᵀ in every layer: ‖δ‖² ‖ā‖². Where layers are tied, the
 * gradient of their block is Σ_u δ_u ā_uᵀ, and its square Σ_u Σ_v (δ_u·δ_v)(ā_u·ā_v). Where weights are used at several positions, the
 * gradient of the block is formed, one example after the other.
 *
 * @param inputs - Per layer ā and @param deltas - per layer δ, as {@link SiteSides} has them. Neither is modified. @param add - Receives n and a term; in the order of layers, samples, examples.
 */
export function eachSquare(
  model: Network,
  inputs: readonly Matrix[],
  deltas: readonly Matrix[],
  count: number,
  add: (example: number, term: number) => void,
): void {
  const { blocks, shared } = model;
  for (const block of blocks) {
    const { sites } = block;
    if (shared !== undefined && !sites.every(isPlain)) {
      shared.addBlockSquares(block, inputs, deltas, count, add);
      continue;
    }
    for (const [i, { index: u }] of sites.entries())
      for (const { index: v } of sites.slice(i)) {
        const seen = columnProducts(inputs[u], inputs[v]);
        const passed = columnProducts(deltas[u], deltas[v]);
        const twice = u === v ? 1 : 2;
        for (let k = 0; k < passed.length; )
          for (let n = 0; n < count; n++, k++) add(n, twice * seen[n] * passed[k]);
      }
  }
}

/** Σ_rows a b per column. */
function columnProducts(a: Matrix, b: Matrix): Vec {
  const out = new Float64Array(a.cols);
  for (let k = 0; k < a.data.length; ) for (let c = 0; c < a.cols; c++, k++) out[c] += a.data[k] * b.data[k];
  return out;
}
