/** @file shard.json: whose share of which study a folder holds. */
import path from 'node:path';
import * as v from 'valibot';
import { kernelTier } from '../../linalg/index.ts';
import { writeFile } from '../files/atomic-write.ts';
import { digest, type Json } from '../files/digest.ts';
import { readJson } from '../files/json.ts';
import { count, index, type ReadOnly, sha256 } from '../files/json-schemas.ts';
import type { Shard } from './shard.ts';
import type { TaskVersions } from './task.ts';

export const SHARD_FILE = 'shard.json';
const FORMAT = 'eigenfluence shard 1';

const SchemaOfShard = v.strictObject({
  format: v.literal(FORMAT),
  experiment: v.string(),
  /** Of the package. */
  version: v.string(),
  /** Of the code of every stored task. */
  tasks: v.record(v.string(), index),
  /** Kernels whose results have the same bits go by one name. */
  bits: v.string(),
  /** Of what was asked for: shards of one study have the same. */
  study: sha256,
  /** Numbers from 1; none in a folder of merged shards. */
  shard: v.nullable(v.strictObject({ index: count, count })),
  /** Whether its command came to its end. */
  done: v.boolean(),
});
export type ShardFile = ReadOnly<v.InferOutput<typeof SchemaOfShard>>;

/** Results of a tier: `fused` alone has bits of its own. */
export function bitsOfKernels(): string {
  return kernelTier() === 'fused' ? 'fused' : 'exact';
}

/** What does not tell one study from another: where it runs, and for how long. */
const LOCAL = new Set(['out', 'workers', 'budget', 'retrainings', 'data', 'keep']);

/** The digest of what was asked for. */
export function studyDigest(request: object): string {
  const asked = Object.entries(request).filter(([name, value]) => !LOCAL.has(name) && value !== undefined);
  return digest(JSON.parse(JSON.stringify(Object.fromEntries(asked))) as Json);
}

/** What a shard of an experiment says of itself. */
export function shardFile(
  { name, versions }: { readonly name: string; readonly versions: TaskVersions },
  version: string,
  request: object,
  shard: Shard,
  done: boolean,
): ShardFile {
  const study = studyDigest(request);
  const { index, count } = shard;
  return {
    ...{ format: FORMAT, experiment: name, version, tasks: { ...versions } },
    ...{ bits: bitsOfKernels(), study, shard: { index, count }, done },
  };
}

export function writeShardFile(folder: string, file: ShardFile): void {
  writeFile(path.join(folder, SHARD_FILE), `${JSON.stringify(file, null, 2)}\n`);
}

/** @throws {CommandError} it is not there, or not such a file. */
export function readShardFile(folder: string): ShardFile {
  return readJson(path.join(folder, SHARD_FILE), SchemaOfShard);
}
