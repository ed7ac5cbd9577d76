/** @file Lengths of gradients that are never formed. */
import type { Matrix, Vec } from '../linalg/matrix.ts';
import { isPlain, type Network, type SiteBlock } from './network.ts';
import { addExampleGradient } from './site-gradients.ts';

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
  for (const block of model.blocks) {
    const { sites } = block;
    if (!sites.every(isPlain)) {
      eachFormed(block, inputs, deltas, count, add);
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

/** The same for a block with sites of any form. */
function eachFormed(
  { sites, size }: SiteBlock,
  inputs: readonly Matrix[],
  deltas: readonly Matrix[],
  count: number,
  add: (example: number, term: number) => void,
): void {
  const samples = deltas[sites[0].index].cols / (sites[0].positions * count);
  const gradient = new Float64Array(size);
  for (let s = 0; s < samples; s++)
    for (let n = 0; n < count; n++) {
      gradient.fill(0);
      for (const site of sites)
        addExampleGradient(site, inputs[site.index], deltas[site.index], count, n, s, gradient);
      add(
        n,
        gradient.reduce((sum, g) => sum + g * g, 0),
      );
    }
}

/** Σ_rows a b per column. */
function columnProducts(a: Matrix, b: Matrix): Vec {
  const out = new Float64Array(a.cols);
  for (let k = 0; k < a.data.length; ) for (let c = 0; c < a.cols; c++, k++) out[c] += a.data[k] * b.data[k];
  return out;
}
