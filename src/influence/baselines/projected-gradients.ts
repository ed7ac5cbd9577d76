/** @file Gradients of examples, projected without ever being formed: block by block of parameters. */
import type { Dataset } from '../../autodiff/dataset.ts';
import type { ExampleFunction } from '../../autodiff/functions.ts';
import { isPlain, type Network, type Site } from '../../autodiff/network.ts';
import { outerRows } from '../../autodiff/outer-products.ts';
import { siteGradients } from '../../autodiff/shared/site-gradients.ts';
import { sidesPerChunk, siteSides } from '../../autodiff/site-sides.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { matmul, transpose } from '../../linalg/products.ts';
import type { Projection } from './random-projection.ts';

/** What is differentiated: a function of each example, or one of its logits, at an output position (default the first). */
export type ProjectedFunction = ExampleFunction | { readonly logit: number; readonly position?: number };

/** Parameters taken at a time: rows of P, and columns of the gradients, that exist at once. */
const BLOCK_PARAMETERS = 512;

/**
 * G P for the gradients G [end − start, D] of examples start..end−1.
 *
 * @param projection - P, of `model.parameterCount` inputs (not checked).
 * @param chunk - Examples per pass over P. Default: as many as have layer sides of 16 MiB. Each pass draws P once.
 * @returns shape [end − start, k]. A row does not depend on the other rows.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or range do not fit.
 * Cost: 2 D k flops per example. Memory: the layer sides of a chunk and, beside the result, {@link BLOCK_PARAMETERS} (or the
 * parameters of one unit, if there are more) times k + chunk doubles. Neither P nor G is formed.
 */
export function projectedGradients(
  model: Network,
  of: ProjectedFunction,
  theta: Vec,
  data: Dataset,
  projection: Projection,
  start: number,
  end: number,
  chunk: number = sidesPerChunk(model),
): Matrix {
  const out = new Matrix(end - start, projection.dimension);
  for (let first = start; first < end; first += chunk) {
    const { count, inputs, deltas } = siteSides(model, of, theta, data, first, Math.min(first + chunk, end));
    const part = out.rowRange(first - start, first - start + count);
    for (const site of model.sites) {
      const { index, offset, width: perUnit, rows: unitRows } = site;
      const gradientsOf = isPlain(site)
        ? plainGradients(deltas[index], inputs[index])
        : formedGradients(site, deltas[index], inputs[index], count);
      const units = Math.max(1, Math.floor(BLOCK_PARAMETERS / perUnit));
      for (let unit = 0; unit < unitRows; unit += units) {
        const taken = Math.min(units, unitRows - unit);
        const gradients = gradientsOf(unit, taken);
        const rows = projection.rows(offset + unit * perUnit, taken * perUnit);
        matmul(gradients, rows, { out: part, accumulate: true });
      }
    }
  }
  return out;
}

/** The gradients of examples in some rows of a site's block, [count, taken · width]. */
type RowGradients = (unit: number, taken: number) => Matrix;

function plainGradients(delta: Matrix, seen: Matrix): RowGradients {
  const [passed, input] = [transpose(delta), transpose(seen)];
  return (unit, taken) => outerRows(passed, input, unit, taken);
}

/** The same where weights are used at several positions: the gradients of the site are formed whole. */
function formedGradients(site: Site, delta: Matrix, seen: Matrix, count: number): RowGradients {
  const { width } = site;
  const all = siteGradients(site, seen, delta, count);
  return (unit, taken) => {
    const out = new Matrix(count, taken * width);
    for (let n = 0; n < count; n++) out.row(n).set(all.row(n).subarray(unit * width, (unit + taken) * width));
    return out;
  };
}
