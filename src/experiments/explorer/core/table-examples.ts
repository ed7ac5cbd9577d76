/** @file A table as examples of the page: read and understood as by `audit`. */
import { decodeText } from '../../tables/decode-text.ts';
import { type TableRequest, tableData } from '../../tables/read-table.ts';
import { cellTable, likelyTarget } from '../../tables/text-table.ts';
import type { Examples } from './examples.ts';

/** A table that a person gives. */
export interface TableSource extends Pick<TableRequest, 'target' | 'task'> {
  readonly name: string;
  /** Of the file, unpacked. */
  readonly bytes: Uint8Array;
}

/** Names of the columns, and which is predicted. @throws {CommandError} it is no table. */
export function tableColumns({ name, bytes, target }: TableSource): {
  readonly columns: readonly string[];
  readonly target: string;
} {
  const { text } = decodeText(name, bytes);
  const predicted = target ?? likelyTarget(name, text);
  return { columns: cellTable(name, text, predicted).names, target: predicted };
}

/** A table as examples. Rows without a target are left out. @throws {CommandError} what `audit` refuses, in the same words. */
export function tableExamples(source: TableSource): Examples {
  const { name, bytes, task } = source;
  const { target } = tableColumns(source);
  const data = tableData(bytes, { file: name, target, task });
  const { answers, classes, used, shown } = data;
  return {
    name,
    inputs: data.inputs,
    answers:
      data.task === 'classification'
        ? { kind: 'classes', labels: Int32Array.from(answers), names: classes }
        : { kind: 'numbers', values: answers, name: data.target },
    titles: (index) => `row ${used[index]}`,
    cells: {
      columns: shown.map((column) => column.name),
      rows: Array.from(used, (_, i) => shown.map(({ cell }) => cell(i))),
    },
    told: [...data.understood, ...data.warnings],
  };
}
