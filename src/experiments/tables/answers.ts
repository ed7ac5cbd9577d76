/** @file The target: classes or numbers, seen from its cells. */
import { CommandError } from '../files/command-error.ts';
import { isMissing } from './missing.ts';
import { isInfinite, isNumeral, numeralsOf } from './numerals.ts';

export type TableTask = 'classification' | 'regression';

/** How to take a target that could be either as the other: words behind a sentence. */
export type TaskHint = (other: TableTask) => string;

/** What is to be predicted, of the rows that have it. */
export interface Answers {
  readonly task: TableTask;
  /** Numbers of classes, or target values. */
  readonly values: Float64Array;
  /** Names of the classes; empty for regression. */
  readonly classes: readonly string[];
  /** One sentence. */
  readonly told: string;
}

/** Fewer usable rows teach a network nothing that could be held against a row. */
export const FEWEST = 30;
/** More different texts than this share of the rows are no classes. */
const DISTINCT_SHARE = 0.2;
/** Integers of at most so many values are classes. */
const MOST_INTEGERS = 20;
const MOST_CLASSES = 1000;
/** Squares of larger targets, summed, overflow. */
const LARGEST = 1e150;

/** Cells are all present. @param asked - Undefined: seen from the cells. @throws {CommandError} one class or value, too many classes, texts for a regression. */
export function answersOf(
  name: string,
  cells: readonly string[],
  separator: string,
  asked?: TableTask | undefined,
  hint: TaskHint = () => '',
): Answers {
  const numerals = numeralsOf(cells, separator);
  const numbers = numerals !== undefined && numerals.strange.length === 0 ? numerals.values : undefined;
  const distinct = new Set(cells.map((cell) => cell.trim()));
  if (distinct.size === 1)
    throw new CommandError(
      `the target ${JSON.stringify(name)} is ${JSON.stringify(cells[0])} in every row: there is nothing to tell apart.`,
    );
  const task = asked ?? taskOf(numbers, distinct.size);
  if (task === 'regression') {
    if (numbers === undefined) throw notNumbers(name, cells);
    const large = numbers.find((value) => Math.abs(value) > LARGEST);
    if (large !== undefined)
      throw new CommandError(
        `the target ${quoted(name)} has the value ${large}: at most ${LARGEST} is expected, divide it by a power of ten.`,
      );
    return {
      task,
      values: numbers,
      classes: [],
      told: regressionSentence(name, numbers, asked === undefined ? hint('classification') : ''),
    };
  }
  return classAnswers(
    name,
    cells,
    numbers,
    numbers !== undefined && asked === undefined ? hint('regression') : '',
  );
}

function taskOf(numbers: Float64Array | undefined, distinct: number): TableTask {
  if (numbers === undefined) return 'classification';
  const integers = numbers.every((value) => Number.isInteger(value));
  return integers && distinct <= MOST_INTEGERS ? 'classification' : 'regression';
}

function classAnswers(
  name: string,
  cells: readonly string[],
  numbers: Float64Array | undefined,
  hint: string,
): Answers {
  const texts = cells.map((cell) => cell.trim());
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const classes = [...counts.keys()].sort((a, b) =>
    numbers === undefined ? (a < b ? -1 : 1) : Number(a) - Number(b) || (a < b ? -1 : 1),
  );
  if (classes.length > Math.min(MOST_CLASSES, Math.max(10, DISTINCT_SHARE * cells.length)))
    throw new CommandError(
      `the target ${JSON.stringify(name)} has ${classes.length} different values in ${cells.length} rows: these are no classes${
        numbers === undefined ? '' : '; regression takes them as numbers'
      }.`,
    );
  const code = new Map(classes.map((one, k) => [one, k]));
  return {
    task: 'classification',
    values: Float64Array.from(texts, (text) => code.get(text) ?? 0),
    classes,
    told: classSentence(name, classes, counts, hint),
  };
}

function notNumbers(name: string, cells: readonly string[]): CommandError {
  const strange = cells.find((cell) => !isNumeral(cell) && !isInfinite(cell)) ?? cells[0];
  return new CommandError(
    `regression needs numbers: the target ${JSON.stringify(name)} has the cell ${JSON.stringify(strange.slice(0, 40))}.`,
  );
}

function regressionSentence(name: string, values: Float64Array, hint: string): string {
  const sorted = values.slice().sort();
  const [low, middle, high] = [sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]];
  return `Target ${quoted(name)}: numbers from ${low} to ${high}, median ${middle}: regression${hint}.`;
}

function classSentence(
  name: string,
  classes: readonly string[],
  counts: ReadonlyMap<string, number>,
  hint: string,
): string {
  const most = [...classes].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  const shown = most.slice(0, 8).map((one) => `${quoted(one)} ${counts.get(one)}`);
  const rest = most.length > 8 ? `, and ${most.length - 8} more` : '';
  return `Target ${quoted(name)}: ${classes.length} classes: ${shown.join(', ')}${rest}: classification${hint}.`;
}

/** A name from outside, in quotes and on one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}

/** Which cells are there, and which of the others are infinite in a column of numbers. */
export function presentRows(
  cells: readonly string[],
  separator: string,
): { readonly used: Int32Array; readonly infinite: readonly number[] } {
  const infinite = numeralsOf(cells, separator)?.infinite ?? [];
  const left = new Set(infinite);
  const used = [...cells.keys()].filter((i) => !isMissing(cells[i]) && !left.has(i));
  return { used: Int32Array.from(used), infinite };
}

/** Rows that are left out for want of a finite answer. @param what - "target", "answer". @param missing - How many have none. */
export function leftOutSentences(what: string, missing: number, infinite: readonly number[]): string[] {
  const rows = (n: number, has: string, tail = ''): string[] =>
    n === 0
      ? []
      : [
          `${n} ${n === 1 ? 'row has' : 'rows have'} ${has} ${what}${tail} and ${n === 1 ? 'is' : 'are'} left out.`,
        ];
  return [
    ...rows(missing, 'no'),
    ...rows(
      infinite.length,
      'an infinite',
      ` (${infinite.length === 1 ? '' : 'the first is '}row ${infinite[0]})`,
    ),
  ];
}
