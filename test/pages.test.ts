/** @file What pages point to is there: files, headings, npm scripts, commands and their options; and every page is in an index. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../src/experiments/program.ts';
import { ROOT, sourceText } from './helpers/sources.ts';

const DOCS = readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'data/README.md',
  'findings/README.md',
  'test/reference/README.md',
  ...DOCS.map((name) => `docs/${name}`),
];

/** A page without its code. */
const prose = (page: string): string =>
  sourceText(page)
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '');

/** The names that `#name` may mean on a page: those that GitHub makes of headings, and those that are given. */
function anchors(page: string): Set<string> {
  const text = sourceText(page).replace(/^```[\s\S]*?^```/gm, '');
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .replace(/<[^>]*>|\]\([^)]*\)/g, '')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]);
}

/** What a link of a page does not find. */
function broken(page: string, link: string): boolean {
  const [file, anchor] = link.split('#');
  const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
  if (!existsSync(path.join(ROOT, target))) return true;
  return anchor !== undefined && !(target.endsWith('.md') && anchors(target).has(anchor));
}

describe.each(PAGES)('%s', (page) => {
  test('every link leads somewhere', () => {
    const links = [...prose(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, link]) => link);
    expect(links.filter((link) => !/^https?:/.test(link) && broken(page, link))).toEqual([]);
  });

  test('every npm script and every file that is to be run exists', () => {
    const { scripts } = JSON.parse(sourceText('package.json')) as { scripts: Record<string, string> };
    const text = sourceText(page);
    const named = [...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const run = [...text.matchAll(/npx (?:tsx|vitest run) ([\w./-]+)/g)].map(([, file]) => file);
    expect(run.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  test('every command that is shown exists, with the options that it is shown with', async () => {
    const { commands } = await createProgram();
    const text = sourceText(page).replace(/\\\n\s*/g, ' ');
    const unknown = [...text.matchAll(/cli -- ([a-z]+)([^\n`#]*)/g)].flatMap(([, name, rest]) => {
      const command = commands.find((known) => known.name() === name);
      if (command === undefined) return [name];
      const options = [...rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([option]) => option);
      const known = ['--help', ...command.options.map(({ long }) => long)];
      return options.filter((option) => !known.includes(option)).map((option) => `${name} ${option}`);
    });
    expect(unknown).toEqual([]);
  });
});

test('docs/README.md leads to every page of docs', () => {
  const index = sourceText('docs/README.md');
  expect(DOCS.filter((name) => name !== 'README.md' && !index.includes(`](${name})`))).toEqual([]);
});

test('findings/README.md has a line for every script, and no other', () => {
  const scripts = readdirSync(path.join(ROOT, 'findings')).filter((name) => name.endsWith('.sh'));
  const lines = [...sourceText('findings/README.md').matchAll(/^\| \[[^\]]+\]\(([^)]+)\) \| .+ \|$/gm)];
  expect(lines.map(([, name]) => name).sort()).toEqual(scripts.sort());
});

test('every recipe with steps is carried out by a test, and stands in the map', () => {
  const sections = sourceText('docs/recipes.md').split(/^## /m).slice(1);
  const recipes = sections.filter((text) => /^```typescript$/m.test(text)).map((text) => text.split('\n')[0]);
  const tests = readdirSync(path.join(ROOT, 'test/recipes')).map((name) =>
    sourceText(`test/recipes/${name}`),
  );
  const idle = recipes.filter((title) => !tests.some((text) => text.includes(`recipe('${title}')`)));
  const map = sourceText('docs/architecture.md');
  const unlinked = recipes.filter(
    (title) => !map.includes(`](recipes.md#${title.toLowerCase().replaceAll(' ', '-')})`),
  );
  expect(recipes.length).toBeGreaterThan(0);
  expect(unlinked).toEqual([]);
  expect(idle).toEqual([]);
});
