/** @file Kronecker eigenbases made for the GGN block instead of for its factors: EK-FAC's diagonal holds more of the block. */
import { checkOneOf } from '../linalg/border/arguments.ts';
import { checkInteger } from '../linalg/checks.ts';
import { log } from '../linalg/elementary.ts';
import { DomainError } from '../linalg/errors.ts';
import type { Matrix, Vec } from '../linalg/matrix.ts';
import { type BlockSamples, blockSamples } from './block-samples.ts';
import type { EigenOperator } from './eigen-operator.ts';
import { ekfacInBasis } from './ekfac.ts';
import { checkCriterion, type DiagonalCriterion, jointDiagonal } from './joint-diagonal.ts';
import { eigenOfFactors, type KroneckerEigen, kroneckerEigen } from './kronecker-eigen.ts';
import { nearestKroneckerFactors } from './nearest-kronecker.ts';
import {
  asCurvatureProblem,
  type ChunkOptions,
  type CurvatureOptions,
  curvatureOptions,
  type ProblemInput,
} from './problem.ts';

export interface KroneckerBasisOptions extends CurvatureOptions, ChunkOptions {
  /** What the search improves; `{ kind: 'mass' }` when absent. */
  readonly criterion?: DiagonalCriterion;
  /** Where it begins: the basis of K-FAC's factors (default), or of the nearest Kronecker product's. */
  readonly start?: 'kfac' | 'nearest';
  /** Done when an alternation improves the criterion by no more than this part of it. Default 1e-3. */
  readonly rtol?: number;
  /** Alternations between the two factors. Default 10. */
  readonly maxAlternations?: number;
}

/** What the search did to one block. */
const SEARCH_OPTIONS = ['criterion', 'start', 'rtol', 'maxAlternations'];

export interface KroneckerBasisBlock extends KroneckerEigen {
  /** The criterion before the first and after every alternation: the mass ascends, the log-determinant descends. */
  readonly history: Vec;
}

/**
 * U_G ⊗ U_A per block in which the diagonal of B is as good as a local search finds it.
 *
 * With U_A fixed, the eigenvalues σ*[r, c] are the diagonals of the matrices H_c = (1/N) Σ (u_cᵀ ā_n)² M_n, one per column u_c of
 * U_A, in the basis U_G: the best U_G is their joint approximate diagonaliser. With U_G fixed the same holds of U_A. Either step improves
 * the criterion or leaves it. K-FAC's bases are what one gets from Σ_c H_c alone.
 *
 * For `mass`, ‖B − U diag(σ*) Uᵀ‖_F² = ‖B‖_F² − Σ σ*², so that the best Kronecker basis in Frobenius norm is sought. For `log-determinant`,
 * Σ log(σ* + floor) is, up to a constant, twice the Kullback–Leibler divergence from N(0, B + floor I) to its approximation.
 *
 * @param problem - Not modified. @param options - Criterion, start, when to stop, Fisher type and partition.
 * @returns per block the vectors and σ* of both factors' bases; `values` are the criterion's own only in `history`.
 * @throws {DomainError} options; as {@link blockSamples}, and with `start: 'nearest'` as {@link nearestKroneckerFactors}.
 * Cost per alternation: N(in·out²/2 + out·in²/2) for the matrices and O(in·out³ + out·in³) per Jacobi sweep.
 * References: George et al. 2018 (the diagonal); Cardoso and Souloumiac 1996, Pham 2001 (the joint diagonaliser).
 * @example ekfacInBasis(problem, kroneckerBasisSearch(problem));
 */
export function kroneckerBasisSearch(
  problem: ProblemInput,
  options: KroneckerBasisOptions = {},
): readonly KroneckerBasisBlock[] {
  const where = 'kroneckerBasisSearch';
  const checked = asCurvatureProblem(where, problem, options, SEARCH_OPTIONS);
  const { criterion = { kind: 'mass' }, start = 'kfac', rtol = 1e-3, maxAlternations = 10 } = options;
  const own = curvatureOptions(options);
  checkOneOf(where, 'start', start, ['kfac', 'nearest']);
  checkCriterion(where, criterion);
  if (!(typeof rtol === 'number' && rtol >= 0)) throw new DomainError(where, 'rtol', '≥ 0', rtol);
  checkInteger(where, 'maxAlternations', maxAlternations, 0, Number.MAX_SAFE_INTEGER);
  const blocks =
    start === 'kfac' ? kroneckerEigen(checked, own) : eigenOfFactors(nearestKroneckerFactors(checked, own));
  return blockSamples(checked, own).map((samples, b) =>
    searchBlock(samples, blocks[b], criterion, rtol, maxAlternations),
  );
}

/** {@link ekfacInBasis} in the bases of {@link kroneckerBasisSearch}. */
export function ekfacSearched(problem: ProblemInput, options: KroneckerBasisOptions = {}): EigenOperator {
  const checked = asCurvatureProblem('ekfacSearched', problem, options, SEARCH_OPTIONS);
  return ekfacInBasis(checked, kroneckerBasisSearch(checked, options), curvatureOptions(options));
}

/** Angles below this are not worth a rotation of an inner search, and sweeps of it: the alternation continues anyway. */
const INNER = { tolerance: 1e-3, maxSweeps: 3 };

function searchBlock(
  samples: BlockSamples,
  { block, left, right }: KroneckerEigen,
  criterion: DiagonalCriterion,
  rtol: number,
  maxAlternations: number,
): KroneckerBasisBlock {
  const options = { ...INNER, criterion };
  let [u, v] = [left.vectors, right.vectors];
  const history: number[] = [];
  for (let k = 0; k < maxAlternations; k++) {
    const along = samples.gradientMoments(v);
    const turned = jointDiagonal(along, u, options);
    if (k === 0) history.push(measure(jointDiagonal(along, u, { maxSweeps: 0 }).rotated, criterion));
    u = turned.basis;
    const across = jointDiagonal(samples.inputMoments(u), v, options);
    v = across.basis;
    history.push(measure(across.rotated, criterion));
    const [before, after] = history.slice(-2);
    if (Math.abs(after - before) <= rtol * Math.abs(after)) break;
  }
  return {
    block,
    left: { values: left.values, vectors: u },
    right: { values: right.values, vectors: v },
    history: Float64Array.from(history),
  };
}

/** The criterion of matrices that were rotated already. */
function measure(rotated: readonly Matrix[], criterion: DiagonalCriterion): number {
  let total = 0;
  for (const m of rotated)
    for (let i = 0; i < m.rows; i++)
      total += criterion.kind === 'mass' ? m.at(i, i) ** 2 : log(m.at(i, i) + criterion.floor);
  return total;
}
