/** @file The help of long commands: everyday options first, the others below headings that keep their word. */
import path from 'node:path';
import type { Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { command } from './command.ts';
import { commands } from './options.ts';
import { temporaryFolder } from './temporary-folder.ts';

const all = await commands();
const folder = temporaryFolder();

function named(name: string): Command {
  const found = all.find((one) => one.name() === name);
  if (found === undefined) throw new Error(`no command ${name}`);
  return found;
}

/** Headings of a help, each with its options. */
function groups(help: string): [heading: string, options: string[]][] {
  const [, ...parts] = help.split(/^(?=\S.*:$)/m);
  return parts
    .map((part): [string, string[]] => [
      part.split(':\n')[0],
      [...part.matchAll(/^ {2}(?:-h, )?(--[a-z][a-z0-9-]*)/gm)].map(([, option]) => option),
    ])
    .filter(([, options]) => options.length > 0);
}

describe.each(['audit', 'influence', 'curvature', 'train', 'retrain'])('%s --help', (name) => {
  const found = groups(named(name).helpInformation());
  const everyday = found[0][1];

  test('at most a dozen options stand first, --out, --json and --help among them', () => {
    expect(found.length).toBeGreaterThan(2);
    expect(found[0][0]).toBe('Options');
    expect(everyday.length).toBeLessThanOrEqual(12);
    expect(everyday).toEqual(expect.arrayContaining(['--out', '--json', '--help']));
  });

  test('every option stands once, below a heading of one line', () => {
    const shown = found.flatMap(([, options]) => options);
    const known = [...named(name).options.map(({ long }) => long), '--help'];
    expect([...shown].sort()).toEqual([...known].sort());
    expect(found.filter(([heading]) => heading.length > 78)).toEqual([]);
  });

  test('no mandatory option is hidden behind optional ones of another kind', () => {
    const mandatory = named(name).options.filter((option) => option.mandatory);
    const places = mandatory.map(({ long }) => found.findIndex(([, options]) => options.includes(`${long}`)));
    expect(places.filter((place) => !/^(Options|Examples|Training examples)/.test(found[place][0]))).toEqual(
      [],
    );
  });
});

/** A value that an option takes. */
function exampleOf(option: Option): string[] {
  if (!option.required) return [];
  const [choice] = option.argChoices ?? [];
  if (choice !== undefined) return [choice];
  try {
    option.parseArg?.('3', undefined);
    return ['3'];
  } catch {
    return ['0.5'];
  }
}

test('audit refuses just the options below the headings of a network of your own where there is none', async () => {
  const own = groups(named('audit').helpInformation())
    .slice(2)
    .flatMap(([, options]) => options);
  expect(own).toEqual(expect.arrayContaining(['--model', '--inputs', '--halves', '--lr']));
  for (const option of named('audit').options) {
    const name = `${option.long}`;
    if (name === '--model' || name === '--params') continue;
    const args = [path.join(folder, 'none.csv'), ...(name === '--target' ? [] : ['--target', 'y'])];
    const { stderr } = await command('audit', ...args, name, ...exampleOf(option));
    const why = own.includes(name) ? `${name} belongs to a network of your own` : 'none.csv';
    expect(stderr, name).toContain(why);
  }
});
