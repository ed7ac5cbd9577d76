/** @file The matrix exponential, and whole powers of a matrix. */
import { asMatrix, type MatrixInput } from '../border/matrix.ts';
import { checkInteger, checkSquare } from '../checks.ts';
import { addMatrices, scaleMatrix, subtractMatrices } from '../elementwise.ts';
import { NumericalError } from '../errors.ts';
import { lu } from '../factorisations/lu.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { powerOfTwo } from '../power-of-two.ts';
import { matmul, matvec } from '../products.ts';
import { checkRepresentable } from '../safe-scale.ts';
import { maxAbs } from '../sum.ts';
import { scaledCopy } from './schur.ts';

/** [m/m] Padé approximants by degree, with the largest ‖A‖₁ at which each is exact to rounding. */
const DEGREES: readonly (readonly [degree: number, theta: number])[] = [
  [3, 1.495585217958292e-2],
  [5, 2.53939833006323e-1],
  [7, 9.504178996162932e-1],
  [9, 2.097847961257068],
];
/** The same of degree 13 in the measure of Al-Mohy and Higham. */
const THETA_13 = 4.25;

/**
 * exp(A) = Σ Aᵏ / k!.
 *
 * @param a - Shape [n, n]. Not modified. @returns shape [n, n].
 * @throws {ShapeError} a is not square. @throws {NonFiniteError} a holds NaN or ±∞. @throws {NumericalError} an element is beyond the largest double.
 * Cost: 5 to 8 products and a solve with n right-hand sides, and a product for each of about log₂ ‖A‖ squarings.
 * Accuracy as tested: relative error ≤ 16 n ε max(1, ‖A‖) for normal matrices; in general n ε times the condition of the problem.
 * Reference: Al-Mohy and Higham (2009), A new scaling and squaring algorithm for the matrix exponential, SIAM J. Matrix Anal. Appl. 31.
 * @example expm([[0, 1], [0, 0]]).toArray(); // [[1, 1], [0, 1]]
 */
export function expm(a: MatrixInput): Matrix {
  const matrix = asMatrix('expm', 'a', a);
  const { n, h, exponent } = scaledCopy('expm', matrix);
  const unit = new Matrix(n, n, h); // A = 2^exponent unit
  const squarings = scalings(unit, exponent);
  const scaled =
    squarings === exponent ? unit : scaleMatrix(powerOfTwo(Math.max(exponent - squarings, -1000)), unit);
  const degree = squarings > 0 ? 13 : degreeFor(scaled);
  let out = pade(scaled, degree);
  for (let k = 0; k < squarings; k++) {
    out = matmul(out, out);
    if (!Number.isFinite(maxAbs(out.data))) break; // infinite for good
  }
  checkRepresentable('expm', matrix.data, out.data);
  return out;
}

/**
 * Aᵏ by repeated squaring; A⁰ = I.
 *
 * @param a - Shape [n, n]. Not modified. @param k - A whole number ≥ 0. @throws {ShapeError} a is not square.
 * @throws {DomainError} k is no whole number ≥ 0. @throws {NumericalError} an element is beyond the largest double.
 * Cost: at most 2 log₂ k products. @example matrixPower([[1, 1], [0, 1]], 5).toArray(); // [[1, 5], [0, 1]]
 */
export function matrixPower(a: MatrixInput, k: number): Matrix {
  const matrix = asMatrix('matrixPower', 'a', a);
  checkSquare('matrixPower', 'a', matrix);
  checkInteger('matrixPower', 'k', k, 0, Number.MAX_SAFE_INTEGER);
  let out = Matrix.identity(matrix.rows);
  let square = matrix;
  for (let rest = k; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) out = matmul(out, square);
    if (rest > 1) square = matmul(square, square);
  }
  checkRepresentable('matrixPower', matrix.data, out.data);
  return out;
}

