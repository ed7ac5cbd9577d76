/** @file The one class that every curvature becomes: a symmetric matrix by its eigenbasis and eigenvalues. */

import {
  checkFunction,
  checkNumber,
  checkObject,
  checkOneOf,
  checkOptions,
} from '../linalg/border/arguments.ts';
import { asList } from '../linalg/border/instances.ts';
import { asMatrix, type MatrixInput } from '../linalg/border/matrix.ts';
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkInteger, checkLength, checkShape } from '../linalg/checks.ts';
import { DomainError, ShapeError, UnsupportedError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import type { OrthogonalBasis } from '../linalg/operators/basis.ts';
import type { LinearOperator } from '../linalg/operators/operator.ts';
import { transpose } from '../linalg/products.ts';
import { maxAbs, norm2, sum } from '../linalg/sum.ts';
import { checkInverseRule, factorMode, type InverseRule, keeps, spectralInverse } from './inverse-rule.ts';

/**
 * The spectra of one Kronecker block G ⊗ A: `left` λ_G of length p, `right` λ_A of length q. The block's eigenvalue at
 * `indices[r·q + c]` is left[r]·right[c].
 */
export interface FactorSpectra {
  readonly indices: Int32Array;
  readonly left: Vec;
  readonly right: Vec;
}

export interface EigenOperatorOptions {
  /** What is known by construction: `'psd'` for every Gauss–Newton kind; `'symmetric'` when absent. */
  readonly structure?: 'symmetric' | 'psd';
  /** The spectra of the Kronecker factors, one entry per block; makes `factors: 'separate'` possible. */
  readonly factors?: readonly FactorSpectra[];
}

/** What an inverse rule does to a spectrum. */
export interface SpectrumReport {
  /** Eigenvalues in all, inverted, and sent to zero: size = rank + dropped. */
  readonly size: number;
  readonly rank: number;
  readonly dropped: number;
  /** Inverted eigenvalues below zero. */
  readonly negative: number;
  /** Extremes of the whole spectrum. */
  readonly smallest: number;
  readonly largest: number;
  /** The smallest |σ| among the inverted ones; +∞ when there are none. */
  readonly smallestKept: number;
}

/**
 * C = Q diag(σ) Qᵀ. Hessian, GGN, block-GGN, K-FAC and EK-FAC differ only in the Q and σ they pass; inversion,
 * damping, truncation, traces and norms are written here once.
 *
 * The basis may be partial: w < n eigenvectors, though all n eigenvalues are known. Then trace, norm and reports are as ever,
 * and Q diag(f(σ)) Qᵀ is exact for every f that vanishes on the eigenvalues without a vector, as a truncated inverse
 * with a large enough ε does. Any other f needs vectors that are not there, and throws {@link UnsupportedError}.
 *
 * @param basis - Q, orthonormal columns, shape [n, w]: dense, block or Kronecker. Trusted, not measured.
 * @param values - σ, shape [n]: `values[i]` belongs to rotated coordinate i; those from w on have no vector. Otherwise any
 *   order. Taken over, not copied.
 * @throws {ShapeError} lengths differ, or factors that do not fit. @throws {DomainError} a factor's index ≥ n.
 * Cost: one rotation and one back-rotation per product; a dense Q costs 4nw flops per vector, a Kronecker one 4n(p + q).
 * @example new EigenOperator(new DenseBasis(Matrix.identity(2)), Float64Array.of(2, 4)).matvec(Float64Array.of(1, 1)); // [2, 4]
 */
export class EigenOperator implements LinearOperator {
  readonly basis: OrthogonalBasis;
  readonly values: Vec;
  readonly rows: number;
  readonly cols: number;
  readonly structure: 'symmetric' | 'psd';
  readonly factors: readonly FactorSpectra[] | undefined;

  constructor(basis: OrthogonalBasis, spectrum: VectorInput, options: EigenOperatorOptions = {}) {
    checkBasis('EigenOperator', basis);
    const values = asVector('EigenOperator', 'values', spectrum);
    checkLength('EigenOperator', 'values', values, basis.size);
    checkOptions('EigenOperator', options, ['structure', 'factors']);
    if (options.structure !== undefined)
      checkOneOf('EigenOperator', 'structure', options.structure, ['symmetric', 'psd']);
    this.basis = basis;
    this.values = values;
    this.rows = basis.size;
    this.cols = basis.size;
    this.structure = options.structure ?? 'symmetric';
    this.factors = options.factors;
    if (options.factors !== undefined) checkFactorSpectra(options.factors, basis.size);
  }

  /** Whether every eigenvalue has its vector. */
  get complete(): boolean {
    return this.basis.width === this.basis.size;
  }

  /**
   * Q diag(f(σ)) Qᵀ applied to the rows of x, shape [k, n] → [k, n]. `f` also gets the eigenvalue's position.
   *
   * @throws {UnsupportedError} f is not 0 at an eigenvalue without a vector.
   */
  apply(f: (sigma: number, index: number) => number, x: MatrixInput): Matrix {
    checkFunction('EigenOperator.apply', 'f', f);
    const weights = this.values.map((sigma, index) => {
      const weight = f(sigma, index);
      checkNumber('EigenOperator.apply', `f(${sigma}, ${index})`, weight);
      return weight;
    });
    return this.applyWeights(weights, x);
  }

  /** C applied to the rows of x, shape [k, n] → [k, n]. @throws {UnsupportedError} a nonzero eigenvalue lacks its vector. */
  applyRows(x: MatrixInput): Matrix {
    return this.applyWeights(this.values, x);
  }

  /** C x. */
  matvec(x: VectorInput): Vec {
    const row = asVector('EigenOperator.matvec', 'x', x);
    checkLength('EigenOperator.matvec', 'x', row, this.cols);
    return this.applyRows(new Matrix(1, this.cols, row)).data;
  }

  /** C X, one vector per column, shape [n, k] → [n, k]. */
  matmat(x: MatrixInput): Matrix {
    const columns = asMatrix('EigenOperator.matmat', 'x', x);
    checkShape('EigenOperator.matmat', 'x', columns, this.cols, columns.cols);
    return transpose(this.applyRows(transpose(columns)));
  }

  /** C itself: it is symmetric. */
  transpose(): EigenOperator {
    return this;
  }

  /**
   * f(C) applied to the rows of x, where f is the rule's stand-in for the inverse.
   *
   * @param x - One vector per row, shape [k, n]. Not modified.
   * @returns shape [k, n].
   * @throws {SingularError} a damped spectrum holds a vanishing value. @throws {UnsupportedError} `factors: 'separate'`
   *   without Kronecker factors; a partial basis without a vector that the rule needs. @throws {ShapeError} x.cols ≠ n.
   *   @throws {DomainError} not a rule.
   * @example operator.applyInverse(gradients, { kind: 'damped', lambda: 1e-3 }); // one solution per row
   */
  applyInverse(x: MatrixInput, rule: InverseRule): Matrix {
    return this.applyWeights(this.inverseValues(rule), x);
  }

  /** The inverse under a rule as an operator of its own, in the same basis. Throws as {@link applyInverse}. */
  inverse(rule: InverseRule): EigenOperator {
    const values = this.inverseValues(rule);
    this.checkWithinBasis(values);
    const structure = values.every((value) => value >= 0) ? 'psd' : 'symmetric';
    return new EigenOperator(this.basis, values, { structure });
  }

  /** The eigenvalues of the inverse under a rule, shape [n], in the order of `values`. Throws as {@link applyInverse}. */
  inverseValues(rule: InverseRule): Vec {
    checkInverseRule('EigenOperator', rule);
    if (factorMode(rule) === 'product') {
      const f = spectralInverse(rule, maxAbs(this.values));
      return this.values.map((sigma) => f(sigma));
    }
    const out = new Float64Array(this.values.length);
    for (const { indices, left, right } of this.separateFactors()) {
      const leftInverse = left.map(spectralInverse(rule, maxAbs(left)));
      const rightInverse = right.map(spectralInverse(rule, maxAbs(right)));
      for (let r = 0, k = 0; r < left.length; r++)
        for (let c = 0; c < right.length; c++, k++) out[indices[k]] = leftInverse[r] * rightInverse[c];
    }
    return out;
  }

  /**
   * What a rule inverts and what it drops; nothing is inverted, so a singular spectrum is reported too.
   *
   * @throws {DomainError} not a rule. @throws {UnsupportedError} `factors: 'separate'` without Kronecker factors.
   */
  kept(rule: InverseRule): SpectrumReport {
    checkInverseRule('EigenOperator.kept', rule);
    const isKept = this.keptMask(rule);
    let rank = 0;
    let negative = 0;
    let smallest = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    let smallestKept = Number.POSITIVE_INFINITY;
    for (const [i, sigma] of this.values.entries()) {
      smallest = Math.min(smallest, sigma);
      largest = Math.max(largest, sigma);
      if (isKept[i] === 0) continue;
      rank++;
      if (sigma < 0) negative++;
      smallestKept = Math.min(smallestKept, Math.abs(sigma));
    }
    const size = this.values.length;
    return { size, rank, dropped: size - rank, negative, smallest, largest, smallestKept };
  }

  /** tr C = Σ σ, compensated. */
  trace(): number {
    return sum(this.values);
  }

  /** ‖C‖_F = ‖σ‖₂, without overflow. */
  frobeniusNorm(): number {
    return norm2(this.values);
  }

  /**
   * C as a matrix, exactly symmetric. @throws {UnsupportedError} a nonzero eigenvalue lacks its vector.
   * Cost: 2n³ flops in a dense basis, and n² numbers.
   */
  toDense(): Matrix {
    const out = this.applyRows(Matrix.identity(this.rows));
    for (let i = 0; i < out.rows; i++)
      for (let j = 0; j < i; j++) out.data[j * out.cols + i] = out.data[i * out.cols + j];
    return out;
  }

  private applyWeights(weights: Vec, x: MatrixInput): Matrix {
    const rows = asMatrix('EigenOperator', 'x', x);
    checkShape('EigenOperator', 'x', rows, rows.rows, this.cols);
    this.checkWithinBasis(weights);
    const z = this.basis.rotate(rows);
    for (let i = 0, k = 0; i < z.rows; i++) for (let j = 0; j < z.cols; j++, k++) z.data[k] *= weights[j];
    return this.basis.unrotate(z);
  }

  /** Refuses weights that are not 0 where there is no vector. */
  private checkWithinBasis(weights: Vec): void {
    const { size, width } = this.basis;
    let needed = width;
    while (needed < size && weights[needed] === 0) needed++;
    if (needed === size) return;
    const largest = maxAbs(this.values.subarray(width));
    throw new UnsupportedError(
      `EigenOperator: only ${width} of ${size} eigenvectors were computed. The others, with |σ| ≤ ${largest.toPrecision(6)}, ` +
        'are needed here. Use a truncated rule with at least that eps, or build the curvature without keepAbove.',
    );
  }

  private keptMask(rule: InverseRule): Uint8Array {
    if (factorMode(rule) === 'product')
      return Uint8Array.from(this.values, (sigma) => (keeps(rule, sigma) ? 1 : 0));
    const mask = new Uint8Array(this.values.length);
    for (const { indices, left, right } of this.separateFactors())
      for (let r = 0, k = 0; r < left.length; r++)
        for (let c = 0; c < right.length; c++, k++)
          mask[indices[k]] = keeps(rule, left[r]) && keeps(rule, right[c]) ? 1 : 0;
    return mask;
  }

  private separateFactors(): readonly FactorSpectra[] {
    if (this.factors === undefined)
      throw new UnsupportedError(
        "EigenOperator: a rule with factors: 'separate' needs Kronecker factors. Only K-FAC has them; " +
          "use factors: 'product' here.",
      );
    return this.factors;
  }
}

/** Refuses what has not the size and the two functions of a basis. */
function checkBasis(where: string, basis: OrthogonalBasis): void {
  checkObject(where, 'basis', basis);
  checkInteger(where, 'basis.size', basis.size, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'basis.width', basis.width, 0, basis.size);
  checkFunction(where, 'basis.rotate', basis.rotate);
  checkFunction(where, 'basis.unrotate', basis.unrotate);
}

function checkFactorSpectra(factors: readonly FactorSpectra[], size: number): void {
  let covered = 0;
  for (const [b, spectra] of asList('EigenOperator', 'factors', factors, 'spectra').entries()) {
    checkObject('EigenOperator', `factors[${b}]`, spectra);
    const { indices, left, right } = spectra;
    checkLength('EigenOperator', `factors[${b}].indices`, indices, left.length * right.length);
    for (const index of indices)
      if (index < 0 || index >= size)
        throw new DomainError('EigenOperator', `factors[${b}].indices`, `in 0..${size - 1}`, index);
    covered += indices.length;
  }
  if (covered !== size)
    throw new ShapeError(
      'EigenOperator',
      'factors',
      `to cover all ${size} eigenvalues`,
      `${covered} indices`,
    );
}
