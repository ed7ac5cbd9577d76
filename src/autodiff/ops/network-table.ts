/** @file The ops of networks other than an Mlp, one line each. */
import { reshape } from './reshape.ts';
import { unfold } from './unfold.ts';

/** As CORE_OPS, for tapes and networks that ask for them: their kernels are a WebAssembly module of its own. */
export const NETWORK_OPS = {
  reshape: reshape as typeof reshape,
  unfold: unfold as typeof unfold,
} as const;
