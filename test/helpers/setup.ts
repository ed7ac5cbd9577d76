/** @file Runs before each test file: scratch is poisoned, and no test may leave any lent out. */
import { afterEach, expect } from 'vitest';
import { poisonScratch, scratchInUse } from '../../src/linalg/scratch.ts';

poisonScratch(true);

afterEach(() => {
  expect(scratchInUse(), 'scratch arrays still lent out').toBe(0);
});
