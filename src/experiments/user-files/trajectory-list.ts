/** @file The form of trajectory.json, by the program or by hand. Fields beyond these are for people; nothing reads them. */
import path from 'node:path';
import * as v from 'valibot';
import { ACTIVATIONS, type StoredLoss } from '../../autodiff/index.ts';
import { isStoredLoss, STORED_LOSSES } from '../../autodiff/losses/loss-name.ts';
import { digest } from '../files/digest.ts';
import { count, finite, index, sha256 } from '../files/json-schemas.ts';

/** The `format` of trajectory.json. */
export const TRAJECTORY_FORMAT = 'eigenfluence trajectory 1';

const FileSchema = v.looseObject({
  file: v.pipe(
    v.string(),
    v.check((name) => name !== '' && path.basename(name) === name, 'a name without folders'),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these no name of a file needs
    v.check((name) => name.length <= 255 && !/[\u0000-\u001f\u007f]/.test(name), 'the name of a file'),
  ),
  /** Of the file; absent in lists that others write. */
  sha256: v.exactOptional(sha256),
});

const CheckpointSchema = v.looseObject({
  step: index,
  ...FileSchema.entries,
  /** What the optimiser keeps there; absent of SGD. */
  states: v.exactOptional(FileSchema),
});

/** AdamW; SGD is not named. */
const OptimiserSchema = v.looseObject({
  name: v.literal('adamw'),
  beta1: finite,
  beta2: finite,
  epsilon: finite,
  weightDecay: finite,
});

export const TrajectoryListSchema = v.looseObject({
  format: v.literal(TRAJECTORY_FORMAT),
  /** Between linear layers; absent of any other network. */
  activation: v.exactOptional(v.picklist(ACTIVATIONS)),
  loss: v.custom<StoredLoss>(isStoredLoss, `one of ${STORED_LOSSES.join(', ')}`),
  steps: index,
  stepsPerEpoch: count,
  batch: count,
  momentum: finite,
  weightDecay: finite,
  optimiser: v.exactOptional(OptimiserSchema),
  /** η per epoch; one number stands for all of them. */
  learningRates: v.union([finite, v.array(finite)], 'a number, or a list of numbers, one per epoch'),
  checkpoints: v.pipe(v.array(CheckpointSchema), v.minLength(1, 'a list with at least one entry')),
  /** Of all the other fields; absent in lists that others write. */
  digest: v.exactOptional(sha256),
});

export type TrajectoryList = v.InferOutput<typeof TrajectoryListSchema>;

/** SHA-256 of a list but for its own `digest`. */
export function listDigest({ digest: _own, ...content }: Readonly<Record<string, unknown>>): string {
  return digest(content);
}
