/** @file A table of text as examples: numbers stay numbers, words become indicators of their categories. */
import { Matrix } from '../../../linalg/index.ts';
import { readTable } from '../../../linalg/io/index.ts';
import { type Answers, type Examples, ExplorerError } from './examples.ts';

/** A table as it was read. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const SEPARATORS = [',', ';', '\t', '|'] as const;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?']);
/** Words of a column that become indicators; a column of more is left out. */
const MOST_CATEGORIES = 20;
/** A target of so few whole numbers is a class. */
const MOST_INTEGER_CLASSES = 10;
const LEAST_ROWS = 20;
const TARGET_NAMES = /^(target|label|class|y|outcome|diagnosis|species)$/i;

const isMissing = (cell: string): boolean => MISSING.has(cell.trim().toLowerCase());

/** A cell as a number, NaN where it is none. A comma is a decimal comma where the table is not separated by it. */
function numberOf(cell: string): number {
  const text = cell.trim();
  if (NUMBER.test(text)) return Number(text);
  return DECIMAL_COMMA.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
}

/** The separator that gives the most columns in the first line outside quotes; a comma in doubt. */
function separatorOf(text: string): string {
  const [line = ''] = text.replace(/"[^"]*"/g, '').split(/\r?\n/, 1);
  const counts = SEPARATORS.map((separator) => line.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))];
}

/**
 * Reads a table; the separator is seen, and a first row without numbers is a header.
 *
 * @throws {ExplorerError} fewer than 20 rows or 2 columns. @throws {FormatError} rows of unequal length, stray quotes.
 */
export function readAnyTable(name: string, text: string): Table {
  const options = { separator: separatorOf(text), trim: true, emptyLines: 'skip' } as const;
  const { rows: all } = readTable(text, options);
  const [first = []] = all;
  const headed = first.length > 0 && first.every((cell) => !isMissing(cell) && Number.isNaN(numberOf(cell)));
  const rows = headed ? all.slice(1) : all;
  const columns = headed ? first : first.map((_, j) => `column ${j + 1}`);
  if (columns.length < 2)
    throw new ExplorerError(`${name}: one column; a table needs features and a target.`);
  if (rows.length < LEAST_ROWS)
    throw new ExplorerError(`${name}: ${rows.length} rows are too few; at least ${LEAST_ROWS} are needed.`);
  return { name, columns, rows };
}

/** The column to predict where nobody says: one called target, label, class or y; else the last. */
export function likelyTarget({ columns }: Table): number {
  const named = columns.findIndex((name) => TARGET_NAMES.test(name));
  return named >= 0 ? named : columns.length - 1;
}

interface Feature {
  readonly names: readonly string[];
  /** [rows], for each name. */
  readonly values: readonly Float64Array[];
  readonly told?: string;
}

/** A column of numbers: missing ones are the mean, and an indicator says where. */
function numericFeature(name: string, cells: readonly string[]): Feature {
  const raw = Float64Array.from(cells, (cell) => (isMissing(cell) ? Number.NaN : numberOf(cell)));
  const known = raw.filter((value) => !Number.isNaN(value));
  if (known.length === raw.length) return { names: [name], values: [raw] };
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return {
    names: [name, `${name} is missing`],
    values: [raw.map((v) => (Number.isNaN(v) ? mean : v)), raw.map((v) => (Number.isNaN(v) ? 1 : 0))],
    told: `${name}: ${raw.length - known.length} missing cells stand for the mean.`,
  };
}

/** A column of words: an indicator for each, missing as a word of its own. */
function categoricalFeature(name: string, cells: readonly string[]): Feature {
  const words = cells.map((cell) => (isMissing(cell) ? '(missing)' : cell.trim()));
  const categories = [...new Set(words)].sort();
  if (categories.length > MOST_CATEGORIES || categories.length < 2)
    return {
      names: [],
      values: [],
      told: `${name} is left out: ${categories.length === 1 ? 'it is constant' : `${categories.length} different texts`}.`,
    };
  return {
    names: categories.map((category) => `${name} = ${category}`),
    values: categories.map((category) => Float64Array.from(words, (word) => (word === category ? 1 : 0))),
  };
}

const isNumeric = (cells: readonly string[]): boolean => {
  const known = cells.filter((cell) => !isMissing(cell));
  return known.length > 0 && known.every((cell) => !Number.isNaN(numberOf(cell)));
};

function featureOf(name: string, cells: readonly string[]): Feature {
  if (!isNumeric(cells)) return categoricalFeature(name, cells);
  const feature = numericFeature(name, cells);
  const [values] = feature.values;
  if (values.every((value) => value === values[0]))
    return { names: [], values: [], told: `${name} is left out: it is constant.` };
  const counts = values.every((value, i) => i === 0 || value === values[i - 1] + 1);
  return counts ? { names: [], values: [], told: `${name} is left out: it counts the rows.` } : feature;
}

/** The target as classes or as numbers. */
function answersOf(name: string, cells: readonly string[]): Answers {
  const values = Float64Array.from(cells, numberOf);
  const numeric = isNumeric(cells);
  const names = [...new Set(cells.map((cell) => cell.trim()))];
  const whole = numeric && values.every(Number.isInteger) && names.length <= MOST_INTEGER_CLASSES;
  if (numeric && !whole) return { kind: 'numbers', values, name };
  if (names.length < 2)
    throw new ExplorerError(`${name} has one value only; choose another column to predict.`);
  if (names.length > 100)
    throw new ExplorerError(`${name} has ${names.length} different texts; choose another column to predict.`);
  names.sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
  const at = new Map(names.map((word, c) => [word, c]));
  return { kind: 'classes', labels: Int32Array.from(cells, (cell) => at.get(cell.trim()) as number), names };
}

/**
 * A table as examples. Rows without a target are left out.
 *
 * @param target - Index of the column to predict.
 * @throws {ExplorerError} no features are left, a target that is constant or has too many words.
 */
export function tableExamples(table: Table, target: number): Examples {
  const kept = table.rows.flatMap((row, i) => (isMissing(row[target]) ? [] : [i]));
  if (kept.length < LEAST_ROWS)
    throw new ExplorerError(`${table.columns[target]}: only ${kept.length} rows have a value.`);
  const rows = kept.map((i) => table.rows[i]);
  const answers = answersOf(
    table.columns[target],
    rows.map((row) => row[target]),
  );
  const others = table.columns.flatMap((_, j) => (j === target ? [] : [j]));
  const features = others.map((j) =>
    featureOf(
      table.columns[j],
      rows.map((row) => row[j]),
    ),
  );
  const columns = features.flatMap(({ values }) => values);
  if (columns.length === 0) throw new ExplorerError(`${table.name}: no column is left to predict from.`);
  const inputs = new Matrix(rows.length, columns.length);
  for (const [j, column] of columns.entries())
    for (let i = 0; i < rows.length; i++) inputs.data[i * columns.length + j] = column[i];
  const left = table.rows.length - kept.length;
  return {
    name: table.name,
    inputs,
    answers,
    titles: (index) => `row ${kept[index]}`,
    cells: {
      columns: others.map((j) => table.columns[j]),
      rows: rows.map((row) => others.map((j) => row[j])),
    },
    told: [
      `${rows.length} rows, ${columns.length} features from ${others.length} columns.`,
      answers.kind === 'classes'
        ? `${table.columns[target]} is predicted: ${answers.names.length} classes.`
        : `${table.columns[target]} is predicted: a number.`,
      ...(left === 0 ? [] : [`${left} rows without a target are left out.`]),
      ...features.flatMap(({ told }) => (told === undefined ? [] : [told])),
    ],
  };
}
