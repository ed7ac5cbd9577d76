/** @file The examples behind a block of the GGN, and the block rearranged so that Kronecker products have rank one. */

import { checkPlain, checkUntied } from '../autodiff/network-checks.ts';
import type { SiteSides } from '../autodiff/site-sides.ts';
import { checkObject } from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkInteger, checkLength, checkShape } from '../linalg/checks.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { matmul } from '../linalg/products.ts';
import { TYPE_2 } from './fisher.ts';
import { sweepFisher } from './fisher-sweep.ts';
import { pairCount, pairProducts } from './pair-products.ts';
import { checkBlock, type ParameterBlock, partition, seenBy } from './partition.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  type ProblemInput,
} from './problem.ts';

/** What one block sees of a chunk of examples. */
interface SampleChunk {
  readonly count: number;
  readonly samples: number;
  /** ā, shape [cols, count]. */
  readonly inputs: Matrix;
  /** δ at every pseudo-label, shape [rows, samples·count]. */
  readonly deltas: Matrix;
}

/**
 * A block B = (1/N) Σ_n M_n ⊗ ā_n ā_nᵀ of the GGN by its examples, with M_n = E[δ_n δ_nᵀ] over labels. B is never formed.
 *
 * Rearranged (Van Loan and Pitsianis), B becomes R[(r,s),(c,d)] = B[(r,c),(s,d)] = (1/N) Σ_n vec(M_n) vec(ā_n ā_nᵀ)ᵀ, and
 * ‖B − Σ_k G_k ⊗ A_k‖_F = ‖R − Σ_k vec(G_k) vec(A_k)ᵀ‖_F. M_n and ā_n ā_nᵀ are symmetric: R acts on symmetric matrices only,
 * written here as half-vectors, so that it has rows(rows+1)/2 × cols(cols+1)/2 elements. Both directions of R are weighted
 * K-FAC factors, and cost as much as K-FAC's own.
 *
 * Reference: Van Loan and Pitsianis 1993, Approximation with Kronecker products, §2.
 */
export class BlockSamples {
  readonly block: ParameterBlock;
  /** N. */
  readonly examples: number;
  private readonly chunks: readonly SampleChunk[];

  constructor(block: ParameterBlock, chunks: readonly SiteSides[]) {
    checkSamples('BlockSamples', block, chunks);
    this.block = block;
    this.examples = chunks.reduce((n, { count }) => n + count, 0);
    this.chunks = chunks.map(({ count, samples, inputs, deltas }) => ({
      count,
      samples,
      inputs: seenBy(block, inputs[block.layer]),
      deltas: deltas[block.layer],
    }));
  }

  /** R vec(A) as a matrix: (1/N) Σ w_n M_n with w_n = ā_nᵀ A ā_n, shape [rows, rows]. Weights 1 give K-FAC's G. */
  gradientMoment(weights?: MatrixInput): Matrix {
    const { rows, cols } = this.block;
    const a = weights === undefined ? undefined : asMatrix('BlockSamples.gradientMoment', 'weights', weights);
    if (a !== undefined) checkShape('BlockSamples.gradientMoment', 'weights', a, cols, cols);
    const out = new Matrix(rows, rows);
    for (const { inputs, deltas, samples } of this.chunks)
      addMoment(out, deltas, samples, a && quadraticForms(a, inputs, 1), 1 / this.examples);
    return symmetrised(out);
  }

  /** Rᵀ vec(G) as a matrix: (1/N) Σ v_n ā_n ā_nᵀ with v_n = tr(M_n G), shape [cols, cols]. Weights 1 give K-FAC's A. */
  inputMoment(weights?: MatrixInput): Matrix {
    const { rows, cols } = this.block;
    const g = weights === undefined ? undefined : asMatrix('BlockSamples.inputMoment', 'weights', weights);
    if (g !== undefined) checkShape('BlockSamples.inputMoment', 'weights', g, rows, rows);
    const out = new Matrix(cols, cols);
    for (const { inputs, deltas, samples } of this.chunks)
      addMoment(out, inputs, 1, g && quadraticForms(g, deltas, samples), 1 / this.examples);
    return symmetrised(out);
  }

  /**
   * R in half-vectors: row k belongs to the k-th pair r ≤ s of rows, column l to the l-th pair c ≤ d of columns.
   * Cost: as the block itself, N·(rows²/2)·(cols²/2) multiplications and additions.
   */
  rearranged(): Matrix {
    const { rows, cols } = this.block;
    const out = new Matrix(pairCount(rows), pairCount(cols));
    for (const { inputs, deltas, samples } of this.chunks)
      matmul(pairProducts(deltas, deltas, samples), pairProducts(inputs, inputs), {
        transposeB: true,
        alpha: 1 / this.examples,
        out,
        accumulate: true,
      });
    const left = halfWeights(rows);
    const right = halfWeights(cols);
    for (let k = 0, at = 0; k < out.rows; k++)
      for (let l = 0; l < out.cols; l++, at++) out.data[at] *= left[k] * right[l];
    return out;
  }

