/** @file Columns as the inputs of a network that somebody else trained: a number as it stands, a text as one input for each that it can be. */
import { Matrix } from '../../linalg/index.ts';
import { CommandError } from '../files/command-error.ts';
import { quoted } from './answers.ts';
import { isMissing } from './missing.ts';
import { isInfinite, numeralsOf } from './numerals.ts';

/** A column that a network may read. */
export interface NamedColumn {
  readonly name: string;
  /** Of the rows that are used. */
  readonly cells: readonly string[];
}

/** Inputs, one per column of the matrix. */
export interface NamedInputs {
  /** "age", or "colour = red": 1 where the cell is that text, else 0. */
  readonly names: readonly string[];
  /** [rows, inputs], finite. */
  readonly inputs: Matrix;
  readonly told: readonly string[];
  readonly warnings: readonly string[];
}

/** How a table is read for a network: where its rows stand in the file, and what separates cells. */
export interface Place {
  readonly file: string;
  readonly used: Int32Array;
  readonly separator: string;
}

/** One input. */
interface Input {
  readonly column: NamedColumn;
  /** Undefined: the number in the cell. */
  readonly text?: string | undefined;
}

/** Names of one column that are told. */
const TOLD = 12;

/**
 * The inputs of a network from the columns of a table.
 *
 * @param wanted - Names of the inputs, in their order. Absent: every column in the order of the file; of a column of texts an input for each, in the
 * order of their code units, as pandas' get_dummies and scikit-learn's OneHotEncoder make them of one column.
 * @throws {CommandError} a cell of a column of numbers is none, an input is neither a column nor a text of one, or stands twice.
 */
export function namedInputs(
  place: Place,
  columns: readonly NamedColumn[],
  wanted?: readonly string[],
): NamedInputs {
  const inputs =
    wanted?.map((name) => inputOf(place, columns, name)) ??
    columns.flatMap((column) => inputsOf(place, column));
  if (wanted !== undefined) checkOnce(place, inputs);
  const rows = place.used.length;
  const out = new Matrix(rows, inputs.length);
  for (const [j, { column, text }] of inputs.entries()) {
    const values = text === undefined ? numbersOf(place, column) : undefined;
    for (let i = 0; i < rows; i++)
      out.data[i * inputs.length + j] = values?.[i] ?? Number(column.cells[i].trim() === text);
  }
  const unread = columns.filter((column) => !inputs.some((one) => one.column === column));
  return {
    names: inputs.map(nameOf),
    inputs: out,
    told: [
      ...inputSentences(inputs),
      ...(unread.length > 0
        ? [
            `Not read by the network: ${unread
              .slice(0, TOLD)
              .map(({ name }) => quoted(name))
              .join(', ')}${unread.length > TOLD ? ` and ${unread.length - TOLD} more` : ''}.`,
          ]
        : []),
    ],
    warnings: strangers(inputs),
  };
}

function inputOf({ file }: Place, columns: readonly NamedColumn[], name: string): Input {
  const own = columns.find((column) => column.name === name);
  if (own !== undefined) return { column: own };
  const column = columns.find((one) => name.startsWith(`${one.name} = `));
  if (column !== undefined) return { column, text: name.slice(column.name.length + 3).trim() };
  throw new CommandError(
    `${file}: the input ${quoted(name)} is none of its columns, nor "column = text" of one: it has ${columns
      .slice(0, TOLD)
      .map((one) => quoted(one.name))
      .join(', ')}${columns.length > TOLD ? ` and ${columns.length - TOLD} more` : ''}.`,
  );
}

/** An input read twice would count double. @throws {CommandError} one stands twice. */
function checkOnce({ file }: Place, inputs: readonly Input[]): void {
  const again = inputs.findIndex((one, j) =>
    inputs.slice(0, j).some((other) => other.column === one.column && other.text === one.text),
  );
  if (again < 0) return;
  const same = (one: Input): boolean =>
    one.column === inputs[again].column && one.text === inputs[again].text;
  const first = inputs.findIndex(same);
  throw new CommandError(
    `${file}: the inputs ${first + 1} and ${again + 1} are both ${quoted(nameOf(inputs[again]))}: a network reads each once.`,
  );
}

