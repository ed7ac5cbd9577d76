/** @file Results of tasks on disk: one checksummed file each, written whole, never trusted unread. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import * as v from 'valibot';
import { NumericalError } from '../../linalg/index.ts';
import { writeFile } from '../files/atomic-write.ts';
import { canonicalJson, type Json } from '../files/digest.ts';
import { checkJson, JsonError, parseJson } from '../files/json.ts';
import { index, secondsSchema } from '../files/json-schemas.ts';
import { makeFolder } from '../files/make-folder.ts';
import { readIfPresent } from '../files/read-input.ts';
import { MissingInputError } from './missing-input.ts';
import { checkResult, NonFiniteResultError, type StoredTask } from './result-form.ts';
import { type StoredArray, type Task, type TaskResult, taskIdentity, taskKey } from './task.ts';

const MAGIC = 'EFTASK01';
const CHECKSUM_BYTES = 32;

const name = v.pipe(
  v.string(),
  v.check((text) => text !== '__proto__', 'another name'),
);

/** What stands before the numbers in a result file. Values are what the task of that version yields: plain JSON. */
const HeaderSchema = v.strictObject({
  task: v.unknown(),
  value: v.record(
    v.string(),
    v.custom<Json>(() => true),
  ),
  seconds: secondsSchema,
  arrays: v.pipe(
    v.array(v.strictObject({ name, shape: v.array(index) })),
    v.check((all) => new Set(all.map((array) => array.name)).size === all.length, 'every name once'),
  ),
});
type Header = v.InferOutput<typeof HeaderSchema>;

/**
 * A folder of results, `folder/<task name>/<key>.task`. File layout, little endian: 8 bytes magic, header length
 * (uint32, a multiple of 8 with the 4 zero bytes behind it), header JSON padded with spaces, the arrays as float64,
 * SHA-256 of all before it.
 */
export class Store {
  readonly folder: string;
  private readonly notify: (line: string) => void;
  private readonly told = new Set<string>();
  private readonly written: (bytes: Uint8Array) => void;

  /**
   * @param notify - Told once, in one line, about each file that is damaged or foreign.
   * @param written - Given the bytes of each result that is stored.
   */
  constructor(
    folder: string,
    notify: (line: string) => void,
    written: (bytes: Uint8Array) => void = () => {},
  ) {
    this.folder = folder;
    this.notify = notify;
    this.written = written;
  }

  /** Where the result of a task lies. */
  file(task: Task): string {
    return path.join(this.folder, task.name, `${taskKey(task)}.task`);
  }

  /**
   * The stored result of exactly this task, or undefined. A file that fails any check counts as absent: checksum, header, and
   * the form that the task's results have.
   */
  read(task: StoredTask): TaskResult | undefined {
    const file = this.file(task);
    const bytes = readIfPresent(file);
    if (bytes === undefined) return undefined;
    const result = decode(bytes, task);
    const fault = typeof result === 'string' ? result : faultOf(() => checkResult(result, task.form));
    if (typeof result !== 'string' && fault === undefined) return result;
    if (!this.told.has(file)) this.notify(`${file} is not trusted (${fault}) and is computed again.`);
    this.told.add(file);
    return undefined;
  }

  /** The stored result of a task that must be there. @throws {MissingInputError} it is not, or cannot be trusted. */
  get(task: StoredTask): TaskResult {
    const result = this.read(task);
    if (result === undefined)
      throw new MissingInputError(`${this.file(task)} is missing.`, {
        kind: 'result',
        name: task.name,
        key: taskKey(task),
      });
    return result;
  }

  /**
   * Stores a result: atomically, durably.
   *
   * @throws {NumericalError} numbers that must be finite are not. @throws {Error} a result that `read` would not take: a bug.
   */
  write(task: StoredTask, result: TaskResult): void {
    try {
      checkResult(result, task.form);
    } catch (error) {
      if (error instanceof NonFiniteResultError) throw new NumericalError(`${task.name}: ${error.message}`);
      if (error instanceof JsonError) throw new Error(`${task.name}: a result out of form: ${error.message}`);
      throw error;
    }
    makeFolder(path.join(this.folder, task.name));
    const bytes = encode(task, result);
    writeFile(this.file(task), bytes);
    this.written(bytes);
  }
}

