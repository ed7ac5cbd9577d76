/** @file What a further experiment leaves beside results.json: figures, tables and one JSON file. */
import path from 'node:path';
import { FIGURES } from '../engine/folders.ts';
import { writeFiles } from '../files/atomic-write.ts';
import { textFiles } from '../files/text-files.ts';
import { type Drawing, type Figure, rendered } from './render.ts';

/** Figures by name, tables by file name, and the JSON file that the report takes up. */
export interface Supplement {
  readonly figures: readonly Drawing[];
  /** Figures that are SVG already. */
  readonly pictures?: readonly Pick<Figure, 'name' | 'svg'>[];
  readonly tables: ReadonlyMap<string, string>;
  readonly file: string;
  readonly value: unknown;
}

/** Writes everything or nothing, the JSON file last: when it is there, everything it speaks of is. */
export async function publishSupplement(
  out: string,
  { figures, pictures = [], tables, file, value }: Supplement,
): Promise<void> {
  const drawn = [...(await rendered(figures)), ...pictures].map(
    ({ name, svg }) => [`${name}.svg`, svg] as const,
  );
  writeFiles(
    [
      ...textFiles(path.join(out, FIGURES), new Map(drawn)),
      ...textFiles(out, new Map([...tables, [file, `${JSON.stringify(value)}\n`]])),
    ],
    'make',
  );
}
