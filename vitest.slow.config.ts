import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.slow.test.ts'],
    setupFiles: ['test/helpers/setup.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
  },
});
