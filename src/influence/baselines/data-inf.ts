/** @file DataInf: the inverse of a mean of rank-one matrices replaced by the mean of their inverses. */
import { type Dataset, datasetSize } from '../../autodiff/dataset.ts';
import type { SiteBlock } from '../../autodiff/network.ts';
import { perExampleGradients } from '../../autodiff/per-example.ts';
import { checkFields } from '../../linalg/border/fields.ts';
import { Matrix, type Vec } from '../../linalg/matrix.ts';
import { axpy, dot, matmul } from '../../linalg/products.ts';
import type { Attributor, FittedModel, LayeredAttributor } from '../attributor.ts';
import { asFittedModel, bilinearAttributor } from '../attributors/bilinear-scores.ts';
import type { Measurement } from '../measurement.ts';
import { CHUNKED } from '../option-checks.ts';
import { checkLayerDamping, LAYER_DAMPING, type LayerDamping, layerDamping } from './layer-damping.ts';
import { weightedExamples } from './weighted-examples.ts';

export interface DataInfOptions {
  /** λ_l > 0 of every layer. Default {@link LAYER_DAMPING}, the paper's rule: a tenth of the layer's mean squared gradient entry. */
  readonly damping?: LayerDamping;
  /** Default 'loss'. */
  readonly measurement?: Measurement;
  /** Default 'datainf'. */
  readonly id?: string;
  /** Examples per chunk of gradients; see `BilinearMethod`. */
  readonly chunk?: number;
}

/** Also tells the damping of each layer. */
export interface FittedDataInf extends LayeredAttributor {
  /** λ_l, input side first. */
  readonly dampings: Vec;
}

/** An {@link Attributor} by DataInf. */
export interface DataInf extends Attributor {
  fit(model: FittedModel, train: Dataset): FittedDataInf;
}

/**
 * DataInf: score[q, i] = Σ_l v_lᵀ M_l g_il with v = ∇m(z_q), g_i = ∇L(z_i) and, layer by layer,
 *
 *   M = (1/N) Σ_j (g_j g_jᵀ + λI)⁻¹ = (1/N) Σ_j (1/λ) (I − g_j g_jᵀ / (λ + ‖g_j‖²)),
 *
 * in place of the inverse of the damped empirical Fisher ((1/N) Σ_j g_j g_jᵀ + λI)⁻¹. The two agree for N = 1, and where all
 * gradients are equal up to sign; otherwise M is the larger one (the inverse is convex), at most I/λ. Sign and orientation: see
 * `Attributor`.
 *
 * With **weights of examples** w_j, W̄ their mean, the Fisher matrix is (1/N) Σ_j w_j g_j g_jᵀ = Σ_j p_j W̄ g_j g_jᵀ, p_j = w_j/Σw, with g_j the gradient of the
 * loss without its weight, and M = Σ_j p_j (W̄ g_j g_jᵀ + λI)⁻¹ is applied to w_i g_i: an example of weight 2 scores as two copies of it do together, per N.
 * Of outputs at several positions w_j = Σ_t w_jt, and g_j is the gradient of Σ_t (w_jt / w_j) ℓ_t.
 *
 * @returns An attributor; `fit` takes one pass over the gradients for λ.
 * @throws {DomainError} options. From `fit`: {@link SingularError} a layer would have λ = 0.
 * Cost of `score`: 6 nQuery N D flops, and the training gradients twice per chunk of queries. Memory: three chunks.
 * Reference: Kwon, Wu, Wu & Zou, DataInf: Efficiently Estimating Data Influence in LoRA-tuned LLMs and Diffusion Models
 * (2023), Eqs. 4 and 5; their λ_l = (10 N d_l)⁻¹ Σ_j ‖g_jl‖².
 * @example dataInf().fit({ model, loss, theta }, train).score(queries);
 */
export function dataInf(options: DataInfOptions = {}): DataInf {
  const where = 'dataInf';
  checkFields(where, options, { ...CHUNKED, damping: checkLayerDamping });
  const { damping = LAYER_DAMPING, measurement = 'loss', chunk } = options;
  return {
    id: options.id ?? 'datainf',
    measurement,
    fit(fitted, train) {
      ({ fitted, train } = asFittedModel('dataInf.fit', fitted, train));
      const { blocks, parameterCount } = fitted.model;
      const size = chunk ?? Math.max(1, Math.floor(2 ** 21 / parameterCount));
      const n = datasetSize(train);
      const { data, weights, mean } = weightedExamples(fitted.model, train);
      const chunks = function* (): Generator<Matrix> {
        for (let start = 0; start < n; start += size)
          yield perExampleGradients(
            fitted.model,
            fitted.loss,
            fitted.theta,
            data,
            start,
            Math.min(start + size, n),
          );
      };
      const squares = blocks.map(() => new Float64Array(n));
      let first = 0;
      for (const g of chunks()) {
        for (const block of blocks)
          for (let i = 0; i < g.rows; i++) {
            const row = part(g, i, block);
            squares[block.index][first + i] = dot(row, row);
          }
        first += g.rows;
      }
      const dampings = Float64Array.from(blocks, ({ index, size: d }) =>
        layerDamping(
          'dataInf.fit',
          damping,
          squares[index].reduce((total, s, j) => total + weights[j] * s, 0) / (n * d),
        ),
      );
      const scores = bilinearAttributor({
        fitted,
        train,
        measurement,
        chunk: size,
        transformQueries: (v) => {
          const sums = blocks.map((block) => new Matrix(v.rows, block.size));
          let start = 0;
          for (const g of chunks()) {
            for (const block of blocks) {
              const { index } = block;
              const share = (product: number, j: number): number =>
                (product * weights[start + j]) / (dampings[index] + mean * squares[index][start + j]);
              addSecondTerms(v, g, block, share, sums[index]);
            }
            start += g.rows;
          }
          return combine(v, blocks, sums, dampings, n);
        },
      });
      return { ...scores, dampings };
    },
  };
}

/** to += Σ_j share(v·g_j, j) g_j over a chunk. */
function addSecondTerms(
  v: Matrix,
  g: Matrix,
  block: SiteBlock,
  share: (product: number, j: number) => number,
  to: Matrix,
): void {
  const own = columns(g, block);
  const products = matmul(columns(v, block), own, { transposeB: true });
  for (let q = 0; q < products.rows; q++) {
    const row = products.row(q);
    for (let j = 0; j < row.length; j++) row[j] = share(row[j], j);
  }
  matmul(products, own, { out: to, accumulate: true });
}

/** Per layer (v − sums/N)/λ, side by side. */
function combine(
  v: Matrix,
  blocks: readonly SiteBlock[],
  sums: readonly Matrix[],
  dampings: Vec,
  n: number,
): Matrix {
  const out = v.clone();
  for (const block of blocks)
    for (let q = 0; q < v.rows; q++) {
      const row = part(out, q, block);
      axpy(-1 / n, sums[block.index].row(q), row);
      for (let k = 0; k < row.length; k++) row[k] /= dampings[block.index];
    }
  return out;
}

/** A layer's part of row i, a view. */
function part(a: Matrix, i: number, { offset, size }: SiteBlock): Vec {
  return a.row(i).subarray(offset, offset + size);
}

/** A layer's columns, a copy. */
function columns(a: Matrix, block: SiteBlock): Matrix {
  const out = new Matrix(a.rows, block.size);
  for (let r = 0; r < a.rows; r++) out.row(r).set(part(a, r, block));
  return out;
}
