/** @file Damping that each module has for itself, and damping of Kronecker factors. */

import type { Network } from '../autodiff/network.ts';
import { checkFiniteNumber, checkObject, checkOneOf } from '../linalg/border/arguments.ts';
import { asList, checkInstance } from '../linalg/border/instances.ts';
import { asIntegers } from '../linalg/border/integers.ts';
import { asVector, type VectorInput } from '../linalg/border/vector.ts';
import { checkLength, checkNonNegative } from '../linalg/checks.ts';
import { SingularError, UnsupportedError } from '../linalg/errors.ts';
import type { Vec } from '../linalg/matrix.ts';
import { EigenOperator, type FactorSpectra } from './eigen-operator.ts';
import { type ParameterBlock, type PartitionKind, partition } from './partition.ts';

/** λ of one block of parameters. */
export interface ModuleDamping {
  readonly block: ParameterBlock;
  /** tr(C_b)/d_b, the mean of the block's eigenvalues, in the units of the mean-loss curvature. */
  readonly meanEigenvalue: number;
  /** The multiple of it. */
  readonly damping: number;
}

/** kronfluence's multiple of the mean eigenvalue. */
const FRACTION = 0.1;

/**
 * λ_b = fraction · tr(C_b)/d_b for every block of a block-diagonal curvature.
 *
 * The mean is that of the operator's own eigenvalues. Of the block-GGN and of EK-FAC it is tr(G_b)/d_b, since they have the trace of the GGN;
 * of K-FAC it is (tr A/in)(tr G/out), the product of the factors' means, which is another number. These are the means that kronfluence takes.
 *
 * @param operator - Block-GGN, EK-FAC, K-FAC or a diagonal of `model`, complete. @param kind - Its partition, one λ per block: per layer
 * (all groups of a convolution together) when absent. @param fraction - Default 0.1.
 * @returns in the order of {@link partition}.
 * @throws {ShapeError} an operator of another size. @throws {UnsupportedError} without all eigenvectors. @throws {DomainError} fraction < 0.
 * Not checked: that the operator is block-diagonal in these blocks.
 * Reference: Grosse et al. 2023, Studying large language model generalization with influence functions, §3; kronfluence 1.0 (its default).
 * @example moduleDampings(ekfac(problem), problem.model).map(({ damping }) => damping);
 */
export function moduleDampings(
  operator: EigenOperator,
  model: Network,
  kind: PartitionKind = 'layer',
  fraction: number = FRACTION,
): readonly ModuleDamping[] {
  const where = 'moduleDampings';
  const blocks = partition(model, kind);
  checkOperator(where, operator, model.parameterCount);
  checkNonNegative(where, 'fraction', fraction);
  return blocks.map((block) => {
    const total = block.indices.reduce((sum, index) => sum + operator.values[index], 0);
    const meanEigenvalue = total / block.indices.length;
    return { block, meanEigenvalue, damping: fraction * meanEigenvalue };
  });
}

/**
 * C + ⊕_b λ_b I in the basis of C: what kronfluence inverts. Invert it by the rule `{ kind: 'truncated', eps: 0, negative: 'keep' }`.
 *
 * @param operator - As for {@link moduleDampings}. @param dampings - λ_b > 0 per block, which cover θ.
 * @throws {SingularError} a λ_b ≤ 0: the module has no curvature. Otherwise as {@link moduleDampings}.
 * @example dampModules(c, moduleDampings(c, model)).applyInverse(gradients, { kind: 'truncated', eps: 0, negative: 'keep' });
 */
export function dampModules(operator: EigenOperator, dampings: readonly ModuleDamping[]): EigenOperator {
  const where = 'dampModules';
  checkOperator(where, operator);
  const values = operator.values.slice();
  for (const { block, damping } of checkedDampings(where, dampings, operator.rows))
    for (const index of block.indices) values[index] += damping;
  return new EigenOperator(operator.basis, values, { structure: operator.structure });
}

/** How a λ is split between the factors of a Kronecker block. */
export type FactorDamping = 'pi' | 'each';

