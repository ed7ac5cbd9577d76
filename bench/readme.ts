/** @file `npm run readme`: writes the measured parts of the README from the stored results. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fillBlocks, readmeBlocks } from './readme-blocks.ts';

writeFileSync('README.md', fillBlocks(readFileSync('README.md', 'utf8'), readmeBlocks()));
