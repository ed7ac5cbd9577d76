/** @file Outputs appear whole or not at all. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { writeFile, writeFiles } from '../../src/experiments/files/atomic-write.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = temporaryFolder();
let round = 0;
let folder = '';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

beforeEach(() => {
  folder = path.join(root, String(round++));
  mkdirSync(folder);
});

test('replaces a file and leaves nothing else', () => {
  const file = path.join(folder, 'a.npy');
  writeFileSync(file, 'old');
  writeFile(file, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(readdirSync(folder)).toEqual(['a.npy']);
});

test('of several files, none appears when one cannot be written', () => {
  const good = path.join(folder, 'a.npy');
  const bad = path.join(folder, 'missing', 'b.npy');
  expect(() =>
    writeFiles([
      { path: good, bytes: bytes('1') },
      { path: bad, bytes: bytes('2') },
    ]),
  ).toThrow(/b\.npy: the folder .* does not exist/);
  expect(readdirSync(folder)).toEqual([]);
});

test('refuses folders, devices, and one path twice', () => {
  mkdirSync(path.join(folder, 'sub'));
  expect(() => writeFile(path.join(folder, 'sub'), 'x')).toThrow(/not a regular file/);
  expect(() => writeFile('/dev/full', 'x')).toThrow(/not a regular file/);
  expect(() => writeFile(`${folder}/`, 'x')).toThrow(/names a folder/);
  const twice = [path.join(folder, 'a'), path.join(folder, '.', 'a')];
  expect(() => writeFiles(twice.map((name) => ({ path: name, bytes: bytes('x') })))).toThrow(/the same path/);
  expect(readdirSync(folder)).toEqual(['sub']);
});

test('a dangling symbolic link is replaced, not followed', () => {
  const link = path.join(folder, 'link');
  symlinkSync(path.join(folder, 'nowhere'), link);
  writeFile(link, 'x');
  expect(readFileSync(link, 'utf8')).toBe('x');
  expect(readdirSync(folder)).toEqual(['link']);
});
