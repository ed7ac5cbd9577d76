/** @file Which tier of kernels runs: the best that is present, unless EIGENFLUENCE_KERNELS names one. */
import { DomainError, UnsupportedError } from '../errors.ts';
import type { Kernels, KernelTier } from './kernels.ts';
import { scalarKernels } from './scalar.ts';
import { simdKernels } from './simd.ts';

let makeWide: () => Kernels | string = () => "it is part of 'eigenfluence/linalg', which is not loaded";

/** How the wide tier is made, or in words why not; no part of the main entry, since only Node has it. */
export function offerWide(make: () => Kernels | string): void {
  makeWide = make;
}

/** What may be wished for: a tier, or the fastest that gives the same bits. */
const WISHES = ['scalar', 'simd', 'wide', 'best'];

/**
 * The kernels for a wish: undefined or '' takes the best tier that runs without a flag of the engine. All give the same bits. Where
 * 'wide' cannot be had it is 'simd', and a warning says why; with 'best' none does.
 *
 * @throws {DomainError} the wish is not the name of a tier. @throws {UnsupportedError} 'simd' is not present.
 */
export function selectKernels(wish: string | undefined): Kernels {
  if (wish === 'scalar') return scalarKernels;
  if (wish === undefined || wish === '') return simdKernels() ?? scalarKernels;
  if (!WISHES.includes(wish))
    throw new DomainError(VARIABLE, 'the value', "'scalar', 'simd', 'wide' or 'best'", wish);
  const wide = wish === 'simd' ? '' : makeWide();
  if (typeof wide !== 'string') return wide;
  if (wish === 'wide') warn(`the 'wide' tier is not used: ${wide}. Results are the same.`);
  const simd = simdKernels();
  if (simd !== undefined) return simd;
  if (wish !== 'simd') return scalarKernels;
  throw new UnsupportedError(
    `${VARIABLE}: the 'simd' tier needs WebAssembly with SIMD, which is missing or forbidden here. Unset the variable.`,
  );
}

/** Says something to whoever runs the process. */
export function warn(message: string): void {
  const { process, console } = globalThis as Host;
  if (process?.emitWarning === undefined) console?.warn(`eigenfluence: ${message}`);
  else process.emitWarning(`eigenfluence: ${message}`);
}

const VARIABLE = 'EIGENFLUENCE_KERNELS';

let chosen: Kernels | undefined;

/** Which were chosen, if any. */
export function chosenKernels(): Kernels | undefined {
  return chosen;
}

/** These in place of those that the environment names, or of others with the same bits. */
export function replaceKernels(others: Kernels): void {
  chosen = others;
}

/** The kernels in use. Chosen at the first call, so that importing the library never throws. */
export function kernels(): Kernels {
  chosen ??= selectKernels(fromEnvironment(VARIABLE));
  return chosen;
}

/**
 * The tier in use: 'scalar' (pure TypeScript), 'simd' (WebAssembly) or 'wide' (WebAssembly that V8 runs at twice the width), on which results do
 * not depend, or 'fused'.
 */
export function kernelTier(): KernelTier {
  return kernels().tier;
}

interface Host {
  readonly process?: {
    readonly env?: Record<string, string | undefined>;
    emitWarning?(message: string): void;
  };
  readonly console?: { warn(message: string): void };
  readonly Deno?: {
    readonly permissions?: { querySync?(of: { name: 'env'; variable: string }): { readonly state: string } };
  };
}

/**
 * A variable, read without Node's types, and without assuming that there is a process. Deno asks the user, or throws, when a variable
 * is read without permission: there it is read only where that is granted already.
 */
export function fromEnvironment(variable: string): string | undefined {
  const host = globalThis as Host;
  try {
    const permission = host.Deno?.permissions?.querySync?.({ name: 'env', variable });
    if (permission !== undefined && permission.state !== 'granted') return undefined;
    return host.process?.env?.[variable];
  } catch {
    return undefined; // an environment that may not be read says nothing
  }
}
