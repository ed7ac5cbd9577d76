/** @file `npm run readme`: writes the generated parts of README.md and docs, and the pictures of the architecture and of the growth of time. */
import { readFileSync } from 'node:fs';
import { writeFile } from '../src/experiments/files/atomic-write.ts';
import { architectureSvg } from './architecture.ts';
import { growthSvg } from './growth.ts';
import { filledPage, GENERATED } from './readme-blocks.ts';

for (const page of Object.keys(GENERATED)) writeFile(page, filledPage(page, readFileSync(page, 'utf8')));
writeFile('docs/architecture.svg', `${architectureSvg()}\n`);
writeFile('docs/growth.svg', `${await growthSvg()}\n`);
