/** @file `npm run readme`: writes the measured parts of the README from the stored results. */
import { readFileSync } from 'node:fs';
import { writeFile } from '../src/experiments/files/atomic-write.ts';
import { fillBlocks, readmeBlocks } from './readme-blocks.ts';

writeFile('README.md', fillBlocks(readFileSync('README.md', 'utf8'), readmeBlocks()));
