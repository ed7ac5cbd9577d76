/** @file Stochastic Lanczos quadrature: traces of functions of an operator, and the density of its spectrum. */
import { checkFunction, checkNumber, checkObject, checkOptions } from '../border/arguments.ts';
import { asList } from '../border/instances.ts';
import { asVector, type VectorInput } from '../border/vector.ts';
import { checkFinite, checkInteger, checkLength } from '../checks.ts';
import { exp, log } from '../elementary.ts';
import { DomainError, ShapeError } from '../errors.ts';
import { Matrix, type Vec } from '../matrix.ts';
import { asOperator, type OperatorInput } from '../operators/checked-operator.ts';
import { LanczosProcess } from '../operators/lanczos-process.ts';
import type { LinearOperator } from '../operators/linear-operator.ts';
import { checkRng, type Rng } from '../random/random.ts';
import { meanWithError } from './stages.ts';

/** Options of {@link lanczosQuadrature}. */
export interface QuadratureOptions {
  /** Products with A per probe, and nodes of its rule; at least 2, never more than n. Default 80. */
  readonly steps?: number;
  /** Random vectors, at least 2, so that there is a standard error. Default 10. */
  readonly probes?: number;
}

/** A Gauss rule: Σ weights f(nodes) ≈ vᵀ f(A) v for a unit vector v. */
export interface GaussRule {
  /** Ascending. */
  readonly nodes: Vec;
  /** ≥ 0, sum 1. */
  readonly weights: Vec;
}

/** tr f(A), estimated. */
export interface SpectralSum {
  readonly value: number;
  /** Of the draw of the probes, from their spread. */
  readonly standardError: number;
  /** By how much the mean differs from that of rules of three quarters of the steps, at least one fewer: what is left by stopping there. */
  readonly truncation: number;
}

/** The density of a spectrum at some points. */
export interface SpectralDensity {
  readonly points: Vec;
  /** Smoothed density, integral 1: times n it counts eigenvalues. */
  readonly values: Vec;
  /** Of the draw of the probes. */
  readonly standardErrors: Vec;
  /** The standard deviation of the Gaussian that each node was smoothed by. */
  readonly width: number;
}

/** Steps where none are said. */
export const DEFAULT_STEPS = 80;
const DEFAULT_PROBES = 10;
/** Of one step there is no shorter rule to compare with. */
export const LEAST_STEPS = 2;
/** A rule with fewer nodes, to compare with. */
const SHORTER = 0.75;
/** Two points this factor of the density apart are resolved: κ of Lin, Saad and Yang. */
const RESOLUTION = 1.25;

/** One Gauss rule per random vector, of an operator of size n. Make one with {@link lanczosQuadrature}. */
export class LanczosQuadrature {
  readonly size: number;
  readonly steps: number;
  readonly rules: readonly GaussRule[];
  /** Rules of three quarters of the steps from the same vectors. */
  readonly shorter: readonly GaussRule[];
  /** Products with A. */
  readonly products: number;

  /** @param size - n. @param rules - At least two, and as many shorter ones. Not checked: that they belong together. */
  constructor(size: number, steps: number, rules: readonly GaussRule[], shorter: readonly GaussRule[]) {
    const where = 'LanczosQuadrature';
    checkInteger(where, 'size', size, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(where, 'steps', steps, 1, Number.MAX_SAFE_INTEGER);
    this.size = size;
    this.steps = steps;
    this.rules = asRules(where, 'rules', rules);
    this.shorter = asRules(where, 'shorter', shorter);
    if (shorter.length !== rules.length)
      throw new ShapeError(where, 'shorter', `${rules.length} rules`, `${shorter.length}`);
    this.products = this.rules.reduce((total, { nodes }) => total + nodes.length, 0);
  }

  /** The least and the largest node: inside the spectrum, and close to its ends. */
  get range(): readonly [low: number, high: number] {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { nodes } of this.rules) {
      low = Math.min(low, nodes[0]);
      high = Math.max(high, nodes[nodes.length - 1]);
    }
    return [low, high];
  }

