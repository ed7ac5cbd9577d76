/** @file How much the experiment computes: networks, retrainings, base networks. */
import type { Extent } from './setting.ts';

/** A network of a profile with how much of it is computed. */
export interface Judged {
  readonly network: string;
  readonly subsets: number;
  readonly seeds: number;
  readonly models: number;
}

/** A size of the experiment. */
export interface NetworksProfile {
  readonly extent: Extent;
  readonly networks: readonly Judged[];
}

const WHOLE: Extent = { train: 1617, queries: 180, batch: 32 };

/** `quick`: minutes. `full`: hours. `smoke`: the same pipeline on 60 examples, for tests; its numbers mean nothing. */
export const NETWORKS_PROFILES = {
  quick: {
    extent: WHOLE,
    networks: [{ network: 'cnn-4-8-12', subsets: 100, seeds: 5, models: 3 }],
  },
  full: {
    extent: WHOLE,
    networks: [
      'cnn-8-16-24',
      'mlp-d4-w16-relu',
      'mlp-d4-w16-tanh',
      'mlp-d8-w16-layernorm',
      'cnn-8-16-24-groupnorm',
      'cnn-8-16-24-skip',
    ].map((network) => ({ network, subsets: 100, seeds: 20, models: 10 })),
  },
  smoke: {
    extent: { train: 60, queries: 12, batch: 8 },
    networks: [{ network: 'cnn-2-3-4', subsets: 6, seeds: 2, models: 2 }],
  },
} as const satisfies Record<string, NetworksProfile>;
