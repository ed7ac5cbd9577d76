/** @file What a result was made with, and what its intervals cover: fields that no digest includes. */
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { kernelTier } from '../../linalg/index.ts';
import type { TaskVersions } from '../engine/task.ts';
import { readJson } from '../files/json.ts';
import { type ReadOnly, versionsSchema } from '../files/json-schemas.ts';
import { COVERAGES, type Coverage } from './coverage.ts';

const ManifestSchema = v.looseObject({ name: v.string(), version: v.string() });

function readManifest(): v.InferOutput<typeof ManifestSchema> {
  return readJson(fileURLToPath(new URL('../../../package.json', import.meta.url)), ManifestSchema);
}

/** Version of this package. */
export function packageVersion(): string {
  return readManifest().version;
}

/** Version of this package, of Node, and of the code of each task that the result is made of. */
export function versions(tasks: TaskVersions): { [name: string]: string } {
  const manifest = readManifest();
  const listed = Object.entries(tasks).map(([name, version]) => `${name} ${version}`);
  return { [manifest.name]: manifest.version, node: process.versions.node, tasks: listed.join(', ') };
}

/** What every results file says of its making; kernel tier and coverage are absent from files made earlier. */
export const makingEntries = {
  versions: versionsSchema,
  kernelTier: v.exactOptional(v.string()),
  /** What the 95 % intervals of the file cover. */
  intervals: v.exactOptional(v.picklist(COVERAGES)),
};
const MakingSchema = v.strictObject(makingEntries);
export type Making = ReadOnly<v.InferOutput<typeof MakingSchema>>;

/** {@link Making} of what is written now. */
export function making(intervals: Coverage, tasks: TaskVersions): Required<Making> {
  return { versions: versions(tasks), kernelTier: kernelTier(), intervals };
}

/** What it was computed on, e.g. "2 × Intel(R) Xeon(R) CPU @ 2.20GHz, 24 GB, linux x64". */
export function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  return `${processors.length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`;
}