function encode(task: Task, { value, arrays, seconds }: TaskResult): Uint8Array {
  const entries = Object.entries(arrays);
  const header: Header = {
    task: taskIdentity(task),
    value,
    seconds,
    arrays: entries.map(([name, { shape }]) => ({ name, shape: [...shape] })),
  };
  const text = new TextEncoder().encode(canonicalJson(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const numbers = entries.reduce((total, [, array]) => total + array.data.length, 0);
  const bytes = new Uint8Array(16 + padded + numbers * 8 + CHECKSUM_BYTES);
  bytes.set(new TextEncoder().encode(MAGIC), 0);
  new DataView(bytes.buffer).setUint32(8, padded, true);
  bytes.fill(0x20, 16, 16 + padded);
  bytes.set(text, 16);
  let at = 16 + padded;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  bytes.set(createHash('sha256').update(bytes.subarray(0, at)).digest(), at);
  return bytes;
}

/** What a result file holds, whatever task it is of. */
export interface StoredRecord {
  readonly task: Task;
  readonly result: TaskResult;
}

const TaskSchema = v.strictObject({
  name: v.string(),
  version: index,
  config: v.custom<Json>((value) => value !== undefined, 'a value'),
  inputs: v.record(v.string(), v.string()),
});

/** A result file of any task, or the reason why the bytes are none. */
export function decodeRecord(bytes: Uint8Array): StoredRecord | string {
  const found = decodeAny(bytes);
  if (typeof found === 'string') return found;
  let task: Task | undefined;
  const fault = faultOf(() => {
    task = checkJson(TaskSchema, found.task);
  });
  return task === undefined ? `its task: ${fault}` : { task, result: found.result };
}

/** The result, or the reason why the bytes are not it. */
function decode(bytes: Uint8Array, task: Task): TaskResult | string {
  const found = decodeAny(bytes);
  if (typeof found === 'string') return found;
  if (canonicalJson(found.task) !== canonicalJson(taskIdentity(task)))
    return 'it is the result of another task';
  return found.result;
}

function decodeAny(bytes: Uint8Array): { readonly task: unknown; readonly result: TaskResult } | string {
  if (bytes.length < 16 + CHECKSUM_BYTES) return 'it is too short';
  if (new TextDecoder('latin1').decode(bytes.subarray(0, 8)) !== MAGIC) return 'it is not a result file';
  const end = bytes.length - CHECKSUM_BYTES;
  const sum = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!sum.equals(bytes.subarray(end))) return 'its checksum is wrong';
  const padded = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  if (16 + padded > end) return 'its header is too long';
  const header = decodeHeader(bytes.subarray(16, 16 + padded));
  if (typeof header === 'string') return header;
  const arrays: { [name: string]: StoredArray } = {};
  let at = 16 + padded;
  for (const { name, shape } of header.arrays) {
    const count = shape.reduce((product, n) => product * n, 1);
    if (at + count * 8 > end) return 'its arrays are cut off';
    arrays[name] = { shape, data: doublesAt(bytes, at, count) };
    at += count * 8;
  }
  if (at !== end) return 'its length is wrong';
  return { task: header.task, result: { value: header.value, arrays, seconds: header.seconds } };
}

/** The header, or the reason why it is none: a checksum that holds does not make a file ours. */
function decodeHeader(bytes: Uint8Array): Header | string {
  let header: Header | undefined;
  const fault = faultOf(() => {
    header = checkJson(HeaderSchema, parseJson(bytes));
  });
  return header ?? `its header: ${fault}`;
}

/** Why a check refuses, without the full stop; undefined when it does not. */
function faultOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof JsonError) return error.message.replace(/\.$/, '');
    throw error;
  }
}

/** A copy: the bytes may lie at any offset of a larger buffer. */
function doublesAt(bytes: Uint8Array, at: number, count: number): Float64Array {
  const data = new Float64Array(count);
  new Uint8Array(data.buffer).set(bytes.subarray(at, at + count * 8));
  return data;
}
