import { defineConfig } from 'vitest/config';
import { patience } from './test/helpers/patience.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.slow.test.ts', 'node_modules/**'],
    setupFiles: ['test/helpers/setup.ts'],
    testTimeout: patience(30),
    hookTimeout: patience(60),
  },
});
