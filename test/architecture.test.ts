/** @file The layer rule and the other rules of the house, held against the source tree. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FLOORS, LAYERS } from './helpers/layers.ts';
import { imports, ROOT, relativeImports, sourceFiles, sourceText } from './helpers/sources.ts';

const CORE = LAYERS.slice(0, -1).flatMap((layer) => sourceFiles(`src/${layer}`));
const ALL = sourceFiles('src');

/** The three runtime packages, and the only files that may touch each. */
const OWNERS: Record<string, readonly string[]> = {
  'typedarray-pool': [], // reached through #pool, which a browser build replaces
  '#pool': ['src/linalg/scratch.ts'],
  ndarray: ['src/linalg/ndarray.ts'],
  'ndarray-ops': ['src/linalg/ndarray.ts'],
};

const levelOf = (file: string): number => LAYERS.findIndex((layer) => file.startsWith(`src/${layer}/`));

describe('imports go down only', () => {
  for (const [level, layer] of LAYERS.entries())
    test(layer, () => {
      const upward = sourceFiles(`src/${layer}`).flatMap((file) =>
        relativeImports(file)
          .filter((target) => levelOf(target) < 0 || levelOf(target) > level)
          .map((target) => `${file} → ${target}`),
      );
      expect(upward).toEqual([]);
    });

  const floorOf = (file: string): number => {
    const [folder, inner] = file.slice('src/experiments/'.length).split('/');
    return inner === undefined ? FLOORS.length : FLOORS.findIndex((floor) => folder in floor);
  };

  test('the folders of the laboratory', () => {
    const unknown = sourceFiles('src/experiments').filter((file) => floorOf(file) < 0);
    expect(unknown).toEqual([]);
    const folder = (file: string): string => file.split('/').slice(2, -1)[0] ?? '';
    const upward = sourceFiles('src/experiments').flatMap((file) =>
      relativeImports(file)
        .filter((target) => target.startsWith('src/experiments/') && folder(target) !== folder(file))
        .filter((target) => floorOf(target) >= floorOf(file))
        .map((target) => `${file} → ${target}`),
    );
    expect(upward).toEqual([]);
  });

  test('every folder of the list is there', () => {
    const there = readdirSync(path.join(ROOT, 'src/experiments'), { withFileTypes: true });
    const folders = there.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(FLOORS.flatMap((floor) => Object.keys(floor)).sort()).toEqual(folders.sort());
  });

  test.each(LAYERS.slice(0, -1))('the folders of %s', (layer) => {
    const folder = (file: string): string => file.split('/').slice(2, -1)[0] ?? '';
    const below = new Map<string, Set<string>>();
    for (const file of sourceFiles(`src/${layer}`))
      for (const target of relativeImports(file)) {
        const [from, to] = [folder(file), folder(target)];
        // files beside the folders are the ground that all of them stand on
        if (!target.startsWith(`src/${layer}/`) || from === to || from === '' || to === '') continue;
        below.set(from, (below.get(from) ?? new Set()).add(to));
      }
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      [...(below.get(from) ?? [])].some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))),
      );
    expect([...below.keys()].filter((name) => reaches(name, name))).toEqual([]);
  });

  test('every imported file exists and is named with its .ts ending', () => {
    const known = new Set(ALL);
    const missing = ALL.flatMap((file) =>
      relativeImports(file)
        .filter((target) => !known.has(target))
        .map((target) => `${file} → ${target}`),
    );
    expect(missing).toEqual([]);
  });

  test('no file imports itself through others', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
        return;
      }
      state.set(file, 'open');
      for (const target of relativeImports(file))
        if (target.startsWith('src/')) visit(target, [...trail, file]);
      state.set(file, 'done');
    };
    for (const file of ALL) visit(file, []);
    expect(cycles).toEqual([]);
  });
});

describe('packages', () => {
  test('the runtime dependencies are exactly the three of the design', () => {
    const manifest = JSON.parse(sourceText('package.json')) as { dependencies: Record<string, string> };
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['ndarray', 'ndarray-ops', 'typedarray-pool']);
  });

  test('only their owner files touch the runtime packages', () => {
    const strangers = ALL.flatMap((file) =>
      imports(file)
        .filter((target) => target in OWNERS && !OWNERS[target].includes(file))
        .map((target) => `${file} → ${target}`),
    );
    expect(strangers).toEqual([]);
  });

  test('the core imports nothing but itself and the runtime packages', () => {
    const allowed = new Set(Object.keys(OWNERS));
    const foreign = CORE.flatMap((file) =>
      imports(file)
        .filter((target) => !target.startsWith('.') && !allowed.has(target))
        .map((target) => `${file} → ${target}`),
    );
    expect(foreign).toEqual([]);
  });

  test('no entry but eigenfluence/ndarray reaches ndarray, which needs unsafe-eval', () => {
    const reached = new Set<string>();
    const walk = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const target of relativeImports(file)) walk(target);
    };
    for (const entry of [
      'src/index.ts',
      'src/linalg/io/index.ts',
      ...LAYERS.slice(0, -1).map((l) => `src/${l}/index.ts`),
    ])
      walk(entry);
    expect([...reached].filter((file) => OWNERS['ndarray'].includes(file))).toEqual([]);
  });
});

describe('style', () => {
  test('every source file opens with one @file sentence', () => {
    expect(ALL.filter((file) => !/^\/\*\*\s*(\n \*\s)?@file\s/.test(sourceText(file)))).toEqual([]);
  });

  test('no source file is longer than 400 lines', () => {
    const long = ALL.map((file) => [file, sourceText(file).split('\n').length - 1] as const).filter(
      ([, n]) => n > 400,
    );
    expect(long).toEqual([]);
  });

  test('entry points only re-export', () => {
    const entries = ALL.filter((file) => file.endsWith('/index.ts') && !file.startsWith('src/experiments'));
    for (const file of entries) {
      const rest = sourceText(file)
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/^\s*\/\/.*$/gm, '')
        .replace(/export\s+(type\s+)?(\*|\{[^}]*\})(\s+as\s+\w+)?\s+from\s+'[^']+';/g, '')
        .trim();
      expect(rest, file).toBe('');
    }
  });

  test('the core is silent and deterministic: no console, clock, Math.random or generated code', () => {
    const banned =
      /\bconsole\.|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b|\bMath\.random\b|\bnew Function\b|\beval\(/;
    const hits = CORE.flatMap((file) => {
      const text = sourceText(file)
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/\/\/.*$/gm, '');
      return banned.test(text) ? [file] : [];
    });
    expect(hits).toEqual([]);
  });
});
