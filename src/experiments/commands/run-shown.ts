/** @file An experiment that a command runs: all of it here or by other machines, or one share of it; its progress is shown, its time taken. */
import { type Experiment, type Request, runExperiment, runShare } from '../engine/experiment.ts';
import type { Connect } from '../engine/laboratory.ts';
import { createProgress, type Progress } from '../engine/progress.ts';
import type { Shard } from '../engine/shard.ts';
import { shardFile, writeShardFile } from '../engine/shard-file.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { packageVersion } from '../judging/versions.ts';
import type { Asked } from '../terminal/command.ts';
import type { Output } from '../terminal/output.ts';
import type { EngineFlags } from './shared-options.ts';

/** What came of it, and the seconds that it took, to the millisecond. */
export interface Shown<Results> {
  readonly results: Results;
  readonly wall: number;
}

/**
 * Runs an experiment where `--engine` says, or the share that `--shard` names.
 *
 * @param report - Of the results; a share has none. @throws {CommandError} as `runExperiment`, and flags that exclude each other.
 */
export async function runShown<R extends Request, Job, Reply, Plan, Results>(
  experiment: Experiment<R, Job, Reply, Plan, Results>,
  request: R,
  { json, engine, redis, shard }: Asked & EngineFlags,
  report: (shown: Shown<Results>) => Output,
): Promise<Output> {
  if (engine === 'local' && redis !== undefined)
    throw new CommandError('--redis has no effect without --engine bullmq.', USAGE);
  if (engine === 'bullmq' && redis === undefined)
    throw new CommandError('--engine bullmq needs --redis URL.', USAGE);
  if (engine === 'bullmq' && shard !== undefined)
    throw new CommandError(
      '--shard is for machines that do not talk to each other: not with --engine bullmq.',
      USAGE,
    );
  const start = performance.now();
  const wall = (): number => Math.round(performance.now() - start) / 1000;
  const progress = createProgress(json === true);
  if (shard !== undefined) return await shareOf(experiment, request, progress, shard, wall);
  const results = await runExperiment(experiment, request, progress, await connectionOf(redis));
  return report({ results, wall: wall() });
}

/** Only who asks for a queue pays for loading it. */
async function connectionOf(redis: string | undefined): Promise<Connect | undefined> {
  if (redis === undefined) return undefined;
  const { serverOf } = await import('../distributed/redis.ts');
  const { byQueue } = await import('../distributed/coordinator.ts');
  return byQueue(serverOf(redis));
}

async function shareOf<R extends Request, Job, Reply, Plan, Results>(
  experiment: Experiment<R, Job, Reply, Plan, Results>,
  request: R,
  progress: Progress,
  shard: Shard,
  wall: () => number,
): Promise<Output> {
  const { out } = request;
  const describe = (done: boolean): void =>
    writeShardFile(out, shardFile(experiment, packageVersion(), request, shard, done));
  const { computed, waiting } = await runShare(experiment, request, progress, shard, () => describe(false));
  describe(true);
  const seconds = wall();
  const { index, count } = shard;
  return {
    figures: { shard: index, of: count, computed, waiting, out, seconds: { wall: seconds } },
    lines: [
      `shard ${index} of ${count}: ${computed} jobs computed in ${out}, ${seconds.toFixed(1)} s; merge all shards, then run this command without --shard`,
    ],
  };
}

/** Where the files of an experiment lie, as the last line for people. */
export function filesLine(name: string, out: string, wall: number): string {
  return `${name}: ${out}/${name}.json, ${name}.md, ${name}.csv, ${wall.toFixed(1)} s`;
}

/** The values of a list, which may be joined by commas. */
export function split(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(','));
}
