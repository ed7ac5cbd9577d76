/** @file The append-only file of retrainings: fixed-size checksummed records behind a checksummed header. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { NumericalError } from '../../linalg/index.ts';
import { CommandError, systemMessage, unlessRefused } from '../files/command-error.ts';

/** One retrained model: how it fared on every query. */
export interface RetrainingRecord {
  readonly subset: number;
  readonly seed: number;
  /** Seconds on one core; informative only. */
  readonly seconds: number;
  /** What was measured on every query, by the name of the measurement; each of shape [queries]. */
  readonly values: { readonly [measurement: string]: Float64Array };
}

/** What a log holds: the key of the retraining task (64 hex digits), the number of queries, and what is measured on each, in this order. */
export interface LogIdentity {
  readonly key: string;
  readonly queries: number;
  readonly measurements: readonly string[];
}

const MAGIC = 'EFRETR01';
/** What stands before the first record. */
export const HEADER_BYTES = 64;
const RECORD_MARK = 0x31524645;
const PREFIX_BYTES = 24; // mark, subset, seed, zero (uint32), seconds (float64)
const CHECKSUM_BYTES = 16;
/** More than any experiment measures on a query. */
const MOST_MEASUREMENTS = 64;

/** Bytes of one record. */
export function recordBytes(queries: number, measurements: number): number {
  return PREFIX_BYTES + 8 * measurements * queries + CHECKSUM_BYTES;
}

/** The header of a log, 64 bytes: magic, key, queries (uint32), record size (uint32), zeros, checksum. */
export function encodeHeader({ key, queries, measurements }: LogIdentity): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC), 0);
  bytes.set(Buffer.from(key, 'hex'), 8);
  view.setUint32(40, queries, true);
  view.setUint32(44, recordBytes(queries, measurements.length), true);
  bytes.set(checksum(bytes.subarray(0, 56)).subarray(0, 8), 56);
  return bytes;
}

/** What a log says that it is: measurements by their numbers, since a log does not name them. Undefined: it is none. */
export function identityOfLog(bytes: Uint8Array): LogIdentity | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const queries = view.getUint32(40, true);
  const count = (view.getUint32(44, true) - recordBytes(queries, 0)) / (8 * queries);
  if (!Number.isInteger(count) || count < 1 || count > MOST_MEASUREMENTS) return undefined;
  const identity = {
    key: Buffer.from(bytes.subarray(8, 40)).toString('hex'),
    queries,
    measurements: Array.from({ length: count }, (_, k) => String(k)),
  };
  return Buffer.from(encodeHeader(identity)).equals(bytes.subarray(0, HEADER_BYTES)) ? identity : undefined;
}

