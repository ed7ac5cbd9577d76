/** @file What fitting a curvature method comes to: the curvature with the rule that inverts it, before any query is seen. */
import type { Dataset } from '../../autodiff/dataset.ts';
import { EigenOperator } from '../../curvature/eigen-operator.ts';
import type { FisherType } from '../../curvature/fisher.ts';
import { checkInverseRule, type InverseRule } from '../../curvature/inverse-rule.ts';
import {
  dampFactors,
  dampModules,
  factorDampings,
  type ModuleDamping,
  moduleDampings,
} from '../../curvature/module-damping.ts';
import { type ModuleSelection, moduleCurvature, restrictToModules } from '../../curvature/module-subset.ts';
import type { PartitionKind } from '../../curvature/partition.ts';
import type { CurvatureOptions, KfacForm } from '../../curvature/problem.ts';
import { CURVATURES, type CurvatureKind } from '../../curvature/registry.ts';
import { checkObject, checkOneOf } from '../../linalg/border/arguments.ts';
import { checkInstance } from '../../linalg/border/instances.ts';
import { asIntegers } from '../../linalg/border/integers.ts';
import { checkLength } from '../../linalg/checks.ts';
import { UnsupportedError } from '../../linalg/errors.ts';
import type { FittedModel } from '../attributor.ts';
import { automaticRule, chosenRule, type RuleChoice } from '../attributors/damping-rule.ts';
import { influenceFunction } from '../attributors/influence-function.ts';

/** What λ is chosen for: the network, each module by itself, or the Kronecker factors of each. */
export type DampingPer = 'network' | 'module' | 'pi';

/** What the curvatures read; some have no Fisher type, partition or Kronecker factors. */
export interface CurvatureMethodOptions {
  readonly rule: RuleChoice | undefined;
  readonly damping: number | 'auto' | undefined;
  readonly dampingPer: DampingPer;
  readonly modules: ModuleSelection;
  readonly fisher: FisherType;
  readonly partition: PartitionKind;
  readonly kfac: KfacForm;
}

/** λ of a module, in plain numbers. */
export interface PlainDamping {
  readonly site: number;
  readonly kind: ModuleDamping['block']['kind'];
  readonly meanEigenvalue: number;
  readonly damping: number;
}

/** A fitted curvature: plain data, which can be stored and scored with again. Made by `curvatureFits`. */
export interface CurvatureFit {
  readonly kind: CurvatureKind;
  /** C, of all parameters or of those in `indices`. */
  readonly operator: EigenOperator;
  /** C with the damping of its modules or factors, in the same basis; absent where it is `operator` that is inverted. */
  readonly damped?: EigenOperator;
  /** How that is inverted; the automatic rule in numbers. */
  readonly rule: InverseRule;
  /** The parameters that count, ascending; all when absent. */
  readonly indices?: Int32Array;
  /** λ of each module, where each has its own. */
  readonly dampings?: readonly PlainDamping[];
}

/** Nothing is added to what is damped already. */
const EXACT: InverseRule = { kind: 'truncated', eps: 0, negative: 'keep' };

/** Fits a curvature to a model and its training set. Options have been checked one by one. */
export function fitOf(
  kind: CurvatureKind,
  options: Partial<CurvatureMethodOptions>,
  fitted: FittedModel,
  train: Dataset,
): CurvatureFit {
  const { dampingPer = 'network', modules = 'all', fisher, partition, kfac } = options;
  const build: CurvatureOptions = {
    ...(fisher === undefined ? {} : { fisher }),
    ...(partition === undefined ? {} : { partition }),
    ...(kfac === undefined ? {} : { kfac }),
  };
  const problem = { ...fitted, data: train };
  if (dampingPer !== 'network') return fitPerModule(kind, options, build, fitted, train);
  const choice = ruleChoice(kind, options);
  if (modules === 'all') {
    const influence = influenceFunction({
      curvature: CURVATURES[kind],
      id: kind,
      rule: choice,
      options: build,
    }).fit(fitted, train);
    return { kind, operator: influence.curvature, rule: influence.rule };
  }
  const given = chosenRule(kind, choice);
  const kept = given?.kind === 'truncated' ? { keepAbove: given.eps } : {};
  const { operator, indices } = moduleCurvature(kind, problem, modules, { ...kept, ...build });
  return { kind, operator, rule: given ?? automaticRule(operator), indices };
}

function fitPerModule(
  kind: CurvatureKind,
  { dampingPer, damping, rule, modules = 'all', partition = 'layer' }: Partial<CurvatureMethodOptions>,
  build: CurvatureOptions,
  fitted: FittedModel,
  train: Dataset,
): CurvatureFit {
  const { model } = fitted;
  if (rule !== undefined)
    throw new UnsupportedError(`${kind}: rule and dampingPer both say how C is inverted; give one.`);
  if (dampingPer === 'pi' && CURVATURES[kind].factored !== true)
    throw new UnsupportedError(
      `${kind}: dampingPer 'pi' splits λ between Kronecker factors, which only kfac has.`,
    );
  const number = damping === undefined || damping === 'auto' ? undefined : damping;
  if (dampingPer === 'module' && number !== undefined)
    throw new UnsupportedError(
      `${kind}: with dampingPer 'module' each module has a λ of its own, 0.1 times its mean eigenvalue; a damping is one for all.`,
    );
  const operator = CURVATURES[kind].build({ ...fitted, data: train }, build);
  const own = number === undefined ? moduleDampings(operator, model, partition) : undefined;
  const damped =
    dampingPer === 'pi'
      ? dampFactors(operator, own === undefined ? (number ?? 0) : factorDampings(operator, own))
      : dampModules(operator, own ?? []);
  const dampings = own?.map(({ block, meanEigenvalue, damping: lambda }) => ({
    site: block.layer,
    kind: block.kind,
    meanEigenvalue,
    damping: lambda,
  }));
  const shared = { kind, rule: EXACT, ...(dampings === undefined ? {} : { dampings }) };
  if (modules === 'all') return { ...shared, operator, damped };
  const part = restrictToModules(kind, operator, model, modules);
  return { ...shared, ...part, damped: restrictToModules(kind, damped, model, modules).operator };
}

/** The rule given, or the damped one of `damping`, or the automatic one. */
export function ruleChoice(
  kind: CurvatureKind,
  { rule, damping }: Partial<CurvatureMethodOptions>,
): RuleChoice {
  if (damping === undefined) return rule ?? 'auto';
  if (rule !== undefined)
    throw new UnsupportedError(`${kind}: rule and damping both say how C is inverted; give one.`);
  return damping === 'auto' ? 'auto' : { kind: 'damped', lambda: damping };
}

/**
 * A fit that was made or read elsewhere, held against the model that it is used with.
 *
 * @throws {DomainError} | {ShapeError} it is none, of another curvature, or of another number of parameters.
 */
export function asCurvatureFit(
  where: string,
  kind: CurvatureKind,
  given: { readonly kind: string },
  size: number,
): CurvatureFit {
  checkObject(where, 'curvature fit', given);
  checkOneOf(where, 'kind of the curvature fit', given.kind, [kind]);
  const fit = given as CurvatureFit;
  checkInverseRule(where, fit.rule);
  const indices = fit.indices && asIntegers(where, 'indices', fit.indices, 0, size - 1);
  for (const operator of [fit.operator, fit.damped ?? fit.operator]) {
    checkInstance(where, 'operator of the curvature fit', operator, EigenOperator, 'an EigenOperator');
    checkLength(where, 'the curvature fit', operator.values, indices?.length ?? size);
  }
  return fit;
}
