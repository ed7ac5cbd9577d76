/** @file PyTorch's .pt2 archives, as `torch.export.save` writes them: a zip of a graph as JSON and raw weights. */
import { FormatError, UnsupportedError } from '../errors.ts';
import { asBytes, type Bytes, whatItIs } from './bytes.ts';
import { isJsonObject, type JsonObject, ownField, parseJsonObject } from './json-text.ts';
import { checkOptions } from './options.ts';
import { type Pt2Tensor, readPayload } from './pt2-tensors.ts';
import { DEFAULT_MAX_BYTES, type InflateRaw, readZip } from './zip.ts';

export type { Pt2Tensor } from './pt2-tensors.ts';

export interface Pt2Options {
  /** Expands raw DEFLATE data to `size` bytes. PyTorch stores without compression; another zip program may have packed the archive anew. */
  readonly inflateRaw?: InflateRaw;
  /** What compressed members may expand to together, in bytes. Default 2³⁰ (1 GiB). */
  readonly maxBytes?: number;
}

/** What an archive holds. */
export interface Pt2Archive {
  /** The exported program as JSON has it: `graph_module`, `schema_version` and more; only the version is checked here. */
  readonly program: JsonObject;
  /** Parameters and buffers by name, in the order of the file. */
  readonly weights: ReadonlyMap<string, Pt2Tensor>;
  /** Tensors that the graph needs beside them. */
  readonly constants: ReadonlyMap<string, Pt2Tensor>;
}

const MODEL = /^models\/([^/]+)\.json$/;
/** What PyTorch writes nests about 12 deep. */
const MAX_DEPTH = 64;
const SCHEMA_MAJOR = 8;
const ADVICE =
  'save it with torch.export.save(torch.export.export(model, (x,)), path) in evaluation mode (model.eval)';

/**
 * Reads a .pt2 archive. Pickles in it (sample inputs) are not looked at.
 *
 * @param bytes - The whole file. Not modified; the result refers to it until each tensor is looked at.
 * @returns the program, and its tensors as float64 in C order, whatever their strides and type (F64, F32, F16, BF16, integers, Booleans).
 * @throws {FormatError} a damaged or hostile archive (as readNpz), no archive of `torch.export.save`, JSON that is none or is no program, sizes
 * that the storage does not have. @throws {UnsupportedError} an archive of an older PyTorch, another major version of the schema than 8,
 * several models in one archive, big-endian weights, a tensor that is pickled or sparse. @throws {DomainError} `bytes` are none, or an option is wrong.
 * Cost: O(bytes); a tensor is decoded whenever its `data` is looked at.
 * Reference: torch/export/pt2_archive and torch/_export/serde/schema.py of PyTorch 2.13 (schema 8.20).
 * @example
 * const archive = writeZip([['m/archive_format', bytes('pt2')]]); // no model in it
 * readPt2(archive); // throws FormatError
 */
export function readPt2(bytes: Bytes, options: Pt2Options = {}): Pt2Archive {
  const where = 'readPt2';
  checkOptions(where, options, {
    inflateRaw: {
      test: (value) => typeof value === 'function',
      want: 'a function (compressed, size) → bytes',
    },
    maxBytes: { test: (value) => typeof value === 'number' && value >= 0, want: 'a number of bytes ≥ 0' },
  });
  const file = asBytes(where, bytes);
  if (file[0] !== 0x50 || file[1] !== 0x4b)
    refuse(`not a zip archive.${whatItIs(file)} To make one, ${ADVICE}.`);
  const members = readZip(file, options.inflateRaw, options.maxBytes ?? DEFAULT_MAX_BYTES);
  const root = rootOf(members);
  const member = (name: string): Uint8Array | undefined => members.get(`${root}/${name}`);
  checkKind([...members.keys()], member);
  const models = [...members.keys()].flatMap((name) => MODEL.exec(name.slice(root.length + 1))?.[1] ?? []);
  if (models.length === 0) refuse(`the archive holds no exported program (models/NAME.json): ${ADVICE}.`);
  if (models.length > 1)
    throw new UnsupportedError(
      `pt2: the archive holds ${models.length} models; save each in a file of its own.`,
    );
  const [model] = models;
  const program = parseJsonObject(
    'pt2',
    'the program',
    member(`models/${model}.json`) ?? new Uint8Array(),
    MAX_DEPTH,
  );
  checkVersion(program);
  const payload = (folder: string): ReadonlyMap<string, Pt2Tensor> => {
    const name = `data/${folder}/${model}_${folder}_config.json`;
    const config = member(name);
    if (config === undefined) refuse(`${name} is missing.`);
    return readPayload(parseJsonObject('pt2', name, config, MAX_DEPTH), (path) =>
      member(`data/${folder}/${path}`),
    );
  };
  return { program, weights: payload('weights'), constants: payload('constants') };
}

/** The folder that everything lies in: PyTorch names it after the file. */
function rootOf(members: ReadonlyMap<string, Uint8Array>): string {
  const [first] = members.keys();
  if (first === undefined) refuse('the archive is empty.');
  return first.split('/')[0];
}

function checkKind(names: readonly string[], member: (name: string) => Uint8Array | undefined): void {
  const text = (name: string): string | undefined => {
    const content = member(name);
    return content === undefined ? undefined : String.fromCharCode(...content.subarray(0, 20)).trim();
  };
  if (text('archive_format') !== 'pt2') {
    if (names.some((name) => name.endsWith('serialized_exported_program.json')))
      throw new UnsupportedError(
        'pt2: the archive is of an older PyTorch, with pickled weights: save it anew with PyTorch 2.13.',
      );
    if (names.some((name) => name.endsWith('data.pkl')))
      refuse(`the archive is of torch.save or TorchScript, with pickles, which are not read: ${ADVICE}.`);
    refuse(`not an archive of torch.export.save: ${ADVICE}.`);
  }
  const order = text('byteorder') ?? 'little';
  if (order !== 'little')
    throw new UnsupportedError(`pt2: byte order ${JSON.stringify(order)}; only little is supported.`);
}

function checkVersion(program: JsonObject): void {
  const version = ownField(program, 'schema_version');
  const major = isJsonObject(version) ? ownField(version, 'major') : undefined;
  if (!Number.isInteger(major)) refuse('the program has no schema_version.');
  if (major !== SCHEMA_MAJOR)
    throw new UnsupportedError(
      `pt2: the program's schema has the major version ${String(major)}; ${SCHEMA_MAJOR} is supported (PyTorch 2.7 to 2.13 and what is compatible).`,
    );
}

function refuse(problem: string): never {
  throw new FormatError('pt2', problem);
}
