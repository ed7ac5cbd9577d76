/** @file `npm run readme`: writes the generated parts of README.md and docs, and the picture of the architecture. */
import { readFileSync } from 'node:fs';
import { writeFile } from '../src/experiments/files/atomic-write.ts';
import { architectureSvg } from './architecture.ts';
import { filledPage, GENERATED } from './readme-blocks.ts';

for (const page of Object.keys(GENERATED)) writeFile(page, filledPage(page, readFileSync(page, 'utf8')));
writeFile('docs/architecture.svg', `${architectureSvg()}\n`);
