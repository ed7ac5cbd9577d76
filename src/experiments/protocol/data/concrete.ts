/** @file The UCI Concrete data that lie in data/: 1,030 mixtures, eight quantities and the compressive strength of each. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Matrix } from '../../../linalg/index.ts';
import { CommandError } from '../../files/command-error.ts';
import { digestBytes } from '../../files/digest.ts';

/** Raw quantities: inputs [n, 8] in kg/m³ and days, targets [n, 1] in MPa. */
export interface Concrete {
  readonly inputs: Matrix;
  readonly targets: Matrix;
  /** SHA-256 of the decompressed file. */
  readonly sha256: string;
}

export const CONCRETE_COLUMNS: readonly string[] = [
  'cement',
  'blast_furnace_slag',
  'fly_ash',
  'water',
  'superplasticizer',
  'coarse_aggregate',
  'fine_aggregate',
  'age',
  'compressive_strength',
];

const FILE = fileURLToPath(new URL('../../../../data/concrete.csv.gz', import.meta.url));
const SHA256 = 'c2690f237285ede14fa54fe05dbe6a83ce510f65de6a8c5f8cafd6cefd9f38e2';
let loaded: Concrete | undefined;

/** The data set, read once. @throws {CommandError} the file is missing or is not what it was. */
export function loadConcrete(): Concrete {
  loaded ??= parseConcrete(gunzipSync(readFileSync(FILE)));
  if (loaded.sha256 !== SHA256)
    throw new CommandError(`${FILE} has been changed (SHA-256 ${loaded.sha256}).`);
  return loaded;
}

const DECIMAL = /^\d+(\.\d+)?$/;

/** Parses a header and lines of nine numbers ≥ 0. @throws {CommandError} anything else; the message names the line. */
export function parseConcrete(csv: Uint8Array): Concrete {
  const [header, ...lines] = new TextDecoder().decode(csv).trimEnd().split('\n');
  if (header !== CONCRETE_COLUMNS.join(','))
    throw new CommandError(`concrete: line 1 is not ${CONCRETE_COLUMNS.join(',')}.`);
  if (lines.length === 0) throw new CommandError('concrete: no examples.');
  const features = CONCRETE_COLUMNS.length - 1;
  const inputs = new Matrix(lines.length, features);
  const targets = new Matrix(lines.length, 1);
  for (const [i, line] of lines.entries()) {
    const fields = line.split(',');
    if (fields.length !== features + 1 || !fields.every((field) => DECIMAL.test(field)))
      throw new CommandError(`concrete: line ${i + 2} is not ${features + 1} numbers.`);
    const numbers = fields.map(Number);
    inputs.row(i).set(numbers.slice(0, features));
    targets.data[i] = numbers[features];
  }
  return { inputs, targets, sha256: digestBytes(csv) };
}
