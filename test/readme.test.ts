/** @file Runs every `ts` block of the README and docs; what a block prints must be what its comments say, and it must compile. Generated parts are made again. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import ts from 'typescript';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { architectureSvg, STATIONS } from '../bench/architecture.ts';
import { growthSvg } from '../bench/growth.ts';
import { filledPage, GENERATED } from '../bench/readme-blocks.ts';
import { ROOT, sourceFiles, sourceText } from './helpers/sources.ts';

const SCRATCH = path.join(ROOT, 'node_modules/.cache/readme-blocks');
const ENTRY: Record<string, string> = {
  eigenfluence: 'src/index.ts',
  'eigenfluence/linalg': 'src/linalg/index.ts',
  'eigenfluence/autodiff': 'src/autodiff/index.ts',
  'eigenfluence/curvature': 'src/curvature/index.ts',
  'eigenfluence/influence': 'src/influence/index.ts',
  'eigenfluence/ndarray': 'src/linalg/ndarray.ts',
  'eigenfluence/io': 'src/linalg/io/index.ts',
};

const blocksOf = (page: string): string[] =>
  [...sourceText(page).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1]);
const pages = [
  'README.md',
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((f) => f.endsWith('.md'))
    .map((f) => `docs/${f}`),
];
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

for (const page of pages.filter((p) => blocksOf(p).length > 0))
  describe(page, () => {
    for (const [i, block] of blocksOf(page).entries())
      test(`block ${i + 1} runs and prints what it says`, async () => {
        const expected = [...block.matchAll(/console\.log\(.*\);\s*\/\/ (.*)$/gm)].map((match) =>
          match[1].trim(),
        );
        const code = block.replace(/from '(eigenfluence[^']*)'/g, (_, name: string) => {
          expect(Object.keys(ENTRY)).toContain(name);
          return `from '${path.join(ROOT, ENTRY[name])}'`;
        });
        mkdirSync(SCRATCH, { recursive: true });
        const file = path.join(SCRATCH, `${page.replaceAll('/', '-')}-${i + 1}.ts`);
        writeFileSync(file, code);
        const printed: string[] = [];
        const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
          printed.push(format(...values).replace(/\s+/g, ' '));
        });
        try {
          await import(/* @vite-ignore */ file);
        } finally {
          log.mockRestore();
        }
        expect(printed).toEqual(expected);
      });
  });

test('every block compiles', () => {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const paths = Object.fromEntries(
    Object.entries(ENTRY).map(([name, file]) => [name, [path.join(ROOT, file)]]),
  );
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT, { paths });
  const blocks = new Map(
    pages.flatMap((page) =>
      blocksOf(page).map((block, i) => [path.join(ROOT, `${page.replaceAll('/', '-')}-${i + 1}.ts`), block]),
    ),
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (file) => blocks.get(file) ?? readFile(file);
  host.fileExists = (file) => blocks.has(file) || fileExists(file);
  const program = ts.createProgram([...blocks.keys()], options, host);
  const errors = [...blocks.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
  expect(blocks.size).toBeGreaterThan(0);
  expect(errors).toEqual([]);
});

describe('generated parts are what the sources and the stored results say', () => {
  test.each(Object.keys(GENERATED))('%s', (page) => {
    const text = sourceText(page);
    for (const name of Object.keys(GENERATED[page]))
      expect(
        text.match(new RegExp(`<!-- ${name}[:\\s][^>]*-->\\n[\\s\\S]*?<!-- /${name} -->`, 'g')) ?? [],
        name,
      ).toHaveLength(1);
    expect(text).toBe(filledPage(page, text));
  });

  test('docs/architecture.svg', () => {
    expect(sourceText('docs/architecture.svg')).toBe(`${architectureSvg()}\n`);
  });

  test('docs/growth.svg', async () => {
    expect(sourceText('docs/growth.svg')).toBe(`${await growthSvg()}\n`);
  });

  test('no other page has marks that nothing fills', () => {
    const marked = pages.filter((page) => /<!-- \/\w+ -->/.test(sourceText(page)));
    expect(marked.sort()).toEqual([...Object.keys(GENERATED), 'docs/peers.md'].sort()); // peers.md: test/peers
  });
});

test.each(Object.entries(STATIONS))('the picture: %s is there', (_, { symbol, folder }) => {
  const pattern = new RegExp(`^export (const|function|async function|class) ${symbol}\\b`, 'm');
  expect(sourceFiles(`src/${folder}`).filter((file) => pattern.test(sourceText(file)))).toHaveLength(1);
});
