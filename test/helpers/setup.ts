/** @file Runs before each test file: scratch is poisoned, and no test may leave any lent out; threads load the bundle. */
import { afterEach, expect, vi } from 'vitest';
import { poisonScratch, scratchInUse } from '../../src/linalg/scratch.ts';

poisonScratch(true);

afterEach(() => {
  expect(scratchInUse(), 'scratch arrays still lent out').toBe(0);
});

vi.mock('piscina', async (original) => {
  const { Piscina } = await original<typeof import('piscina')>();
  const { bundled } = await import('./bundled-threads.ts');
  return {
    Piscina: class extends Piscina {
      constructor(options: ConstructorParameters<typeof Piscina>[0] = {}) {
        super(bundled(options));
      }
    },
  };
});
