/** @file UCI Digits from the bytes of data/digits.csv.gz, unpacked. */
import { Matrix } from '../../../linalg/index.ts';
import { readCsv } from '../../../linalg/io/index.ts';
import { type Examples, ExplorerError } from './examples.ts';

const SIDE = 8;
const PIXELS = SIDE * SIDE;
const BRIGHTEST = 16;

/** The 1,797 images of 8 × 8 pixels 0..16. @throws {ExplorerError} lines of another form. */
export function digitsExamples(csv: Uint8Array): Examples {
  const { values } = readCsv(csv);
  if (values.cols !== PIXELS + 1) throw new ExplorerError('digits: a line is not 64 pixels and a label.');
  const inputs = new Matrix(values.rows, PIXELS);
  const labels = new Int32Array(values.rows);
  for (let i = 0; i < values.rows; i++) {
    const row = values.row(i);
    inputs.row(i).set(row.subarray(0, PIXELS));
    labels[i] = row[PIXELS];
  }
  const pixels = Uint8Array.from(inputs.data, (value) => Math.round((255 * value) / BRIGHTEST));
  return {
    name: 'Digits',
    inputs,
    answers: { kind: 'classes', labels, names: Array.from({ length: 10 }, (_, c) => String(c)) },
    titles: (index) => `image ${index}`,
    pictures: { width: SIDE, height: SIDE, pixels },
    told: ['UCI Digits: 1,797 handwritten digits of 8 × 8 pixels.'],
  };
}
