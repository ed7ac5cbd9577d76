/** @file What a further experiment leaves beside results.json: figures, tables and one JSON file. */
import path from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { renderSvg } from '../figures/render.ts';
import { writeFile } from '../files/atomic-write.ts';
import { writeTexts } from '../files/write-texts.ts';
import { FIGURES } from '../run/folders.ts';

/** Figures by name, tables by file name, and the JSON file that the report takes up. */
export interface Supplement {
  readonly figures: readonly { readonly name: string; readonly spec: TopLevelSpec }[];
  readonly tables: ReadonlyMap<string, string>;
  readonly file: string;
  readonly value: unknown;
}

/** Writes the JSON file last: when it is there, everything it speaks of is. */
export async function publishSupplement(
  out: string,
  { figures, tables, file, value }: Supplement,
): Promise<void> {
  const drawn = await Promise.all(
    figures.map(async ({ name, spec }) => [`${name}.svg`, await renderSvg(spec)] as const),
  );
  writeTexts(path.join(out, FIGURES), new Map(drawn));
  writeTexts(out, tables);
  writeFile(path.join(out, file), `${JSON.stringify(value)}\n`);
}