  /**
   * The width that m nodes resolve: (high − low)/(m + 1) / √(8 ln 1.25), after Lin, Saad and Yang 2016, §3.2; of a spectrum of one point, ε
   * times its size.
   */
  get width(): number {
    const [low, high] = this.range;
    const width = (high - low) / ((this.steps + 1) * Math.sqrt(8 * log(RESOLUTION)));
    return Math.max(
      width,
      64 * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE / Number.EPSILON),
    );
  }

  /**
   * tr f(A) = n E[vᵀ f(A) v].
   *
   * @param f - Called with nodes, which lie within the spectrum of A up to rounding. @throws {DomainError} f gives no number.
   * @throws {NonFiniteError} it gives NaN or ±∞.
   */
  trace(f: (lambda: number) => number): SpectralSum {
    const where = 'LanczosQuadrature.trace';
    checkFunction(where, 'f', f);
    const samples = (rules: readonly GaussRule[]): Float64Array =>
      Float64Array.from(rules, ({ nodes, weights }) => {
        let total = 0;
        for (let k = 0; k < nodes.length; k++) {
          const value = f(nodes[k]);
          checkNumber(where, `f(${nodes[k]})`, value);
          total += weights[k] * value;
        }
        return this.size * total;
      });
    const own = samples(this.rules);
    checkFinite(where, 'f', own);
    const { mean, error } = meanWithError(own);
    return {
      value: mean,
      standardError: error,
      truncation: Math.abs(mean - meanWithError(samples(this.shorter)).mean),
    };
  }

  /**
   * The spectral density (1/n) Σ δ(t − λ_i), each δ a Gaussian of the given width.
   *
   * @param points - Where, shape [k], any order. @param width - > 0, in the units of A. Default {@link width}.
   */
  density(points: VectorInput, width: number = this.width): SpectralDensity {
    const where = 'LanczosQuadrature.density';
    const at = asVector(where, 'points', points);
    checkFinite(where, 'points', at);
    if (!(Number.isFinite(width) && width > 0))
      throw new DomainError(where, 'width', 'finite and > 0', width);
    const scale = 1 / (width * Math.sqrt(2 * Math.PI));
    const values = new Float64Array(at.length);
    const standardErrors = new Float64Array(at.length);
    for (let i = 0; i < at.length; i++) {
      const samples = this.rules.map(({ nodes, weights }) => {
        let total = 0;
        for (let k = 0; k < nodes.length; k++)
          total += weights[k] * exp(-0.5 * ((at[i] - nodes[k]) / width) ** 2);
        return scale * total;
      });
      const { mean, error } = meanWithError(samples);
      values[i] = mean;
      standardErrors[i] = error;
    }
    return { points: at, values, standardErrors, width };
  }
}

/**
 * Gauss rules of a symmetric A by the Lanczos process from random unit vectors v: nodes are the eigenvalues of its tridiagonal matrix,
 * weights the squared first elements of the eigenvectors. A rule of m steps is exact for vᵀp(A)v with polynomials p up to degree 2m − 1.
 *
 * @param operator - A, shape [n, n], n ≥ 1, symmetric. @param random - Gives the vectors, uniform on the sphere: n normal numbers each.
 * @throws {ShapeError} A is not square, or empty. @throws {DomainError} options. @throws {NonFiniteError} a product with A is not finite.
 * Not checked: symmetry.
 * Cost: steps · probes products, 8n·steps² flops per probe for full reorthogonalisation; steps vectors.
 * References: Golub and Welsch 1969; Ubaru, Chen and Saad 2017, Fast estimation of tr(f(A)) via stochastic Lanczos quadrature; Lin, Saad
 * and Yang 2016, Approximating spectral densities of large matrices.
 * @example lanczosQuadrature(hessianOperator(problem), rng(0, 'density')).density(points).values;
 */
export function lanczosQuadrature(
  operator: OperatorInput,
  random: Rng,
  options: QuadratureOptions = {},
): LanczosQuadrature {
  const where = 'lanczosQuadrature';
  checkOptions(where, options, ['steps', 'probes']);
  const op = asOperator(where, 'op', operator);
  checkRng(where, 'random', random);
  const { steps = DEFAULT_STEPS, probes = DEFAULT_PROBES } = options;
  if (op.rows !== op.cols || op.cols === 0)
    throw new ShapeError(where, 'op', 'square, not empty', `[${op.rows}, ${op.cols}]`);
  checkInteger(where, 'steps', steps, LEAST_STEPS, Number.MAX_SAFE_INTEGER);
  checkInteger(where, 'probes', probes, 2, Number.MAX_SAFE_INTEGER);
  const pairs = Array.from({ length: probes }, () => rulesFrom(op, Math.min(steps, op.cols), random));
  return new LanczosQuadrature(
    op.cols,
    Math.min(steps, op.cols),
    pairs.map(({ rule }) => rule),
    pairs.map(({ shorter }) => shorter),
  );
}

/** The rule of one random vector, and a shorter one. */
export function rulesFrom(
  op: LinearOperator,
  steps: number,
  random: Rng,
): { rule: GaussRule; shorter: GaussRule } {
  const process = new LanczosProcess(op.cols, (v) => op.matvec(v), steps, random);
  const early = Math.max(1, Math.min(steps - 1, Math.ceil(SHORTER * steps)));
  let shorter: GaussRule | undefined;
  do {
    process.step();
    if (process.size === early) shorter = gaussRule(process);
  } while (process.size < steps && process.beta > 0); // β = 0: the rule is exact for this vector
  const rule = gaussRule(process);
  return { rule, shorter: shorter ?? rule };
}

function gaussRule(process: LanczosProcess): GaussRule {
  const first = new Matrix(process.size, 1);
  first.data[0] = 1;
  const { values: nodes, rows } = process.diagonalise(first);
  return { nodes, weights: rows.data.map((value) => value * value) };
}

function asRules(where: string, argument: string, rules: readonly GaussRule[]): readonly GaussRule[] {
  const list = asList(where, argument, rules, 'Gauss rules');
  if (list.length < 2)
    throw new DomainError(where, argument, 'at least two Gauss rules', rules, `${list.length}`);
  return list.map((rule, i) => {
    checkObject(where, `${argument}[${i}]`, rule);
    const nodes = asVector(where, `${argument}[${i}].nodes`, rule.nodes);
    const weights = asVector(where, `${argument}[${i}].weights`, rule.weights);
    checkLength(where, `${argument}[${i}].weights`, weights, nodes.length);
    if (nodes.length === 0) throw new ShapeError(where, `${argument}[${i}].nodes`, 'not empty', 'length 0');
    return { nodes, weights };
  });
}