/** A record as bytes; its checksum also covers the log's key, so a record copied from another log is refused. */
export function encodeRecord(
  { key, queries, measurements }: LogIdentity,
  record: RetrainingRecord,
): Uint8Array {
  const bytes = new Uint8Array(recordBytes(queries, measurements.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, RECORD_MARK, true);
  view.setUint32(4, record.subset, true);
  view.setUint32(8, record.seed, true);
  view.setFloat64(16, record.seconds, true);
  const numbers = new Float64Array(bytes.buffer, PREFIX_BYTES, measurements.length * queries);
  for (const [k, name] of measurements.entries()) numbers.set(record.values[name], k * queries);
  bytes.set(recordChecksum(key, bytes), bytes.length - CHECKSUM_BYTES);
  return bytes;
}

/** What the bytes of a log hold. `foreign`: the header is not of this log. Torn or damaged records are left out. */
export interface LogContent {
  readonly foreign: boolean;
  readonly records: readonly RetrainingRecord[];
  readonly damaged: number;
  readonly tornBytes: number;
}

/** Reads a log. A record counts only if its checksum holds, its zero is one and its numbers are finite; the records behind a damaged one are still found. */
export function decodeLog(identity: LogIdentity, bytes: Uint8Array): LogContent {
  if (bytes.length < HEADER_BYTES)
    return { foreign: false, records: [], damaged: 0, tornBytes: bytes.length };
  const header = Buffer.from(encodeHeader(identity));
  if (!header.equals(bytes.subarray(0, HEADER_BYTES)))
    return { foreign: true, records: [], damaged: 0, tornBytes: 0 };
  const size = recordBytes(identity.queries, identity.measurements.length);
  const records: RetrainingRecord[] = [];
  let damaged = 0;
  let at = HEADER_BYTES;
  for (; at + size <= bytes.length; at += size) {
    const record = decodeLogRecord(identity, Uint8Array.from(bytes.subarray(at, at + size)));
    if (record === undefined) damaged++;
    else records.push(record);
  }
  return { foreign: false, records, damaged, tornBytes: bytes.length - at };
}

/** One record, or undefined where the bytes are not a whole and sound one of this log. */
export function decodeLogRecord(
  { key, queries, measurements }: LogIdentity,
  bytes: Uint8Array,
): RetrainingRecord | undefined {
  const view = new DataView(bytes.buffer);
  const sum = recordChecksum(key, bytes);
  if (view.getUint32(0, true) !== RECORD_MARK || !sum.equals(bytes.subarray(bytes.length - CHECKSUM_BYTES)))
    return undefined;
  const numbers = new Float64Array(bytes.buffer, PREFIX_BYTES, measurements.length * queries);
  const seconds = view.getFloat64(16, true);
  if (view.getUint32(12, true) !== 0 || !(seconds >= 0 && seconds < Number.POSITIVE_INFINITY))
    return undefined;
  if (!numbers.every(Number.isFinite)) return undefined;
  return {
    subset: view.getUint32(4, true),
    seed: view.getUint32(8, true),
    seconds,
    values: Object.fromEntries(
      measurements.map((name, k) => [name, numbers.slice(k * queries, (k + 1) * queries)]),
    ),
  };
}

/** Appends records to a log; each is on its way to the disk, complete, before `append` returns. */
export class RetrainingLogWriter {
  private readonly file: string;
  private readonly identity: LogIdentity;
  private readonly handle: number;
  private readonly written: (record: Uint8Array) => void;
  private length: number;

  /** Opens the log, or begins it. @param written - Given each record. @throws {Error} the file holds something else. */
  constructor(file: string, identity: LogIdentity, written: (record: Uint8Array) => void = () => {}) {
    this.written = written;
    this.file = file;
    this.identity = identity;
    this.handle = openSync(file, 'a+');
    this.length = fstatSync(this.handle).size;
    const header = encodeHeader(identity);
    if (this.length < HEADER_BYTES) {
      ftruncateSync(this.handle, 0);
      this.length = 0;
      this.write(header);
      return;
    }
    const found = Buffer.alloc(HEADER_BYTES);
    readSync(this.handle, found, 0, HEADER_BYTES, 0);
    if (!found.equals(header)) throw new Error(`${file} is not the retraining log that it should be.`);
  }

  /**
   * Appends one record, whole or not at all.
   *
   * @throws {NumericalError} a measurement is not finite: the record would not be read back.
   */
  append(record: RetrainingRecord): void {
    const { subset, seed, values } = record;
    if (!this.identity.measurements.every((name) => values[name].every(Number.isFinite)))
      throw new NumericalError(
        `retraining ${seed} of subset ${subset}: measurements of queries are not finite. Lower the learning rate.`,
      );
    const bytes = encodeRecord(this.identity, record);
    this.write(bytes);
    this.written(bytes);
  }

  close(): void {
    closeSync(this.handle);
  }

  private write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.handle, bytes, done);
      this.length += bytes.length;
    } catch (error) {
      this.cut();
      const reason = systemMessage(error);
      if (reason === undefined) throw error;
      throw new CommandError(`cannot write ${this.file}: ${reason}.`);
    }
  }

  /** A full disk leaves no half record; where it cannot be cut, its checksum tells. */
  private cut(): void {
    unlessRefused(() => ftruncateSync(this.handle, this.length), undefined); // the first failure is the one to report
  }
}

function recordChecksum(key: string, record: Uint8Array): Buffer {
  return createHash('sha256')
    .update(key, 'latin1')
    .update(record.subarray(0, record.length - CHECKSUM_BYTES))
    .digest()
    .subarray(0, CHECKSUM_BYTES);
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
