/** @file Columns as numbers for a network: numbers as they are, categories as indicators, a missing cell as an indicator of its own. */
import { Matrix } from '../../linalg/index.ts';
import type { FeatureColumn } from './columns.ts';

/** Features, one per column of the matrix. */
export interface Features {
  readonly names: readonly string[];
  /** [rows, features]; NaN where a number is missing. */
  readonly inputs: Matrix;
}

/** One feature. */
interface Feature {
  readonly name: string;
  readonly of: (row: number) => number;
}

/** Features of named columns, in their order. */
export function featuresOf(
  columns: readonly (readonly [name: string, column: FeatureColumn])[],
  rows: number,
): Features {
  const features = columns.flatMap(([name, column]) => columnFeatures(name, column));
  const inputs = new Matrix(rows, features.length);
  for (const [j, { of }] of features.entries())
    for (let i = 0; i < rows; i++) inputs.data[i * features.length + j] = of(i);
  return { names: features.map(({ name }) => name), inputs };
}

function columnFeatures(name: string, column: FeatureColumn): Feature[] {
  if (column.kind === 'categories') {
    const { levels, codes, pooled } = column;
    const others: readonly (readonly [string, number])[] = [
      ...(pooled > 0 ? [['(rare)', levels.length] as const] : []),
      ...(codes.includes(-1) ? [['(missing)', -1] as const] : []),
    ];
    const all = [...levels.map((level, k) => [level, k] as const), ...others];
    // of two levels one says it all
    const kept = all.length === 2 ? all.slice(0, 1) : all;
    return kept.map(([level, code]) => ({
      name: `${name} = ${level}`,
      of: (i) => (codes[i] === code ? 1 : 0),
    }));
  }
  const { values } = column;
  const own = { name, of: (i: number) => values[i] };
  if (!values.some((value) => Number.isNaN(value))) return [own];
  return [own, { name: `${name} is missing`, of: (i) => (Number.isNaN(values[i]) ? 1 : 0) }];
}
