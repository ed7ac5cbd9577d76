/** @file Second moments of what one use of a weight sees and passes back, its positions apart or together. */
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { syrk } from '../../linalg/products.ts';
import type { Dataset } from '../dataset-types.ts';
import type { Network } from '../network.ts';
import type { KfacForm } from '../shared-weights.ts';
import type { Site, SiteSides } from '../site.ts';

/** Some examples of the data, one after the other. */
interface Chunk {
  readonly start: number;
  readonly count: number;
  /** The positions of the site that outputs of a weight above 0 depend on, [positions · count]. */
  readonly reached: Vec | undefined;
}

/**
 * 1 where a position of a site counts, 0 where not, [positions · count] position-major: a site with as many positions as the outputs does not
 * count where these have weight 0 and no other output depends on it (of a prompt without a loss, keys and values count, and the layers behind
 * the last attention do not); no site does where the network says that a position is padding, nor at an example whose only weight is 0.
 */
export function positionsThatCount(
  model: Network,
  { index, positions }: Site,
  { inputs, weights }: Dataset,
  { start, count, reached }: Chunk,
): Vec {
  const { outputPositions } = model;
  const out = new Float64Array(positions * count).fill(1);
  const padding = model.padding(index);
  if (padding !== undefined)
    for (let s = 0, k = 0; s < positions; s++)
      for (let n = 0; n < count; n++, k++) if (inputs.at(start + n, s) === padding) out[k] = 0;
  if (weights !== undefined && (positions === outputPositions || outputPositions === 1))
    for (let s = 0, k = 0; s < positions; s++)
      for (let n = 0; n < count; n++, k++)
        if (weights.at(start + n, outputPositions === 1 ? 0 : s) === 0 && reached?.[k] !== 1) out[k] = 0;
  return out;
}

/** Per group Σ_n Σ_y Σ_s g gᵀ, or Σ_n Σ_y (Σ_s g)(Σ_s g)ᵀ, times `alpha`: added to `out`. */
export function addGradientMoments(
  { index, positions, groups, outputs }: Site,
  { deltas, samples, count }: SiteSides,
  counts: Vec,
  form: KfacForm,
  alpha: number,
  out: readonly Matrix[],
): void {
  const kept = masked(deltas[index], counts);
  const passed = form === 'reduce' ? summed(kept, positions, count, samples) : kept;
  const rows = outputs / groups;
  for (const [g, moment] of out.entries())
    syrk(passed.rowRange(g * rows, (g + 1) * rows), { alpha, out: moment, accumulate: true });
}

/** Per group Σ_n Σ_s a aᵀ, or Σ_n ā āᵀ with ā the mean over s: added to `out`. @returns how many terms there are. */
export function addInputMoments(
  { index, positions, width, lookup }: Site,
  { inputs, count }: SiteSides,
  counts: Vec,
  form: KfacForm,
  out: readonly Matrix[],
): number {
  const terms = form === 'reduce' ? count : counts.reduce((sum, c) => sum + c, 0);
  const seen = inputs[index];
  if (lookup !== undefined && form === 'expand') {
    const [{ data, cols }] = out;
    for (let c = 0; c < counts.length; c++) data[seen.data[c] * (cols + 1)] += counts[c];
    return terms;
  }
  const each = lookup === undefined ? masked(seen, counts) : oneHot(seen, counts, out[0].rows);
  const columns = form === 'reduce' ? meanOf(each, counts, positions, count) : each;
  const rows = lookup === undefined ? width : out[0].rows;
  for (const [g, moment] of out.entries())
    syrk(columns.rowRange(g * rows, (g + 1) * rows), { out: moment, accumulate: true });
  return terms;
}

/** Columns that do not count, set to 0. */
function masked(a: Matrix, counts: Vec): Matrix {
  if (counts.every((c) => c === 1)) return a;
  const out = a.clone();
  for (let k = 0, c = 0; k < out.data.length; k++) {
    out.data[k] *= counts[c];
    if (++c === counts.length) c = 0;
  }
  return out;
}

/** Σ over the positions, [rows, samples · count]. */
function summed({ rows, cols, data }: Matrix, positions: number, count: number, samples: number): Matrix {
  const out = new Matrix(rows, samples * count);
  for (let r = 0, k = 0; r < rows; r++)
    for (let c = 0; c < cols; c++, k++) {
      const sample = Math.floor(c / (positions * count));
      out.data[r * out.cols + sample * count + (c % count)] += data[k];
    }
  return out;
}

/** The mean over the positions of every example that count. */
function meanOf(a: Matrix, counts: Vec, positions: number, count: number): Matrix {
  const out = summed(a, positions, count, 1);
  const of = summed(new Matrix(1, counts.length, counts), positions, count, 1).data;
  for (let k = 0; k < out.data.length; k++) out.data[k] /= Math.max(1, of[k % count]);
  return out;
}

/** Columns of the identity, where they count. */
function oneHot({ data }: Matrix, counts: Vec, rows: number): Matrix {
  const out = new Matrix(rows, counts.length);
  for (let c = 0; c < counts.length; c++) out.data[data[c] * counts.length + c] = counts[c];
  return out;
}
