/** @file The jobs of the experiment, as plain values, and in which order they are done. */
import type { StoredTask } from '../engine/result-form.ts';
import {
  ASTRA_METHODS,
  type AstraMethod,
  isSmall,
  type MethodInfo,
  type Variant,
  variantName,
  variantsOf,
} from './method.ts';
import type { AstraSetting, AstraSize } from './setting.ts';
import {
  type AblationPlan,
  ablationPlans,
  type ConvergencePlan,
  convergencePlans,
  type DampingPlan,
  dampingPlan,
} from './study-plans.ts';
import {
  ablationTask,
  convergenceTask,
  dampingTask,
  type HashedSetting,
  networkTask,
  scoresTask,
} from './tasks.ts';

/** A stored task, computed by one worker. */
export type SettingJob =
  | { readonly kind: 'network'; readonly model: number }
  | {
      readonly kind: 'scores';
      readonly model: number;
      readonly variant: Variant;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: 'convergence'; readonly model: number; readonly plan: ConvergencePlan }
  | { readonly kind: 'ablation'; readonly model: number; readonly plan: AblationPlan }
  | { readonly kind: 'damping'; readonly model: number; readonly plan: DampingPlan };

/** Where a job belongs. */
interface Place {
  readonly hashed: HashedSetting;
  /** Folder of the IDX files. */
  readonly data: string | undefined;
}

/** A stored task. */
export interface StoredJob extends Place {
  readonly kind: 'stored';
  readonly job: SettingJob;
}

/** One retraining, which ends up in the worker's log. */
export interface AstraRetraining extends Place {
  readonly kind: 'retraining';
  readonly subset: number;
  readonly seed: number;
}

export type AstraJob = StoredJob | AstraRetraining;

/** The task of a job. */
export function astraTask(hashed: HashedSetting, job: SettingJob): StoredTask {
  switch (job.kind) {
    case 'network':
      return networkTask(hashed, job.model);
    case 'scores':
      return scoresTask(hashed, job.model, job.variant, job.start, job.end);
    case 'convergence':
      return convergenceTask(hashed, job.model, job.plan);
    case 'ablation':
      return ablationTask(hashed, job.model, job.plan);
    case 'damping':
      return dampingTask(hashed, job.model, job.plan);
  }
}

/** Where a job's result is stored; a retraining ends up in a log. */
export function storedUnder(job: AstraJob): StoredTask | undefined {
  return job.kind === 'stored' ? astraTask(job.hashed, job.job) : undefined;
}

/** For people. */
export function jobLabel(job: SettingJob): string {
  switch (job.kind) {
    case 'network':
      return `base model ${job.model}`;
    case 'scores':
      return `${variantName(job.variant)} of model ${job.model}`;
    case 'convergence':
      return `convergence of ${job.plan.solver}`;
    case 'ablation':
      return `low curvature, ${job.plan.solver.name}`;
    case 'damping':
      return 'implicit damping';
  }
}

/** Queries of one block where a solve of all takes too long, or too much memory. */
const BLOCK = 10;

/** The score tasks of a variant at one base model; none where the method is not computed for so many models. */
export function scoreJobs(
  setting: AstraSetting,
  variant: Variant,
  model: number,
  queries: number,
): SettingJob[] {
  const info: MethodInfo = ASTRA_METHODS[variant.method as AstraMethod];
  if (info.models !== undefined && setting.resnet === undefined && model >= info.models) return [];
  const size = info.blocks && !isSmall(setting) ? BLOCK : queries;
  const jobs: SettingJob[] = [];
  for (let start = 0; start < queries; start += size)
    jobs.push({ kind: 'scores', model, variant, start, end: Math.min(start + size, queries) });
  return jobs;
}

/** The studies of the solver, at base model 0, where all gradients fit into memory. */
export function studyJobs(setting: AstraSetting, subsets: number): SettingJob[] {
  if (!isSmall(setting)) return [];
  return [
    ...convergencePlans(setting, subsets).map(
      (plan): SettingJob => ({ kind: 'convergence', model: 0, plan }),
    ),
    ...ablationPlans(setting, subsets).map((plan): SettingJob => ({ kind: 'ablation', model: 0, plan })),
    { kind: 'damping', model: 0, plan: dampingPlan(setting, subsets) },
  ];
}

/**
 * Everything that a setting takes, in the order of computing: cheap methods before those that solve, model by model, studies after the
 * first model.
 */
export function settingJobs(
  setting: AstraSetting,
  { subsets, models, queries, dear: all }: AstraSize,
): SettingJob[] {
  const variants = variantsOf(setting).filter(({ method }) => all || method !== 'astra-source');
  const dear = ({ method }: Variant): number => {
    if (method === 'astra-source') return 2;
    if (method === 'trak' && !isSmall(setting)) return 3; // N · D · k products, more than any solve
    return Number(ASTRA_METHODS[method].blocks);
  };
  const ordered = [...variants].sort((a, b) => dear(a) - dear(b));
  return Array.from({ length: models }, (_, model): SettingJob[] => [
    { kind: 'network', model },
    ...ordered.flatMap((variant) => scoreJobs(setting, variant, model, queries)),
    ...(model === 0 ? studyJobs(setting, subsets) : []),
  ]).flat();
}
