/** @file Every experiment, with the command that runs it. */
import { addAstra } from './commands/astra.ts';
import { addBeyond } from './commands/beyond.ts';
import { addBif } from './commands/bif.ts';
import { addLadder } from './commands/ladder.ts';
import { addMethods } from './commands/methods.ts';
import { addReproduce } from './commands/reproduce.ts';
import { addStudy } from './commands/study.ts';
import type { TaskVersions } from './engine/task.ts';
import type { AddTo } from './terminal/command.ts';

/** What the catalogue says of an experiment, whatever it asks for. */
export interface Listed {
  readonly addTo: AddTo;
  /** Loads the declaration, with all that it draws with: no other command waits for it. */
  readonly load: () => Promise<{ name: string; versions: TaskVersions; compute: URL }>;
}

export const EXPERIMENTS: readonly Listed[] = [
  {
    addTo: addReproduce,
    load: async () => (await import('./better-hessians/reproduce/reproduce.ts')).REPRODUCE,
  },
  {
    addTo: addStudy,
    load: async () => (await import('./better-hessians/study/run-study.ts')).STUDY_EXPERIMENT,
  },
  {
    addTo: addBeyond,
    load: async () => (await import('./better-hessians/beyond/run-beyond.ts')).BEYOND_EXPERIMENT,
  },
  { addTo: addBif, load: async () => (await import('./bayesian/run-bif.ts')).BIF_EXPERIMENT },
  { addTo: addMethods, load: async () => (await import('./methods/run-methods.ts')).METHODS_EXPERIMENT },
  { addTo: addLadder, load: async () => (await import('./ladder/ladder.ts')).LADDER_EXPERIMENT },
  { addTo: addAstra, load: async () => (await import('./astra/run-astra.ts')).ASTRA_EXPERIMENT },
];
