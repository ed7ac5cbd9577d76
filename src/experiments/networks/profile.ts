/** @file How much the experiment computes: networks, retrainings, base networks. */
import { type Extents, WHOLE_EXTENTS } from '../protocol/network-setting.ts';

/** A network of a profile with how much of it is computed. */
export interface Judged {
  readonly network: string;
  readonly subsets: number;
  readonly seeds: number;
  readonly models: number;
}

/** A size of the experiment. */
export interface NetworksProfile {
  readonly extents: Extents;
  readonly networks: readonly Judged[];
}

/** `quick`: minutes. `full`: hours. `smoke`: the same pipeline on 60 examples, for tests; its numbers mean nothing. */
export const NETWORKS_PROFILES = {
  quick: {
    extents: WHOLE_EXTENTS,
    networks: [{ network: 'cnn-4-8-12', subsets: 100, seeds: 5, models: 3 }],
  },
  full: {
    extents: WHOLE_EXTENTS,
    networks: [
      'cnn-8-16-24',
      'mlp-d4-w16-relu',
      'mlp-d4-w16-tanh',
      'mlp-d8-w16-layernorm',
      'cnn-8-16-24-groupnorm',
      'cnn-8-16-24-skip',
      'gpt-l2-w12',
    ].map((network) => ({ network, subsets: 100, seeds: 20, models: 10 })),
  },
  smoke: {
    extents: {
      images: { train: 60, queries: 12, batch: 8 },
      text: { train: 24, queries: 6, batch: 4 },
    },
    networks: [{ network: 'cnn-2-3-4', subsets: 6, seeds: 2, models: 2 }],
  },
} as const satisfies Record<string, NetworksProfile>;
