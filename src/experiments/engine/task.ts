/** @file A task: plain values that say what to compute, and the key under which its result is stored. */
import { digest, type Json } from '../files/digest.ts';

/** Names of stored tasks and the version of the code that computes each: raise it when the result changes. */
export interface TaskVersions {
  readonly [name: string]: number;
}

/** What to compute. `inputs` holds the digest of the data and the keys of the tasks whose results are read. */
export interface Task {
  readonly name: string;
  readonly version: number;
  readonly config: Json;
  readonly inputs: { readonly [name: string]: string };
}

/** A task of the current code version. Configurations are plain values, though interfaces do not say so; the digest would refuse others. */
export function task<Versions extends TaskVersions>(
  versions: Versions,
  name: keyof Versions & string,
  config: object,
  inputs: { readonly [name: string]: string },
): Task {
  return { name, version: versions[name], config: config as Json, inputs };
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
