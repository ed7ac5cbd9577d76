/** @file Findings that nobody computed, for the page of an audit. */
import type { AuditData } from '../../../src/experiments/audit/audit-data.ts';
import type { Findings } from '../../../src/experiments/audit/findings.ts';
import { Matrix } from '../../../src/linalg/index.ts';

/** What differs from a table of classes with eight columns. */
export interface MadeUp {
  readonly rows: number;
  readonly kind?: 'classes' | 'numbers' | 'images';
  readonly flagged?: number;
  readonly cell?: (position: number, column: number) => string;
  readonly classes?: readonly string[];
  readonly target?: string;
}

/** Row 3 is left out: positions from 3 on are one row further. */
const rowOf = (position: number): number => position + Number(position >= 3);

export function madeUpFindings(made: MadeUp): Findings {
  const { rows, flagged = 12 } = made;
  const data = madeUpData(made);
  const at = (k: number): number => (k * 7919 + 2) % rows;
  const effect = (k: number, value: number) => ({
    position: at(k),
    row: rowOf(at(k)),
    effect: { value, error: 0.01 },
  });
  const several = Array.from({ length: Math.min(200, rows) }, (_, k) => k);
  const numbers = data.classes.length === 0;
  return {
    data,
    model: {
      text: 'one hidden layer of 16 ReLU units, 100 passes over the data, weight decay 0.001',
      networks: 20,
      heldOutLoss: { value: 0.31, error: 0.02 },
      trainLoss: { value: 0.2, error: 0.01 },
      ...(numbers
        ? {}
        : { accuracy: { value: 0.913, error: 0.004 }, balancedAccuracy: { value: 0.874, error: 0.006 } }),
      baseline: numbers ? 2.5 : 0.4,
    },
    trust: { lds: 0.52, ci: [0.47, 0.58], ceiling: 0.83, warnings: ['Training has not settled.'] },
    labels: Array.from({ length: rows }, (_, k) => ({
      position: at(k),
      row: rowOf(at(k)),
      score: k / rows,
      given: numbers ? '3.5' : data.classes[data.answers[at(k)]],
      ...(k < rows / 2 ? { suggested: numbers ? '1.25' : data.classes[1] } : {}),
      flagged: k < flagged,
      loss: { value: 4 - (3 * k) / rows, error: 0.2 },
      neighbours: [at(k + 1), at(k + 2), at(k + 3)],
    })),
    harmful: several.map((k) => effect(k, -0.004 / (k + 1))),
    carrying: several.map((k) => effect(k + 5, 0.004 / (k + 1))),
    duplicates: several.map((k) => ({
      position: at(k),
      row: rowOf(at(k)),
      other: rowOf(at(k + 1)),
      score: k / 1000,
      agree: k % 2 === 0,
    })),
    outliers: several.map((k) => ({ position: at(k), row: rowOf(at(k)), score: 20 / (k + 1) })),
    queries: Array.from({ length: Math.min(rows, Math.floor(1e6 / rows)) }, (_, k) => ({
      position: at(k),
      row: rowOf(at(k)),
      helped: [0.03, 0.02].map((value, j) => effect(k + 1 + j, value)),
      harmed: [-0.05, -0.04].map((value, j) => effect(k + 3 + j, value)),
    })),
    verified: {
      k: 12,
      removed: {
        loss: { value: -0.02, error: 0.004 },
        accuracy: { value: 0.01, error: 0.003 },
        predicted: -0.03,
      },
      random: { loss: { value: 0.001, error: 0.004 } },
    },
  };
}

function madeUpData(made: MadeUp): AuditData {
  const { rows, kind = 'classes', classes = ['cat', 'dog', 'horse'], target = 'animal' } = made;
  const { cell = (position, column) => `${((position * (column + 3)) % 97) / 10}` } = made;
  const names = ['length', 'width', 'height', 'weight', 'colour', 'region', 'date', 'remark'];
  const numbers = kind === 'numbers';
  return {
    source: 'data/animals.csv',
    target,
    task: numbers ? 'regression' : 'classification',
    rows: rows + 1,
    used: Int32Array.from({ length: rows }, (_, position) => rowOf(position)),
    features: names,
    inputs: new Matrix(rows, names.length),
    answers: Float64Array.from({ length: rows }, (_, i) => (numbers ? i / 8 : i % classes.length)),
    classes: numbers ? [] : classes,
    understood: [`${rows + 1} rows; row 3 has no ${target} and is left out.`, 'All columns are numbers.'],
    warnings: [],
    shown: names.map((name, column) => ({ name, cell: (position) => cell(position, column) })),
    ...(kind === 'images' ? { images: madeUpImages() } : {}),
  };
}

/** Noise, which no compression makes small, 16 × 16 in colour; the first pixel tells the position. */
function madeUpImages(): NonNullable<AuditData['images']> {
  return {
    width: 16,
    height: 16,
    channels: 3,
    pixels: (position) =>
      Uint8Array.from({ length: 768 }, (_, k) =>
        k === 0 ? position & 255 : (position * 31 + k * k * 7) & 255,
      ),
  };
}
