/** @file Every option that takes several values, of every command: one thing twice is refused, in whatever way it is written. */
import type { Option } from 'commander';
import { expect, test } from 'vitest';
import { type ListOf, listed } from '../../src/experiments/terminal/strict-options.ts';
import { command } from './command.ts';
import { commands } from './options.ts';

interface List {
  readonly command: string;
  readonly option: Option;
  readonly of: ListOf;
}

const LISTS = (await commands()).flatMap((one) =>
  one.options.flatMap((option): List[] => {
    const of = listed(option);
    return of === undefined ? [] : [{ command: one.name(), option, of }];
  }),
);

/** The same thing twice; each entry is what stands behind one mention of the option. */
const TWICE: Readonly<Record<ListOf, readonly (readonly string[])[]>> = {
  words: [['a', 'a'], ['a,a'], ['b', 'a,b'], ['a', 'a ']],
  numbers: [['10', '10'], ['10,10'], ['10', '1e1'], ['0.5', '.50']],
  files: [
    ['a.npy', 'a.npy'],
    ['a.npy', './a.npy'],
    ['a.npy', 'b/../a.npy'],
  ],
};

const mentions = ({ option: { long, variadic } }: List, values: readonly string[]): string[][] => {
  const apart = values.flatMap((value) => [String(long), value]);
  return variadic ? [[String(long), ...values], apart] : [apart];
};

test('the lists are found', () => {
  const found = LISTS.map(({ command: name, option, of }) => `${name} ${option.long} ${of}`);
  for (const one of [
    'audit --model files',
    'audit --params files',
    'beyond --damping numbers',
    'beyond --setting words',
    'evaluate --scores files',
    'influence --checkpoints files',
    'methods --method words',
    'networks --network words',
    'plan --workers numbers',
    'retrain --scores files',
    'study --training words',
  ])
    expect(found).toContain(one);
});

test.each(LISTS.map((list) => [`${list.command} ${list.option.long}`, list] as const))(
  '%s refuses one thing twice',
  async (_, list) => {
    for (const values of TWICE[list.of])
      for (const words of mentions(list, values)) {
        const { code, stderr } = await command(list.command, ...words);
        expect(stderr, words.join(' ')).toMatch(
          new RegExp(`^eigenfluence: ${list.option.long}: .* is named twice\\.\\n$`),
        );
        expect(code).toBe(2);
      }
  },
);

test.each([
  ['curvature', '--modules', '0,2,0'],
  ['influence', '--modules', '0, 0'],
])('names with commas: %s %s %s', async (...words) => {
  const { code, stderr } = await command(...words);
  expect(stderr).toMatch(/--modules <names>' argument .* is invalid\. 0 is named twice\.\n$/);
  expect(code).toBe(2);
});

test('a folder of merge twice is refused', async () => {
  const { code, stderr } = await command('merge', 'a', './a', '--out', 'b');
  expect(stderr).toBe('eigenfluence: folders: ./a is named twice.\n');
  expect(code).toBe(2);
});