  /**
   * B applied to every row vec(V) of x: (1/N) Σ_n M_n V ā_n ā_nᵀ, shape [k, rows·cols] → the same.
   * Cost per row: N·(4·rows·cols + 4·labels·rows) flops.
   */
  applyRows(rowsOfX: MatrixInput): Matrix {
    const { rows, cols } = this.block;
    const x = asMatrix('BlockSamples.applyRows', 'x', rowsOfX);
    checkShape('BlockSamples.applyRows', 'x', x, x.rows, rows * cols);
    const out = new Matrix(x.rows * rows, cols);
    const v = new Matrix(x.rows * rows, cols, x.data);
    for (const { inputs, deltas, samples } of this.chunks) {
      const seen = coupled(matmul(v, inputs), deltas, samples);
      matmul(seen, inputs, { transposeB: true, alpha: 1 / this.examples, out, accumulate: true });
    }
    return new Matrix(x.rows, rows * cols, out.data);
  }

  /**
   * For every column u of `directions` the matrix (1/N) Σ (uᵀā_n)² M_n: the curvature among the block's rows along one input
   * direction. Its diagonal in a basis of the rows is one column of EK-FAC's eigenvalues.
   *
   * @param directions - Shape [cols, k]. @returns k symmetric matrices [rows, rows].
   * Cost: N·k·(cols + rows²/2).
   */
  gradientMoments(directions: MatrixInput): Matrix[] {
    const { rows, cols } = this.block;
    const basis = asMatrix('BlockSamples.gradientMoments', 'directions', directions);
    checkShape('BlockSamples.gradientMoments', 'directions', basis, cols, basis.cols);
    const sums = new Matrix(basis.cols, pairCount(rows));
    for (const { inputs, deltas, samples, count } of this.chunks)
      matmul(squares(basis, inputs, 1, count), pairProducts(deltas, deltas, samples), {
        transposeB: true,
        alpha: 1 / this.examples,
        out: sums,
        accumulate: true,
      });
    return unpackRows(sums, rows);
  }

  /** For every column u of `directions` [rows, k] the matrix (1/N) Σ (uᵀ M_n u) ā_n ā_nᵀ: k matrices [cols, cols]. */
  inputMoments(directions: MatrixInput): Matrix[] {
    const { rows, cols } = this.block;
    const basis = asMatrix('BlockSamples.inputMoments', 'directions', directions);
    checkShape('BlockSamples.inputMoments', 'directions', basis, rows, basis.cols);
    const sums = new Matrix(basis.cols, pairCount(cols));
    for (const { inputs, deltas, samples, count } of this.chunks)
      matmul(squares(basis, deltas, samples, count), pairProducts(inputs, inputs), {
        transposeB: true,
        alpha: 1 / this.examples,
        out: sums,
        accumulate: true,
      });
    return unpackRows(sums, cols);
  }
}

/**
 * The examples of every block, kept: N·Σ (in + 1 + labels·out) numbers.
 *
 * @param problem - Not modified. @param options - Fisher type and partition: `type-2` and `layer` when absent.
 * @returns in the order of {@link partition}.
 * @throws {ShapeError} | {DomainError} | {NonFiniteError} θ, data or an option are not valid.
 * {@link UnsupportedError} tied layers, whose gradients are no outer products.
 * Cost: one forward sweep, and one backward sweep per pseudo-label.
 * @example blockSamples(problem)[0].gradientMoment(); // K-FAC's G of the first layer
 */
export function blockSamples(
  problem: ProblemInput,
  options: CurvatureOptions & ChunkOptions = {},
): readonly BlockSamples[] {
  const checked = asCurvatureProblem('blockSamples', problem, options);
  const blocks = partition(checked.model, options.partition ?? 'layer');
  checkUntied('blockSamples', checked.model);
  checkPlain('blockSamples', checked.model);
  const chunks: SiteSides[] = [];
  sweepFisher('blockSamples', checked, options.fisher ?? TYPE_2, options, (chunk) => void chunks.push(chunk));
  return blocks.map((block) => new BlockSamples(block, chunks));
}

/**
 * A symmetric matrix as the vector of its pairs i ≤ j, those off the diagonal times √2, so that ⟨A, B⟩_F is an inner product.
 *
 * @param symmetric - Shape [n, n]; the upper triangle is read. @returns shape [n(n+1)/2].
 * @example halfVector(Matrix.of([[1, 2], [2, 3]])); // [1, 2√2, 3]
 */
export function halfVector(symmetric: MatrixInput): Vec {
  const a = asMatrix('halfVector', 'symmetric', symmetric);
  checkShape('halfVector', 'symmetric', a, a.rows, a.rows);
  const out = new Float64Array(pairCount(a.rows));
  for (let i = 0, k = 0; i < a.rows; i++)
    for (let j = i; j < a.rows; j++, k++) out[k] = (i === j ? 1 : Math.SQRT2) * a.data[i * a.rows + j];
  return out;
}

