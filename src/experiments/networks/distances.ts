/** @file How far the curvatures of one network are from each other: appendix C of the paper, and what each layer adds to the Kronecker step. */

import type { GraphNetwork } from '../../autodiff/index.ts';
import {
  basisOverlap,
  type EigenOperator,
  eigenvalueOverlap,
  type Problem,
  partition,
} from '../../curvature/index.ts';
import { frobenius, type Matrix, norm2 } from '../../linalg/index.ts';

/** Distances of the matrices themselves. */
export interface MatrixDistances {
  /** ‖H − G‖/‖H‖ (Eq. 14). */
  readonly residual: number;
  /** ‖BG − G‖/‖G‖ (Eq. 15). */
  readonly crossLayer: number;
  /** ‖diagonal blocks of H − G‖/‖H − G‖: 0 where the network is piecewise linear in every layer by itself, as with ReLU. */
  readonly hollow: number;
}

/** The blocks are those of layers. Neither matrix is changed. */
export function matrixDistances({ model }: Problem, hessian: Matrix, ggn: Matrix): MatrixDistances {
  const blockOf = new Int32Array(model.parameterCount);
  for (const [b, { indices }] of partition(model, 'layer').entries()) for (const i of indices) blockOf[i] = b;
  const residual = new Float64Array(hessian.rows);
  const within = new Float64Array(hessian.rows);
  const across = new Float64Array(hessian.rows);
  const gap = new Float64Array(hessian.cols);
  const inside = new Float64Array(hessian.cols);
  const outside = new Float64Array(hessian.cols);
  for (let i = 0; i < hessian.rows; i++) {
    const [h, g] = [hessian.row(i), ggn.row(i)];
    for (let j = 0; j < gap.length; j++) {
      const same = blockOf[i] === blockOf[j];
      gap[j] = h[j] - g[j];
      inside[j] = same ? gap[j] : 0;
      outside[j] = same ? 0 : g[j];
    }
    residual[i] = norm2(gap);
    within[i] = norm2(inside);
    across[i] = norm2(outside);
  }
  return {
    residual: ratio(norm2(residual), frobenius(hessian)),
    crossLayer: ratio(norm2(across), frobenius(ggn)),
    hollow: ratio(norm2(within), norm2(residual)),
  };
}

/** 0/0 counts as 0: two matrices of zeros do not differ. */
function ratio(part: number, whole: number): number {
  return part === 0 ? 0 : part / whole;
}

/** K-FAC and EK-FAC in one eigenbasis. */
export interface KroneckerPair {
  readonly ekfac: EigenOperator;
  readonly kfac: EigenOperator;
}

/** The overlaps of a pair with the block-GGN: of eigenvalues (Eq. 16, 17) and of eigenbases (Eq. 18). */
export function overlaps({ ekfac, kfac }: KroneckerPair, exact: EigenOperator): { [name: string]: number } {
  return {
    eigenvalueOverlapEkfac: eigenvalueOverlap(ekfac, exact),
    eigenvalueOverlapKfac: eigenvalueOverlap(kfac, exact),
    basisOverlapEkfac: basisOverlap(ekfac, exact),
    basisOverlapKfac: basisOverlap(kfac, exact),
  };
}

/** The Kronecker step at one layer. */
export interface LayerStep {
  readonly layer: string;
  readonly op: string;
  readonly parameters: number;
  /** Positions of an example at which its weight is used. */
  readonly positions: number;
  /** ‖B‖_F of its block of the GGN. */
  readonly norm: number;
  /** ‖B − Ĝ‖_F/‖B‖_F of EK-FAC and K-FAC. */
  readonly ekfac: number;
  readonly kfac: number;
}

/**
 * Layer by layer, in one basis: with σ* = diag(Uᵀ B U), the eigenvalues of EK-FAC, and s those of K-FAC, ‖B − U diag(σ*) Uᵀ‖² = ‖B‖² − ‖σ*‖² and
 * ‖B − U diag(s) Uᵀ‖² = ‖B‖² − 2⟨σ*, s⟩ + ‖s‖².
 */
export function layerSteps(
  model: GraphNetwork,
  { ekfac, kfac }: KroneckerPair,
  exact: EigenOperator,
): LayerStep[] {
  return partition(model, 'layer').map(({ indices, layer }): LayerStep => {
    const values = ({ values: all }: EigenOperator): Float64Array =>
      Float64Array.from(indices, (i) => all[i]);
    const [b, star, s] = [exact, ekfac, kfac].map(values);
    const whole = norm2(b);
    const square = whole * whole;
    const own = norm2(star) ** 2;
    const both = star.reduce((sum, x, i) => sum + x * s[i], 0);
    const relative = (gap: number): number => Math.sqrt(Math.max(0, gap)) / (whole === 0 ? 1 : whole);
    const { block, positions } = model.sites[layer];
    const named = model.layers[block];
    return {
      layer: named.name,
      op: named.op,
      parameters: indices.length,
      positions,
      norm: whole,
      ekfac: relative(square - own),
      kfac: relative(square - 2 * both + norm2(s) ** 2),
    };
  });
}