/**
 * K-FAC with damped factors:
 *
 * - `pi`: (G + √λ/π I) ⊗ (A + π√λ I), π² = (tr A/in) / (tr G/out), which makes the damping of both factors relative alike. The product differs
 *   from G ⊗ A + λI by √λ (π G ⊗ I + π⁻¹ I ⊗ A).
 * - `each`: (G + λI) ⊗ (A + λI), λ in whatever units each factor has, as curvlinops damps unless told otherwise; so does the rule
 *   `{ kind: 'damped', lambda, factors: 'separate' }`.
 *
 * A block with a factor of size 1 (a bias by itself, scale and shift of a normalisation) has nothing to split: it becomes C_b + λI.
 *
 * @param operator - Made by {@link kfac}: it has the spectra of its factors. @param dampings - λ ≥ 0 for every block, or one per Kronecker block
 * in the order of `operator.factors`.
 * @returns in the basis of C. @throws {UnsupportedError} an operator without factors. @throws {ShapeError} not one λ per block.
 * @throws {DomainError} λ < 0.
 * Reference: Martens & Grosse 2015, Optimizing neural networks with Kronecker-factored approximate curvature, §6.3.
 * @example dampFactors(kfac(problem), 1e-3).applyInverse(gradients, { kind: 'truncated', eps: 0, negative: 'keep' });
 */
export function dampFactors(
  operator: EigenOperator,
  dampings: number | VectorInput,
  split: FactorDamping = 'pi',
): EigenOperator {
  const where = 'dampFactors';
  checkOperator(where, operator);
  checkOneOf(where, 'split', split, ['pi', 'each']);
  const { factors } = operator;
  if (factors === undefined)
    throw new UnsupportedError(`${where}: an operator without Kronecker factors. Only K-FAC has them.`);
  const lambdas =
    typeof dampings === 'number'
      ? new Float64Array(factors.length).fill(dampings)
      : asVector(where, 'dampings', dampings);
  checkLength(where, 'dampings', lambdas, factors.length);
  const values = new Float64Array(operator.rows);
  for (const [b, spectra] of factors.entries()) {
    checkNonNegative(where, 'dampings', lambdas[b]);
    writeDamped(spectra, lambdas[b], split, values);
  }
  return new EigenOperator(operator.basis, values, { structure: 'psd' });
}

/** λ_b of every Kronecker block from the λ of the modules that they lie in. */
export function factorDampings(operator: EigenOperator, dampings: readonly ModuleDamping[]): Vec {
  const of = new Float64Array(operator.rows);
  for (const { block, damping } of checkedDampings('factorDampings', dampings, operator.rows))
    for (const index of block.indices) of[index] = damping;
  return Float64Array.from(operator.factors ?? [], ({ indices }) => of[indices[0]]);
}

function writeDamped(
  { indices, left, right }: FactorSpectra,
  lambda: number,
  split: FactorDamping,
  values: Vec,
): void {
  const single = left.length === 1 || right.length === 1;
  const [g, a] = [mean(left), mean(right)];
  const pi = g > 0 && a > 0 ? Math.sqrt(a / g) : 1;
  const [ofLeft, ofRight] =
    split === 'each' ? [lambda, lambda] : [Math.sqrt(lambda) / pi, Math.sqrt(lambda) * pi];
  for (let r = 0, k = 0; r < left.length; r++)
    for (let c = 0; c < right.length; c++, k++)
      values[indices[k]] = single ? left[r] * right[c] + lambda : (left[r] + ofLeft) * (right[c] + ofRight);
}

function mean(values: Vec): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function checkOperator(where: string, operator: EigenOperator, size?: number): void {
  checkInstance(where, 'operator', operator, EigenOperator, 'an EigenOperator');
  if (size !== undefined) checkLength(where, 'operator', operator.values, size);
  if (!operator.complete)
    throw new UnsupportedError(
      `${where}: the operator lacks eigenvectors, and damping needs all of them. Build it without keepAbove.`,
    );
}

function checkedDampings(
  where: string,
  dampings: readonly ModuleDamping[],
  size: number,
): readonly ModuleDamping[] {
  for (const [b, given] of asList(where, 'dampings', dampings, 'dampings of modules').entries()) {
    checkObject(where, `dampings[${b}]`, given);
    const { block, damping } = given;
    checkObject(where, `dampings[${b}].block`, block);
    asIntegers(where, `dampings[${b}].block.indices`, block.indices, 0, size - 1);
    checkFiniteNumber(where, `dampings[${b}].damping`, damping);
    if (damping > 0) continue;
    const module = block.kind === 'layer' ? 'module' : block.kind;
    throw new SingularError(
      where,
      damping,
      `The ${module} of site ${block.layer} has no curvature, so that there is nothing to damp it by. Use one damping for the network.`,
    );
  }
  return dampings;
}
