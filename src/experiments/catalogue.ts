/** @file Every experiment, by name. */
import { ASTRA_EXPERIMENT } from './astra/run-astra.ts';
import { BIF_EXPERIMENT } from './bayesian/run-bif.ts';
import { BEYOND_EXPERIMENT } from './better-hessians/beyond/run-beyond.ts';
import { REPRODUCE } from './better-hessians/reproduce/reproduce.ts';
import { STUDY_EXPERIMENT } from './better-hessians/study/run-study.ts';
import type { TaskVersions } from './engine/task.ts';
import { METHODS_EXPERIMENT } from './methods/run-methods.ts';

/** What the catalogue says of an experiment, whatever it asks for. */
export interface Listed {
  readonly name: string;
  readonly versions: TaskVersions;
  readonly compute: URL;
}

export const EXPERIMENTS: readonly Listed[] = [
  REPRODUCE,
  STUDY_EXPERIMENT,
  BEYOND_EXPERIMENT,
  METHODS_EXPERIMENT,
  ASTRA_EXPERIMENT,
  BIF_EXPERIMENT,
];
