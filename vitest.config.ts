import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { patience } from './test/helpers/patience.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.slow.test.ts', 'node_modules/**'],
    maxWorkers: Math.max(2, availableParallelism() - 1), // the default leaves one of two cores idle
    setupFiles: ['test/helpers/setup.ts'],
    testTimeout: patience(30),
    hookTimeout: patience(60),
  },
});
