/** @file Kronecker factors of weights that are used at several positions, in groups or as tables: expand and reduce. */
import { scaleMatrix } from '../../linalg/elementwise.ts';
import { Matrix } from '../../linalg/matrix.ts';
import { syrk } from '../../linalg/products.ts';
import { datasetSize } from '../dataset.ts';
import type { Dataset } from '../dataset-types.ts';
import type { Network } from '../network.ts';
import type { KfacForm, SweepBody, UseFactors } from '../shared-weights.ts';
import type { Site } from '../site.ts';
import { blockRows } from './site-rows.ts';
import { addGradientMoments, addInputMoments, positionsThatCount } from './use-moments.ts';

/**
 * One pass over the data. With a the input of a use with 1 for the bias, g what it passes back at a pseudo-label, and S_n its positions in
 * example n that count,
 *
 * - expand: A = Σ_n Σ_s a aᵀ / Σ_n S_n, G = (1/N) Σ_n Σ_s Σ_y g gᵀ
 * - reduce: A = (1/N) Σ_n ā āᵀ with ā the mean over s, G = (1/N) Σ_n Σ_y (Σ_s g)(Σ_s g)ᵀ
 *
 * Which positions count where outputs have weight 0: {@link positionsThatCount}.
 *
 * In a table a is one-hot: in expand A is diagonal, the frequencies of its rows. Groups of a layer are layers of their own.
 *
 * Reference: Eschenhagen et al. 2023, Kronecker-factored approximate curvature for modern neural network architectures, §3.
 */
export function useFactors(
  model: Network,
  data: Dataset,
  form: KfacForm,
  sweep: (body: SweepBody) => void,
): UseFactors {
  const n = datasetSize(data);
  const sums = model.sites.map(emptyMoments);
  const exact = model.blocks.map(({ sites, size }) =>
    sites[0].kronecker ? undefined : new Matrix(size, size),
  );
  const terms = new Float64Array(model.sites.length);
  sweep((sides, { start, first, reached }) => {
    for (const [b, out] of exact.entries())
      if (out !== undefined)
        syrk(blockRows(model.blocks[b], sides), { transpose: true, alpha: 1 / n, out, accumulate: true });
    for (const site of model.sites.filter(({ kronecker }) => kronecker)) {
      const { inputs, gradients } = sums[site.index];
      const counts = positionsThatCount(model, site, data, {
        start,
        count: sides.count,
        reached: reached?.[site.index],
      });
      addGradientMoments(site, sides, counts, form, 1 / n, gradients);
      if (first) terms[site.index] += addInputMoments(site, sides, counts, form, inputs);
    }
  });
  const uses = model.sites.map(({ index, lookup, width }) => {
    const { inputs, gradients } = sums[index];
    return inputs.map((input, g) => {
      const a = scaleMatrix(1 / Math.max(1, terms[index]), input);
      return lookup === undefined
        ? { left: gradients[g], right: a }
        : { left: a, right: amongColumns(gradients[g], width) };
    });
  });
  return {
    use: ({ index }, group) => uses[index][group],
    exact: (block) => exact[block] as Matrix,
  };
}

interface Moments {
  readonly inputs: readonly Matrix[];
  readonly gradients: readonly Matrix[];
}

/** Of each group. */
function emptyMoments({ inputs, outputs, groups, width, lookup, kronecker }: Site): Moments {
  if (!kronecker) return { inputs: [], gradients: [] };
  const square = (n: number): Matrix[] => Array.from({ length: groups }, () => new Matrix(n, n));
  return { inputs: square(lookup === undefined ? width : inputs), gradients: square(outputs / groups) };
}

/** What a table passes back, among the columns of a block whose last ones are biases of layers that share the table. */
function amongColumns(moment: Matrix, width: number): Matrix {
  if (moment.rows === width) return moment;
  const out = Matrix.zeros(width, width);
  for (let r = 0; r < moment.rows; r++) out.row(r).set(moment.row(r));
  return out;
}
