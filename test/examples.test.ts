/** @file The example runs, and the guide quotes what it prints. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ROOT, sourceText } from './helpers/sources.ts';

test('mislabelled-digits: docs/library.md has its numbers', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'examples/mislabelled-digits.ts'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  expect(sourceText('docs/library.md')).toContain(stdout.trim());
}, 600_000);
