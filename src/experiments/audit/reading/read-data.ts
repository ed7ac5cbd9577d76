/** @file Whatever is audited, by what the file or folder is. */
import { statSync } from 'node:fs';
import { readInput } from '../../files/read-input.ts';
import type { TableTask } from '../../tables/answers.ts';
import { type TableRequest, tableData } from '../../tables/read-table.ts';
import type { AuditData } from '../audit-data.ts';
import { readNpzData } from './read-npz.ts';
import { unpackedBytes } from './unpacked.ts';

/** A file or folder, and what the command line says of it. */
export type FileRequest = Omit<TableRequest, 'hint'>;

/** @throws {CommandError} it cannot be read; one line that says what to do. */
export async function readAuditData(asked: FileRequest): Promise<AuditData> {
  const { file } = asked;
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    const { readImageData } = await import('./read-images.ts'); // only images pay for their decoder
    return readImageData(asked);
  }
  const request = { ...asked, hint: taskHint };
  const [p, k] = readInput(file);
  return p === 0x50 && k === 0x4b ? readNpzData(request) : tableData(unpackedBytes(file), request);
}

function taskHint(other: TableTask): string {
  return ` (--task ${other} takes ${other === 'regression' ? 'them as numbers' : 'its values as classes'})`;
}
