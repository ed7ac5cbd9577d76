/** @file How much the experiment on tokens computes. */
import { CommandError } from '../files/command-error.ts';
import {
  type Extents,
  type NetworkSetting,
  networkSetting,
  WHOLE_EXTENTS,
} from '../protocol/network-setting.ts';
import type { RunSize } from '../protocol/run-size.ts';
import { DEFAULT_SAMPLER, type SamplerVariant, type SamplingLength } from '../protocol/sampler-variant.ts';

/** A size of the experiment. */
export interface TokensProfile {
  /** A declared network that reads text. */
  readonly network: string;
  readonly extents: Extents;
  readonly models: number;
  /** Retrainings that judge whole sequences. */
  readonly size: RunSize;
  readonly length: SamplingLength;
  readonly samplers: readonly SamplerVariant[];
}

/** As the paper samples language models, at the temperature of the library. */
const RMSPROP: SamplerVariant = { ...DEFAULT_SAMPLER, method: 'rmsprop-sgld' };

/** Both methods, at three temperatures each. The first is the one that claims are judged by. */
const SAMPLERS: readonly SamplerVariant[] = [RMSPROP, DEFAULT_SAMPLER].flatMap((sampler) =>
  [1, 8, 64].map((nBeta) => ({ ...sampler, nBeta })),
);

/** `full`: two hours of one core. `smoke`: the same in seconds, for tests; its numbers mean nothing. */
export const TOKENS_PROFILES = {
  full: {
    network: 'gpt-l2-w8',
    extents: WHOLE_EXTENTS,
    models: 5,
    size: { subsets: 100, seeds: 5 },
    length: { chains: 4, draws: 250, batch: 32 },
    samplers: SAMPLERS,
  },
  smoke: {
    network: 'gpt-l1-w4',
    extents: { ...WHOLE_EXTENTS, text: { train: 24, queries: 6, batch: 4 } },
    models: 2,
    size: { subsets: 6, seeds: 2 },
    length: { chains: 2, draws: 12, batch: 8 },
    samplers: [RMSPROP, { ...RMSPROP, step: 1e6 }],
  },
} as const satisfies Record<string, TokensProfile>;

/** The profile of a name. @throws {CommandError} there is none. */
export function tokensProfile(name: string): TokensProfile {
  if (!Object.hasOwn(TOKENS_PROFILES, name))
    throw new CommandError(
      `--profile: expected ${Object.keys(TOKENS_PROFILES).join(', ')}, got ${JSON.stringify(name)}.`,
    );
  return TOKENS_PROFILES[name as keyof typeof TOKENS_PROFILES];
}

/** The network of a profile with its data. */
export function tokensSetting({ network, extents, models }: TokensProfile, seed: number): NetworkSetting {
  return networkSetting(network, extents, models, seed);
}
