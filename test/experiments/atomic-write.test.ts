/** @file Outputs appear whole or not at all. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'; // biome-ignore format: long
import { hostname } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { writeFile, writeFiles } from '../../src/experiments/files/atomic-write.ts';
import { sweepDead } from '../../src/experiments/files/publication.ts';
import { checkOutputs } from '../../src/experiments/files/targets.ts';
import { treeOf } from '../helpers/tree.ts';
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

describe('symbolic links', () => {
  const at = (name: string): string => path.join(folder, name);

  test('the link stays, its target is written: there already, missing, in another folder, over several links', () => {
    mkdirSync(at('far'));
    writeFileSync(at('far/there'), 'old');
    const links = { a: 'far/there', b: 'far/new', c: 'b', d: path.join(folder, 'e') };
    for (const [name, to] of Object.entries(links)) symlinkSync(to, at(name));
    for (const [name, to] of [
      ['a', 'far/there'],
      ['b', 'far/new'],
      ['c', 'far/new'],
      ['d', 'e'],
    ] as const) {
      // biome-ignore format: pairs
      writeFile(at(name), name);
      expect(readFileSync(at(to), 'utf8')).toBe(name);
      expect(lstatSync(at(to)).isFile()).toBe(true);
    }
    for (const [name, to] of Object.entries(links)) expect(readlinkSync(at(name))).toBe(to);
    expect(readdirSync(folder)).toEqual(['a', 'b', 'c', 'd', 'e', 'far']);
    expect(readdirSync(at('far'))).toEqual(['new', 'there']);
  });

  test('in a linked folder, .. is that of the real one', () => {
    mkdirSync(at('real/deep'), { recursive: true });
    symlinkSync('real/deep', at('short'));
    symlinkSync('../up', at('real/deep/link'));
    writeFile(at('short/link'), 'x');
    expect(readFileSync(at('real/up'), 'utf8')).toBe('x');
  });

  test('refused: circles, a folder or a device at the end, a folder that is not there', () => {
    symlinkSync('y', at('x'));
    symlinkSync('x', at('y'));
    symlinkSync('.', at('here'));
    symlinkSync('/dev/null', at('null'));
    symlinkSync('/proc/self/fd/1', at('out'));
    symlinkSync('nowhere/f', at('lost'));
    const before = treeOf(folder);
    expect(() => writeFile(at('x'), '1')).toThrow(/its symbolic links lead in a circle/);
    expect(() => writeFile(at('here'), '1')).toThrow(/not a regular file/);
    expect(() => writeFile(at('null'), '1')).toThrow(/not a regular file/);
    expect(() => writeFile(at('out'), '1')).toThrow(/not a regular file/);
    expect(() => writeFile(at('lost'), '1')).toThrow(/nowhere does not exist/);
    expect(treeOf(folder)).toEqual(before);
  });

  test('two names of one file are one output, and none may be an input', () => {
    writeFileSync(at('data'), 'mine');
    symlinkSync('data', at('link'));
    symlinkSync('fresh', at('other'));
    const named = (option: string, name: string) => ({ option, path: at(name) });
    expect(() => checkOutputs([named('--out', 'link')], [named('--inputs', 'data')])).toThrow(
      /--out would overwrite the input .*data of --inputs/,
    );
    for (const [a, b] of [['link', 'data'], ['fresh', 'other'], ['fresh', './fresh']] as const) // biome-ignore format: pairs
      expect(() => checkOutputs([named('--a', a), named('--b', b)])).toThrow(/--a and --b: two outputs/);
    expect(() => writeFiles(['fresh', 'other'].map((n) => ({ path: at(n), bytes: bytes('') })))).toThrow(
      /the same path/,
    );
    checkOutputs([named('--a', 'fresh'), named('--b', 'new')], [named('--inputs', 'data')]);
  });
});

describe('several files', () => {
  const at = (name: string): string => path.join(folder, name);
  const files = (...names: string[]) => names.map((name) => ({ path: at(name), bytes: bytes(name) }));

  test('folders that are missing are made, and go again when something fails', () => {
    expect(() => writeFiles(files('a/b/c', 'a/d', 'a'), 'make')).toThrow(/a: it exists and is not a regular/);
    expect(readdirSync(folder)).toEqual([]);
    writeFiles(files('a/b/c', 'a/d', 'e'), 'make');
    expect(readFileSync(at('a/b/c'), 'utf8')).toBe('a/b/c');
    expect(Object.keys(treeOf(folder))).toEqual(['a', 'a/b', 'a/b/c', 'a/d', 'e']);
  });

  test('long names, and names of four bytes a letter', () => {
    const names = ['x'.repeat(255), '𝔛'.repeat(63)];
    writeFiles(files(...names));
    expect(readdirSync(folder).sort()).toEqual(names.sort());
    expect(() => writeFile(at('x'.repeat(256)), '')).toThrow(/the file name is too long/);
  });

  test('what dead processes left of their writes is swept, what living ones write is not', () => {
    const mine = `.a.${hostname()
      .replace(/[^0-9A-Za-z]/g, '')
      .slice(0, 20)}`;
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const names = [`${mine}-${dead}-1-abc`, `${mine}-${process.pid}-1-abc`, `.a.elsewhere-${dead}-1-abc`];
    for (const name of names) writeFileSync(at(`${name}.eigenfluence-tmp`), '');
    sweepDead(folder);
    expect(readdirSync(folder).sort()).toEqual(names.slice(1).map((n) => `${n}.eigenfluence-tmp`).sort()); // biome-ignore format: one line
  });
});
