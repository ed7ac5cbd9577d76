/** @file A folder that lives as long as a test file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

/** Makes a folder and removes it after the tests of the calling file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
