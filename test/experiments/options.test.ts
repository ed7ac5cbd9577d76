/** @file A part of the generated calls, in seconds; the slow suite makes all of them. */
import { tryCalls } from './tried-calls.ts';

tryCalls('calls that must fail, and every fourth of the others', ({ wrong }, i) => wrong || i % 4 === 0, ['curvature', 'influence', 'eigen', 'train', 'evaluate', 'claims', 'study', 'beyond', 'astra']); // biome-ignore format: one line