/** s with 2⁻ˢ A near enough to 0 for degree 13, at least; 0 where a lower degree does without. `unit` is 2^−exponent A. */
function scalings(unit: Matrix, exponent: number): number {
  const size = norm1(unit) * 2 ** Math.min(exponent, 1000);
  if (size <= DEGREES[3][1]) return 0;
  // ‖Aᵏ‖^(1/k) may be much less than ‖A‖: from them the bounds of the series, in units of 2^exponent
  const a2 = matmul(unit, unit);
  const a4 = matmul(a2, a2);
  const [d6, d8, d10] = [
    norm1(matmul(a4, a2)) ** (1 / 6),
    norm1(matmul(a4, a4)) ** (1 / 8),
    norm1(matmul(matmul(a4, a4), a2)) ** (1 / 10),
  ];
  const eta = Math.min(Math.max(d6, d8), Math.max(d8, d10));
  if (!(eta > 0)) return Math.max(0, exponent + extraScalings(unit, exponent, 0)); // nilpotent
  const s = Math.max(0, Math.ceil(Math.log2(eta / THETA_13)) + exponent);
  return s + extraScalings(unit, exponent, s);
}

/** How many more, so that rounding in the highest power |A|²⁷ does not count. */
function extraScalings(unit: Matrix, exponent: number, s: number): number {
  const magnitude = unit.map(Math.abs);
  let x: Vec = new Float64Array(unit.rows).fill(1);
  let log2 = 0; // of the scale taken out of x
  for (let k = 0; k < 27; k++) {
    x = matvec(magnitude, x, { transpose: true });
    const size = maxAbs(x);
    if (size === 0) return 0;
    x = x.map((value) => value / size);
    log2 += Math.log2(size) + exponent - s;
  }
  const coefficient = Math.log2(1.1325077560602111e35); // of the first neglected term, its inverse
  const alpha = log2 - coefficient - (Math.log2(norm1(unit)) + exponent - s);
  return Math.max(0, Math.ceil((alpha + 53) / 26));
}

function degreeFor(a: Matrix): number {
  const size = norm1(a);
  return DEGREES.find(([, theta]) => size <= theta)?.[0] ?? 13;
}

/** (V − U)⁻¹ (V + U), the [m/m] approximant: V the even powers, U the odd ones. */
function pade(a: Matrix, degree: number): Matrix {
  const b = coefficients(degree);
  const identity = Matrix.identity(a.rows);
  const a2 = matmul(a, a);
  const powers = [identity, a2];
  /** Σ b_{2(j + shift) + parity} A²ʲ over from ≤ j ≤ to. */
  const combine = (parity: number, from: number, to: number, shift = 0): Matrix => {
    let out = new Matrix(a.rows, a.rows);
    for (let j = from; j <= to; j++)
      out = addMatrices(out, scaleMatrix(b[2 * (j + shift) + parity], powers[j]));
    return out;
  };
  const last = degree === 13 ? 3 : (degree - 1) / 2;
  while (powers.length <= last) powers.push(matmul(powers[powers.length - 1], a2));
  let [v, u] = [0, 1].map((parity) => combine(parity, 0, last));
  if (degree === 13) {
    v = addMatrices(v, matmul(powers[3], combine(0, 1, 3, 3))); // A⁶ (b₈ A² + b₁₀ A⁴ + b₁₂ A⁶)
    u = addMatrices(u, matmul(powers[3], combine(1, 1, 3, 3)));
  }
  u = matmul(a, u);
  return lu(subtractMatrices(v, u)).solve(addMatrices(v, u));
}

/** bₖ = (2m − k)! m! / ((2m)! k! (m − k)!) times (2m)! / m!, whole numbers. */
function coefficients(m: number): number[] {
  const out = [1];
  for (let k = m; k > 0; k--) out.unshift((out[0] * k * (2 * m - k + 1)) / (m - k + 1));
  return out;
}

/** The greatest column sum of |aᵢⱼ|. */
function norm1(a: Matrix): number {
  const totals = new Float64Array(a.cols);
  for (const row of a) for (let j = 0; j < row.length; j++) totals[j] += Math.abs(row[j]);
  const size = maxAbs(totals);
  if (Number.isNaN(size))
    throw new NumericalError('expm: a power of the matrix is beyond the largest double. Scale the problem.');
  return size;
}