/** The symmetric matrix of a half-vector of length n(n+1)/2; exactly symmetric. */
export function fromHalfVector(pairs: VectorInput, n: number): Matrix {
  const half = asVector('fromHalfVector', 'pairs', pairs);
  checkInteger('fromHalfVector', 'n', n, 0, Number.MAX_SAFE_INTEGER);
  checkLength('fromHalfVector', 'pairs', half, pairCount(n));
  const out = new Matrix(n, n);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = i; j < n; j++, k++) {
      const value = i === j ? half[k] : half[k] / Math.SQRT2;
      out.data[i * n + j] = value;
      out.data[j * n + i] = value;
    }
  return out;
}

/** Σ_s xᵀ A x over the columns x of one example, for every example. Columns s·count + n belong to example n. */
function quadraticForms(a: Matrix, x: Matrix, samples: number): Vec {
  const image = matmul(a, x);
  const count = x.cols / samples;
  const out = new Float64Array(count);
  for (let r = 0, k = 0; r < x.rows; r++)
    for (let s = 0; s < samples; s++)
      for (let n = 0; n < count; n++, k++) out[n] += image.data[k] * x.data[k];
  return out;
}

/** M_n y for every column y of every stacked matrix [rows, count] in `stack`, in a new matrix. */
function coupled(stack: Matrix, deltas: Matrix, samples: number): Matrix {
  const { rows } = deltas;
  const count = stack.cols;
  const out = new Matrix(stack.rows, count);
  const along = new Float64Array(count);
  for (let base = 0; base < stack.rows; base += rows)
    for (let s = 0; s < samples; s++) {
      along.fill(0);
      for (let r = 0; r < rows; r++)
        for (let n = 0, k = (base + r) * count, d = r * deltas.cols + s * count; n < count; n++, k++, d++)
          along[n] += deltas.data[d] * stack.data[k];
      for (let r = 0; r < rows; r++)
        for (let n = 0, k = (base + r) * count, d = r * deltas.cols + s * count; n < count; n++, k++, d++)
          out.data[k] += deltas.data[d] * along[n];
    }
  return out;
}

/** out ← out + scale Σ_n w_n Σ_s x xᵀ. */
function addMoment(out: Matrix, x: Matrix, samples: number, weights: Vec | undefined, scale: number): void {
  const count = x.cols / samples;
  const weighted = x.clone();
  if (weights !== undefined)
    for (let r = 0, k = 0; r < x.rows; r++)
      for (let s = 0; s < samples; s++) for (let n = 0; n < count; n++, k++) weighted.data[k] *= weights[n];
  matmul(weighted, x, { transposeB: true, alpha: scale, out, accumulate: true });
}

/** Σ_s (uᵀx)² per basis vector u and example, shape [basis.cols, count]. */
function squares(basis: Matrix, x: Matrix, samples: number, count: number): Matrix {
  const projected = matmul(basis, x, { transposeA: true });
  const out = new Matrix(basis.cols, count);
  for (let r = 0, k = 0; r < basis.cols; r++)
    for (let s = 0; s < samples; s++)
      for (let n = 0; n < count; n++, k++) out.data[r * count + n] += projected.data[k] ** 2;
  return out;
}

function halfWeights(n: number): Vec {
  const out = new Float64Array(pairCount(n)).fill(Math.SQRT2);
  for (let i = 0, k = 0; i < n; k += n - i, i++) out[k] = 1;
  return out;
}

/** Rows of pairs i ≤ j, not weighted, as symmetric matrices. */
function unpackRows(sums: Matrix, n: number): Matrix[] {
  return Array.from({ length: sums.rows }, (_, row) => {
    const out = new Matrix(n, n);
    for (let i = 0, k = row * sums.cols; i < n; i++)
      for (let j = i; j < n; j++, k++) {
        out.data[i * n + j] = sums.data[k];
        out.data[j * n + i] = sums.data[k];
      }
    return out;
  });
}

/** The mean of a and aᵀ, in place: weighted products round differently on both sides of the diagonal. */
function symmetrised(a: Matrix): Matrix {
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < i; j++) {
      const value = (a.data[i * a.cols + j] + a.data[j * a.cols + i]) / 2;
      a.data[i * a.cols + j] = value;
      a.data[j * a.cols + i] = value;
    }
  return a;
}

function checkSamples(where: string, block: ParameterBlock, chunks: readonly SiteSides[]): void {
  checkBlock(where, 'block', block);
  for (const [c, chunk] of asList(where, 'chunks', chunks, 'chunks of examples').entries()) {
    checkObject(where, `chunks[${c}]`, chunk);
    const { count, samples, inputs, deltas } = chunk;
    checkInteger(where, `chunks[${c}].count`, count, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, `chunks[${c}].samples`, samples, 1, Number.MAX_SAFE_INTEGER);
    for (const [name, sides] of Object.entries({ inputs, deltas }))
      asMatrix(
        where,
        `chunks[${c}].${name}`,
        asList(where, `chunks[${c}].${name}`, sides, 'layers')[block.layer],
      );
  }
}
