/** @file `--save-fit` and `--fit`: a method fitted once, for queries that come later. */
import {
  curvatureFits,
  type FitMethod,
  type FittedTo,
  type MethodFit,
  type MethodName,
  type MethodOptions,
  readCurvatureFitMethod,
  readCurvatureFits,
  unfittable,
  writeCurvatureFits,
} from '../../influence/index.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { parseInput } from '../files/read-input.ts';
import { type Given, refuseGiven } from '../terminal/strict-options.ts';
import { allMethodFlags, type MethodFlags } from './method-flags.ts';

/** The flags, and what they come to. */
export interface FitFlags {
  readonly method: MethodName;
  readonly fit: string | undefined;
  readonly saveFit: string | undefined;
}

/** Method and options of a stored fit. @throws {CommandError} another --method, or options beside those of the fit. */
export function fitMethod(
  file: string,
  method: MethodName | undefined,
  given: Given<MethodFlags>,
): { readonly method: FitMethod; readonly options: MethodOptions } {
  const stored = parseInput(file, readCurvatureFitMethod);
  if (method !== undefined && method !== stored.method)
    throw new CommandError(`--method ${method}: ${file} is a fit of ${stored.method}.`, USAGE);
  refuseGiven(given, allMethodFlags(), 'has no effect with --fit, which has its own options');
  return { method: stored.method, options: stored.options as MethodOptions };
}

/** The method as one whose fit can be kept. @throws {CommandError} it has nothing to fit, or its fit is not kept. */
export function checkFitMethod(method: MethodName): FitMethod {
  const why = unfittable(method);
  if (why !== undefined) throw new CommandError(`--save-fit does not apply to ${method}: ${why}.`);
  return method as FitMethod;
}

/** Fits read or made; undefined where neither flag was given. `bytes` is what --save-fit writes. */
export function fitsOf(
  { method, fit, saveFit }: FitFlags,
  options: MethodOptions,
  to: FittedTo,
): { readonly curvatures: readonly MethodFit[]; readonly bytes?: Uint8Array } | undefined {
  if (fit !== undefined) return { curvatures: parseInput(fit, (bytes) => readCurvatureFits(bytes, to).fits) };
  if (saveFit === undefined) return undefined;
  const kind = checkFitMethod(method);
  const { measurement: _, ...rest } = options;
  const stored = curvatureFits({ method: kind, options: rest, ...to });
  return { curvatures: stored.fits, bytes: writeCurvatureFits(stored, to) };
}
