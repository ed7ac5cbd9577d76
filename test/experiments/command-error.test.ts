/** @file What is ignored is what the operating system refuses; our own bugs go on. */
import { rmdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { unlessRefused } from '../../src/experiments/files/command-error.ts';
import { sourceFiles, sourceText } from '../helpers/sources.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

test('unlessRefused: a value, a refusal, a bug', () => {
  expect(unlessRefused(() => 1, 2)).toBe(1);
  expect(unlessRefused(() => rmdirSync(path.join(folder, 'absent')), 'refused')).toBe('refused');
  const bug = (): never => {
    throw new TypeError('reading x of undefined');
  };
  expect(() => unlessRefused(bug, undefined)).toThrow(TypeError);
});

/** What a caller's object, a proxy among others, throws when it is looked at; and whatever a host without WebAssembly or environment throws. */
const ANYTHING = /^src\/(linalg\/(border|kernels|io\/bytes|random)|autodiff\/(as-model|tape-node))/;

test('no catch swallows what it does not name, but for objects and hosts that may throw anything', () => {
  const bare = sourceFiles('src').filter((file) => /catch \{/.test(sourceText(file)));
  expect(bare.filter((file) => !ANYTHING.test(file))).toEqual([]);
});
