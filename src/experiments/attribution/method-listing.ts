/** @file The registry of methods as text: what each approximates, costs and reads. */
import { METHOD_NAMES, METHODS, type MethodName } from '../../influence/index.ts';
import type { Json } from '../files/digest.ts';
import { align } from '../judging/table.ts';
import { flagsOf } from './method-flags.ts';

/** A table of costs, then one paragraph per method. */
export function methodListing(): string[] {
  const rows = METHOD_NAMES.map((name) => {
    const { label, cost, scaled, needsTrajectory } = METHODS[name];
    const needs = needsTrajectory ? 'checkpoints' : '';
    return [name, label, cost.fit, cost.score, cost.memory, scaled ? 'Δm' : 'ranks', needs];
  });
  const header = ['method', 'label', 'cost of fit', 'cost of scores', 'memory', 'score/N', 'needs'];
  return [
    'N training examples, Q queries, D parameters, C classes; k, J, R, M as named below.',
    ...columns([header, ...rows]),
    '',
    ...METHOD_NAMES.flatMap(paragraph),
  ];
}

/** The same as plain data. */
export function methodFigures(): { readonly [method: string]: Json } {
  return Object.fromEntries(
    METHOD_NAMES.map((name) => {
      const { label, approximates, cost, hyperparameters, needsTrajectory, scaled, reference } =
        METHODS[name];
      const options = hyperparameters.map((parameter) => ({
        ...parameter,
        flags: flagsOf(name, parameter.name),
      }));
      return [name, { label, approximates, cost: { ...cost }, options, needsTrajectory, scaled, reference }];
    }),
  );
}

function paragraph(name: MethodName): string[] {
  const { label, approximates, hyperparameters, reference } = METHODS[name];
  return [
    `${name} (${label}): ${approximates}.`,
    ...hyperparameters.flatMap((parameter) => [
      `  ${flagsOf(name, parameter.name).join(' ')}: ${parameter.meaning}.`,
      `    default: ${parameter.rule}. Why: ${parameter.reason}.`,
    ]),
    `  ${reference}`,
    '',
  ];
}

/** All columns to the left. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, j) => Math.max(...rows.map((row) => row[j].length)));
  return align(rows.map((row) => row.map((cell, j) => (j === 0 ? cell : cell.padEnd(widths[j])))));
}
