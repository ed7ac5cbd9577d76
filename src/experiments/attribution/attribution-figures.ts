/** @file An attribution result as plain data for --json, and as lines for people. */

import { type AttributionResult, type Diagnostics, METHODS, type Note } from '../../influence/index.ts';
import type { Matrix } from '../../linalg/index.ts';
import type { Json } from '../files/digest.ts';
import { finiteOrNull, jsonNumbers } from '../files/json-number.ts';
import { median } from '../judging/judge.ts';
import { rootMeanSquare } from '../judging/stored-scores.ts';

/** Everything but the matrices, which go to files. One model: its own settings and diagnostics; several: one entry per model. */
export function attributionFigures(result: AttributionResult): { readonly [name: string]: Json } {
  const { method, sign, scaled, reduction, coverage, seed, models, settings, diagnostics, damping } = result;
  const { label, approximates } = METHODS[method];
  return {
    label,
    approximates,
    sign,
    scaled,
    reduction,
    damping: damping === undefined ? null : oneOrMany(damping),
    coverage,
    seed: seed ?? null,
    models,
    settings: oneOrMany(settings.map(plainSettings)),
    residuals: largestResiduals(diagnostics),
    diagnostics: oneOrMany(diagnostics.map(plainDiagnostics)),
    bounds: summary(result.bounds),
    standardErrors: summary(result.standardErrors),
    modelErrors: summary(result.modelErrors),
    discarded: { ...result.discarded },
    warnings: [...result.warnings],
  };
}

/** What a reader should see at once. */
export function attributionLines(result: AttributionResult): string[] {
  const { method, diagnostics, damping, models, bounds, standardErrors, scaled, discarded, warnings } =
    result;
  const residuals = largestResiduals(diagnostics);
  const lines = [`${METHODS[method].label}: ${METHODS[method].approximates}`];
  if (models > 1) lines.push(`${models} models, scores averaged`);
  if (damping !== undefined)
    lines.push(`damping ${damping.map((lambda) => lambda.toPrecision(4)).join(', ')}`);
  if (residuals !== null)
    lines.push(`largest relative residual of a solve ${Math.max(...residuals).toExponential(2)}`);
  if (bounds !== undefined)
    lines.push(`scores are within ${largest(bounds).toPrecision(3)} of exact solves, by their residuals`);
  if (standardErrors !== undefined)
    lines.push(
      `Monte-Carlo standard error of a score: ${rootMeanSquare(standardErrors).toPrecision(3)} (root mean square)`,
    );
  if ((discarded.query ?? 0) > 0 || (discarded.train ?? 0) > 0)
    lines.push(
      `discarded of the squared norm of the gradients: ${share(discarded.query)} (queries), ${share(discarded.train)} (training)`,
    );
  lines.push(...warnings.map((text) => `warning: ${text}`));
  if (!scaled) lines.push('score / N is no change of the measurement here: read signs and ranks only');
  return lines;
}

function share(value: number | null): string {
  return value === null ? 'undefined' : `${(100 * value).toPrecision(3)} %`;
}

function oneOrMany<T extends Json>(values: readonly T[]): T | { models: readonly T[] } {
  return values.length === 1 ? values[0] : { models: values };
}

function plainSettings(settings: AttributionResult['settings'][number]): { readonly [option: string]: Json } {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, typeof value === 'object' ? { ...value } : value]),
  );
}

function plainDiagnostics(diagnostics: Diagnostics): { readonly [name: string]: Json } {
  const { residuals, iterations, status, history, bounds, standardErrors, spectrum } = diagnostics;
  const parts: { readonly [name: string]: Json | undefined } = {
    residuals: residuals && numbers(residuals),
    iterations: iterations && numbers(iterations),
    status: status && [...status],
    history: history && {
      iterations: numbers(history.iterations),
      largest: rowsOf(history.residuals).map((row) => finiteOrNull(Math.max(...row))),
      median: rowsOf(history.residuals).map((row) => finiteOrNull(median(Array.from(row)))),
    },
    bounds: bounds && summary(bounds),
    standardErrors: standardErrors && summary(standardErrors),
    spectrum: spectrum && jsonNumbers({ ...spectrum }),
  };
  const all = [
    ...Object.entries(parts),
    ...Object.entries(diagnostics.notes ?? {}).map(([name, note]) => [name, plain(note)] as const),
  ];
  return Object.fromEntries(all.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** Any note as JSON; what is not finite is null. */
function plain(note: Note): Json {
  if (typeof note === 'number') return finiteOrNull(note);
  if (note === null || typeof note === 'string' || typeof note === 'boolean') return note;
  if (Array.isArray(note)) return note.map(plain);
  if (ArrayBuffer.isView(note)) return numbers(note as unknown as ArrayLike<number>);
  return Object.fromEntries(Object.entries(note as { [name: string]: Note }).map(([k, v]) => [k, plain(v)]));
}

/** Per query, the largest over the models; null where there is no solve. */
function largestResiduals(diagnostics: readonly Diagnostics[]): number[] | null {
  const all = diagnostics.map(({ residuals }) => residuals).filter((residuals) => residuals !== undefined);
  if (all.length === 0) return null;
  return Array.from(all[0], (_, q) => Math.max(...all.map((residuals) => residuals[q])));
}

function summary(matrix: Matrix | undefined): Json {
  if (matrix === undefined) return null;
  return { largest: finiteOrNull(largest(matrix)), rootMeanSquare: finiteOrNull(rootMeanSquare(matrix)) };
}

function largest({ data }: Matrix): number {
  return data.reduce((most, value) => Math.max(most, value), 0);
}

function rowsOf(matrix: Matrix): Float64Array[] {
  return Array.from({ length: matrix.rows }, (_, i) => matrix.row(i));
}

function numbers(values: ArrayLike<number>): Json[] {
  return Array.from(values, finiteOrNull);
}

/** The rule of the eigen-decomposed curvatures. */
export function ruleFigure({
  settings,
}: AttributionResult): { [part: string]: string | number | boolean } | null {
  const rule = settings[0]['rule'];
  return typeof rule === 'object' ? { ...rule } : null;
}
