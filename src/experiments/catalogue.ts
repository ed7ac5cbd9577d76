/** @file Every experiment, with the command that runs it. */
import type { TaskVersions } from './engine/task.ts';
import type { AddTo } from './terminal/command.ts';

/** What the catalogue says of an experiment, whatever it asks for. */
export interface Listed {
  readonly name: string;
  /** Loads its command, and nothing that it computes with. */
  readonly addTo: () => Promise<AddTo>;
  /** Loads the declaration, with all that it draws with: no other command waits for it. */
  readonly load: () => Promise<{ name: string; versions: TaskVersions; compute: URL }>;
}

export const EXPERIMENTS: readonly Listed[] = [
  {
    name: 'reproduce',
    addTo: async () => (await import('./commands/reproduce.ts')).addReproduce,
    load: async () => (await import('./better-hessians/reproduce/reproduce.ts')).REPRODUCE,
  },
  {
    name: 'audit',
    addTo: async () => (await import('./commands/audit.ts')).addAudit,
    load: async () => (await import('./audit/run-audit.ts')).AUDIT_EXPERIMENT,
  },
  {
    name: 'study',
    addTo: async () => (await import('./commands/study.ts')).addStudy,
    load: async () => (await import('./better-hessians/study/run-study.ts')).STUDY_EXPERIMENT,
  },
  {
    name: 'beyond',
    addTo: async () => (await import('./commands/beyond.ts')).addBeyond,
    load: async () => (await import('./better-hessians/beyond/run-beyond.ts')).BEYOND_EXPERIMENT,
  },
  {
    name: 'bif',
    addTo: async () => (await import('./commands/bif.ts')).addBif,
    load: async () => (await import('./bayesian/run-bif.ts')).BIF_EXPERIMENT,
  },
  {
    name: 'tokens',
    addTo: async () => (await import('./commands/tokens.ts')).addTokens,
    load: async () => (await import('./tokens/tokens.ts')).TOKENS_EXPERIMENT,
  },
  {
    name: 'methods',
    addTo: async () => (await import('./commands/methods.ts')).addMethods,
    load: async () => (await import('./methods/run-methods.ts')).METHODS_EXPERIMENT,
  },
  {
    name: 'ladder',
    addTo: async () => (await import('./commands/ladder.ts')).addLadder,
    load: async () => (await import('./ladder/ladder.ts')).LADDER_EXPERIMENT,
  },
  {
    name: 'networks',
    addTo: async () => (await import('./commands/networks.ts')).addNetworks,
    load: async () => (await import('./networks/networks.ts')).NETWORKS_EXPERIMENT,
  },
  {
    name: 'astra',
    addTo: async () => (await import('./commands/astra.ts')).addAstra,
    load: async () => (await import('./astra/run-astra.ts')).ASTRA_EXPERIMENT,
  },
];
