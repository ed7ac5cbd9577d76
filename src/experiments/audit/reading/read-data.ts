/** @file Whatever is audited, by what the file or folder is. */
import { statSync } from 'node:fs';
import { readInput } from '../../files/read-input.ts';
import type { AuditData } from '../audit-data.ts';
import { readCsvData, type TableRequest } from './read-csv.ts';
import { readNpzData } from './read-npz.ts';

/** @throws {CommandError} it cannot be read; one line that says what to do. */
export async function readAuditData(request: TableRequest): Promise<AuditData> {
  const { file } = request;
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    const { readImageData } = await import('./read-images.ts'); // only images pay for their decoder
    return readImageData(request);
  }
  const [p, k] = readInput(file);
  return p === 0x50 && k === 0x4b ? readNpzData(request) : readCsvData(request);
}
