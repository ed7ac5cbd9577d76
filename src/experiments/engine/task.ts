/** @file A task: plain values that say what to compute, and the key under which its result is stored. */
import { digest, type Json } from '../files/digest.ts';

/** Names of the tasks and the version of the code that computes each: raise it when the result changes. */
export const TASK_VERSIONS = {
  'base-training': 1,
  attribution: 3,
  diagnostics: 2,
  retraining: 1,
  study: 1,
  beyond: 1,
  'methods-network': 1,
  'methods-scores': 1,
  'methods-lds': 1,
  'astra-network': 1,
  'astra-retraining': 1,
  'astra-scores': 1,
  'astra-convergence': 1,
  'astra-ablation': 1,
  'astra-damping': 1,
  'bif-sampling': 1,
  'bif-baseline': 1,
  'bif-timing': 1,
} as const;

export type TaskName = keyof typeof TASK_VERSIONS;

/** What to compute. `inputs` holds the digest of the data and the keys of the tasks whose results are read. */
export interface Task {
  readonly name: TaskName;
  readonly version: number;
  readonly config: Json;
  readonly inputs: { readonly [name: string]: string };
}

/** A task of the current code version. */
export function task(name: TaskName, config: Json, inputs: { readonly [name: string]: string }): Task {
  return { name, version: TASK_VERSIONS[name], config, inputs };
}

/** What tells a task from others, without what else the object carries. */
export function taskIdentity({ name, version, config, inputs }: Task): Task {
  return { name, version, config, inputs };
}

/** SHA-256 of name, version, config and inputs. */
export function taskKey(task: Task): string {
  return digest(taskIdentity(task));
}

/** An array of doubles with its shape, row-major. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What a task yields: small plain values, big arrays, and the seconds each of its stages took. */
export interface TaskResult {
  readonly value: { readonly [name: string]: Json };
  readonly arrays: { readonly [name: string]: StoredArray };
  readonly seconds: { readonly [stage: string]: number };
}
