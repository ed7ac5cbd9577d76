/** @file An experiment that a command runs: its progress is shown, its time taken. */
import { type Experiment, type Request, runExperiment } from '../engine/experiment.ts';
import { createProgress } from '../engine/progress.ts';
import type { Asked } from '../terminal/command.ts';

/** What came of it, and the seconds that it took, to the millisecond. */
export interface Shown<Results> {
  readonly results: Results;
  readonly wall: number;
}

/** Runs an experiment. @throws {CommandError} as `runExperiment`. */
export async function runShown<R extends Request, Job, Reply, Plan, Results>(
  experiment: Experiment<R, Job, Reply, Plan, Results>,
  request: R,
  { json }: Asked,
): Promise<Shown<Results>> {
  const start = performance.now();
  const results = await runExperiment(experiment, request, createProgress(json === true));
  return { results, wall: Math.round(performance.now() - start) / 1000 };
}

/** Where the files of an experiment lie, as the last line for people. */
export function filesLine(name: string, out: string, wall: number): string {
  return `${name}: ${out}/${name}.json, ${name}.md, ${name}.csv, ${wall.toFixed(1)} s`;
}

/** The values of a list, which may be joined by commas. */
export function split(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(','));
}