const nameOf = ({ column, text }: Input): string =>
  text === undefined ? column.name : `${column.name} = ${text}`;

function inputsOf({ separator }: Place, column: NamedColumn): Input[] {
  const present = column.cells.filter((cell) => !isMissing(cell));
  if (present.every(isInfinite) || numeralsOf(column.cells, separator) !== undefined) return [{ column }];
  const texts = [...new Set(present.map((cell) => cell.trim()))].sort();
  return texts.map((text) => ({ column, text }));
}

/** A column of numbers. @throws {CommandError} a cell is no number. */
function numbersOf({ file, used, separator }: Place, { name, cells }: NamedColumn): Float64Array {
  const numerals = numeralsOf(cells, separator);
  const strange = cells.findIndex((cell, i) =>
    numerals === undefined ? numeralsOf([cell], separator) === undefined : Number.isNaN(numerals.values[i]),
  );
  if (numerals !== undefined && strange < 0) return numerals.values;
  const at = Math.max(0, strange);
  const what =
    isInfinite(cells[at]) || numerals?.infinite.includes(at) === true ? 'is not finite' : 'is no number';
  throw new CommandError(
    `${file}: ${quoted(name)} is ${quoted(cells[at])} in row ${used[at]}, which ${what}; a network of your own reads it as one. Fill the cell as it was trained, or give its inputs as "${name} = text" in --inputs.`,
  );
}

/** Which columns became which inputs, counted from 1. */
function inputSentences(inputs: readonly Input[]): string[] {
  const parts: { readonly column: NamedColumn; readonly from: number; readonly texts: string[] }[] = [];
  for (const [j, { column, text }] of inputs.entries()) {
    const last = parts[parts.length - 1];
    if (text !== undefined && last?.column === column && last.texts.length > 0) last.texts.push(text);
    else parts.push({ column, from: j + 1, texts: text === undefined ? [] : [text] });
  }
  if (parts.every(({ texts }) => texts.length === 0) && parts.length > TOLD)
    return [`Its inputs 1 to ${parts.length} are the columns ${quoted(parts[0].column.name)} to ${quoted(parts[parts.length - 1].column.name)}, in this order.`]; // biome-ignore format: one sentence
  const told = parts.map(({ column, from, texts }) => {
    if (texts.length === 0) return `${from} ${quoted(column.name)}`;
    const to = from + texts.length - 1;
    const list = texts.slice(0, TOLD).map(quoted).join(', ');
    return `${to > from ? `${from} to ${to}` : from} ${quoted(column.name)} = ${list}${texts.length > TOLD ? ` and ${texts.length - TOLD} more` : ''}`;
  });
  const texts = parts.some((part) => part.texts.length > 0);
  return [
    `Its inputs: ${told.join('; ')}.${texts ? ' Of a text the input is 1 where the cell is that text, else 0.' : ''}`,
  ];
}

/** Cells of a text column that are none of its inputs. */
function strangers(inputs: readonly Input[]): string[] {
  const known = new Map<NamedColumn, Set<string>>();
  for (const { column, text } of inputs)
    if (text !== undefined) known.set(column, (known.get(column) ?? new Set()).add(text));
  return [...known].flatMap(([{ name, cells }, texts]) => {
    const others = cells.filter((cell) => !texts.has(cell.trim()));
    if (others.length === 0) return [];
    return [
      `${others.length} ${others.length === 1 ? 'cell' : 'cells'} of ${quoted(name)} ${others.length === 1 ? 'is' : 'are'} none of its inputs (${quoted(others[0])}): all of them are 0 there.`,
    ];
  });
}
