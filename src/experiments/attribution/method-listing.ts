/** @file The registry of methods as text: what each approximates, costs and reads. */
import { METHOD_NAMES, METHODS, type MethodName } from '../../influence/index.ts';
import { defaultValue } from '../../influence/methods/option.ts';
import type { Json } from '../files/digest.ts';
import { aligned, type Columns } from '../pages/table.ts';
import { flagsOf } from './method-flags.ts';

const COLUMNS: Columns<MethodName> = {
  method: (name) => name,
  label: (name) => METHODS[name].label,
  'cost of fit': (name) => METHODS[name].cost.fit,
  'cost of scores': (name) => METHODS[name].cost.score,
  memory: (name) => METHODS[name].cost.memory,
  'score/N': (name) => (METHODS[name].scaled ? 'Δm' : 'ranks'),
  needs: (name) => (METHODS[name].needsTrajectory ? 'checkpoints' : ''),
};

/** A table of costs, then one paragraph per method. */
export function methodListing(): string[] {
  return [
    'N training examples, Q queries, D parameters, C classes; k, J, R, M as named below.',
    ...aligned(COLUMNS, METHOD_NAMES, 'left'),
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
      const options = hyperparameters.map((option) => ({
        name: option.name,
        meaning: option.meaning,
        rule: option.rule,
        default: defaultValue(option) as Json,
        reason: option.reason,
        flags: flagsOf(name, option),
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
      `  ${flagsOf(name, parameter).join(' ')}: ${parameter.meaning}.`,
      `    default: ${parameter.rule}. Why: ${parameter.reason}.`,
    ]),
    `  ${reference}`,
    '',
  ];
}
