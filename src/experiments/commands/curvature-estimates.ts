/** @file What `curvature` says of a matrix that it does not write: trace, diagonal, log-determinant and density of the spectrum, from products. */
import { EigenOperator } from '../../curvature/index.ts';
import { operatorDiagonal } from '../../curvature/operator-diagonal.ts';
import { log } from '../../linalg/elementary.ts';
import {
  estimateDiagonal,
  estimateTrace,
  LanczosQuadrature,
  type LinearOperator,
  lanczosQuadrature,
  Matrix,
  rng,
  sum,
  type Vec,
} from '../../linalg/index.ts';
import { CommandError } from '../files/command-error.ts';
import type { Json } from '../files/digest.ts';
import { counted } from '../judging/table.ts';

/** What is to be said, and by how much work. */
export interface AskedEstimates {
  readonly trace: boolean;
  readonly logDeterminant: boolean;
  readonly density: boolean;
  readonly diagonal: boolean;
  readonly products: number;
  readonly steps: number;
  readonly probes: number;
  readonly points: number;
  readonly seed: number;
}

/** Numbers with their errors, by name, for people and for files. */
export interface Estimates {
  readonly figures: { readonly [name: string]: Json };
  readonly lines: readonly string[];
  /** [points, 3]: where, the density, its standard error. */
  readonly density?: Matrix;
  /** In the order of the operator's rows. */
  readonly diagonal?: { readonly values: Vec; readonly standardErrors: Vec };
}

/**
 * Estimates from products with C, and exact numbers where its eigenvalues are known or the products reach its size.
 *
 * @param name - Of the matrix, for messages. @throws {CommandError} the log-determinant of a matrix that is not positive definite.
 */
export function estimatesOf(
  name: string,
  op: LinearOperator | EigenOperator,
  asked: AskedEstimates,
): Estimates {
  const quadrature = asked.density || asked.logDeterminant ? quadratureOf(op, asked) : undefined;
  const parts = [
    ...(asked.trace ? [traceOf(op, asked)] : []),
    ...(asked.logDeterminant && quadrature ? [logDeterminantOf(name, op, quadrature)] : []),
    ...(asked.density && quadrature ? [densityOf(op, quadrature, asked)] : []),
    ...(asked.diagonal ? [diagonalOf(op, asked)] : []),
  ];
  return {
    ...Object.assign({}, ...parts),
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
    lines: parts.flatMap(({ lines }) => lines),
  };
}

function traceOf(op: LinearOperator | EigenOperator, { products: most, seed }: AskedEstimates): Estimates {
  if (op instanceof EigenOperator) return number('trace', 'trace', sum(op.values), 0, { products: 0 });
  const random = rng(seed, 'curvature', 'trace');
  const { value, stats } = estimateTrace(op, random, { maxProducts: most });
  const { standardError, products } = stats;
  return number('trace', 'trace', value, standardError, { products });
}

/** Rules of Lanczos; of a known spectrum that spectrum, twice, since there is nothing to draw. */
function quadratureOf(
  op: LinearOperator | EigenOperator,
  { steps, probes, seed }: AskedEstimates,
): LanczosQuadrature {
  if (!(op instanceof EigenOperator))
    return lanczosQuadrature(op, rng(seed, 'curvature', 'density'), { steps, probes });
  const nodes = op.values.slice().sort();
  const rule = { nodes, weights: new Float64Array(nodes.length).fill(1 / nodes.length) };
  return new LanczosQuadrature(nodes.length, Math.min(steps, nodes.length), [rule, rule], [rule, rule]);
}

function logDeterminantOf(
  name: string,
  op: LinearOperator | EigenOperator,
  quadrature: LanczosQuadrature,
): Estimates {
  const [least, largest] = quadrature.range;
  if (!(least > op.rows * Number.EPSILON * largest))
    throw new CommandError(
      `--log-determinant: the ${name} is not positive definite to working precision: it has an eigenvalue near ${least.toExponential(2)}, its largest is ${largest.toExponential(2)}. Give a larger --damping.`,
    );
  const { value, standardError, truncation } = quadrature.trace(log);
  const products = op instanceof EigenOperator ? 0 : quadrature.products;
  return number('logDeterminant', 'log-determinant', value, standardError, { truncation, products });
}

function densityOf(
  op: LinearOperator | EigenOperator,
  quadrature: LanczosQuadrature,
  { points }: AskedEstimates,
): Estimates {
  const { range, width, steps } = quadrature;
  const low = range[0] - MARGIN * width;
  const high = range[1] + MARGIN * width;
  const at = Float64Array.from({ length: points }, (_, k) => low + ((high - low) * k) / (points - 1));
  const { values, standardErrors } = quadrature.density(at);
  const density = new Matrix(points, 3);
  for (let k = 0; k < points; k++) density.row(k).set([at[k], values[k], standardErrors[k]]);
  const products = op instanceof EigenOperator ? 0 : quadrature.products;
  return {
    density,
    figures: { density: { range: [...range], width, steps, products } },
    lines: [
      `spectrum from ${range[0].toPrecision(4)} to ${range[1].toPrecision(4)}; density at ${points} points, each eigenvalue smoothed by ${width.toPrecision(3)}, ${productsInWords(products)}`,
    ],
  };
}

/** Widths of the smoothing that the points reach beyond the spectrum. */
const MARGIN = 4;

function diagonalOf(op: LinearOperator | EigenOperator, asked: AskedEstimates): Estimates {
  const { values, standardErrors, standardError, products } = elementsOf(op, asked);
  const error = standardError === 0 ? '' : `, norm of their standard errors ${standardError.toPrecision(3)}`;
  return {
    diagonal: { values, standardErrors },
    figures: { diagonal: { sum: sum(values), standardError, products } },
    lines: [`diagonal of ${values.length} elements${error}, ${productsInWords(products)}`],
  };
}

/** The diagonal, exactly where its eigenvectors are known, else from products. */
function elementsOf(op: LinearOperator | EigenOperator, { products: maxProducts, seed }: AskedEstimates) {
  if (op instanceof EigenOperator) {
    const values = operatorDiagonal(op);
    return { values, standardErrors: new Float64Array(values.length), standardError: 0, products: 0 };
  }
  const random = rng(seed, 'curvature', 'diagonal');
  const { values, standardErrors, stats } = estimateDiagonal(op, random, { maxProducts });
  return { values, standardErrors, standardError: stats.standardError, products: stats.products };
}

function number(
  key: string,
  name: string,
  value: number,
  standardError: number,
  more: { readonly products: number; readonly truncation?: number },
): Estimates {
  const { products, truncation } = more;
  const error = standardError === 0 ? '' : ` ± ${standardError.toPrecision(2)} (standard error)`;
  const cut =
    truncation !== undefined && truncation > standardError
      ? `; fewer --steps change it by ${truncation.toPrecision(2)}, so take more`
      : '';
  return {
    figures: { [key]: { value, standardError, ...more } },
    lines: [`${name} ${value.toPrecision(8)}${error}${cut}, ${productsInWords(products)}`],
  };
}

function productsInWords(products: number): string {
  return products === 0 ? 'from the eigenvalues' : counted(products, 'product');
}

/** Every number of them, to be checked: a sum can overflow where what it adds up does not. */
export function numbersOf({ figures, density, diagonal }: Estimates): Float64Array {
  const numbers = (value: Json): readonly number[] => {
    if (typeof value === 'number') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [];
  };
  const { values, standardErrors } = diagonal ?? { values: [], standardErrors: [] };
  return Float64Array.from([...numbers(figures), ...(density?.data ?? []), ...values, ...standardErrors]);
}
