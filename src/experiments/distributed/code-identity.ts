/** @file What must be the same on every machine of a study, for the same job to have the same bits. */
import { bitsOfKernels } from '../engine/shard-file.ts';
import type { TaskVersions } from '../engine/task.ts';
import { digest } from '../files/digest.ts';
import { packageVersion } from '../judging/versions.ts';

/** An experiment in the code of one version. */
export interface CodeIdentity {
  readonly experiment: string;
  /** Of the package. */
  readonly version: string;
  readonly tasks: TaskVersions;
  /** Kernels whose results have the same bits go by one name. */
  readonly bits: string;
}

/** What this program would compute an experiment by. */
export function ownIdentity({
  name,
  versions,
}: {
  readonly name: string;
  readonly versions: TaskVersions;
}): CodeIdentity {
  return { experiment: name, version: packageVersion(), tasks: { ...versions }, bits: bitsOfKernels() };
}

/** 24 hexadecimal digits: the name of the queue of a study, on which no worker of other code listens. */
export function identityKey(identity: CodeIdentity): string {
  return digest(identity).slice(0, 24);
}

/** Where another identity differs from ours, for people; undefined where it does not. */
export function difference(theirs: CodeIdentity, ours: CodeIdentity): string | undefined {
  if (identityKey(theirs) === identityKey(ours)) return undefined;
  if (theirs.version !== ours.version)
    return `it is run by version ${theirs.version} of the package, this is ${ours.version}`;
  if (theirs.bits !== ours.bits)
    return `its kernels are of the tier ${theirs.bits}, those of this worker ${ours.bits}`;
  const names = Object.keys({ ...theirs.tasks, ...ours.tasks }).filter(
    (name) => theirs.tasks[name] !== ours.tasks[name],
  );
  const told = names.map(
    (name) => `${name} ${theirs.tasks[name] ?? 'absent'}, here ${ours.tasks[name] ?? 'absent'}`,
  );
  return `its tasks are of other versions: ${told.join('; ')}`;
}
