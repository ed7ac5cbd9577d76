/** @file Results that were edited, cut off or made up: refused in one line that names the field, or read as they were. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type * as v from 'valibot';
import { afterAll, describe, expect, test } from 'vitest';
import { ASTRA_RESULTS } from '../../src/experiments/astra/astra-results.ts';
import { BIF_RESULTS_FORMAT, bifDigest } from '../../src/experiments/bayesian/bif-results.ts';
import { BEYOND_FILE } from '../../src/experiments/better-hessians/beyond/beyond.ts';
import { RESULTS_FILE, resultsDigest } from '../../src/experiments/better-hessians/results/results.ts';
import { STUDY_FILE, withoutEntries } from '../../src/experiments/better-hessians/study/study.ts';
import {
  type DigestedFormat,
  parseDigested,
  readDigested,
} from '../../src/experiments/files/digested-file.ts';
import { JsonError, parseJson } from '../../src/experiments/files/json.ts';
import { parseInput } from '../../src/experiments/files/read-input.ts';
import { settingsDigest } from '../../src/experiments/judging/results-file.ts';
import { METHODS_RESULTS } from '../../src/experiments/methods/methods.ts';
import { ShapeError } from '../../src/linalg/index.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';

type Tree = { [key: string]: unknown };

const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-json-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Results of three queries, with their digest. */
function sampleResultsFile(): Tree {
  const { head, settings } = readDigested('results/quick/results.json', RESULTS_FILE);
  const table = structuredClone(settings) as typeof settings;
  for (const { config, lds } of Object.values(table)) {
    Object.assign(config.data, { queries: 3 });
    for (const entry of Object.values(lds)) Object.assign(entry, { perQuery: entry.perQuery.slice(0, 3) });
  }
  return { ...head, digest: resultsDigest(head.seed, table), ...table };
}

function sampleStudy(): Tree {
  const study = readDigested('results/paper/study.json', STUDY_FILE);
  const settings = study.settings
    .slice(0, 1)
    .map((one) => ({ ...one, conventions: one.conventions.slice(0, 1) }));
  return { ...withoutEntries({ ...study, settings }) };
}

function sampleBeyond(): Tree {
  const beyond = readDigested('results/paper/beyond.json', BEYOND_FILE);
  const settings = beyond.settings.slice(0, 1).map((one) => ({
    ...one,
    rules: one.rules.slice(0, 1).map((rule) => ({ ...rule, entries: rule.entries.slice(0, 2) })),
  }));
  return { ...beyond, digest: settingsDigest(settings), settings };
}

function sampleMethods(): Tree {
  const methods = readDigested('results/methods/methods.json', METHODS_RESULTS);
  const settings = methods.settings
    .slice(0, 1)
    .map((one) => ({ ...one, entries: [one.entries[0], one.entries[one.entries.length - 1]] }));
  return { ...methods, digest: settingsDigest(settings), settings, claims: methods.claims.slice(0, 1) };
}

function sampleAstra(): Tree {
  const astra = readDigested('results/astra/astra.json', ASTRA_RESULTS);
  const settings = astra.settings.slice(0, 1).map((one) => ({
    ...one,
    entries: one.entries.slice(0, 2),
    convergence: one.convergence.slice(0, 1).map((run) => ({ ...run, points: run.points.slice(0, 1) })),
    ablation: one.ablation && { ...one.ablation, solvers: one.ablation.solvers.slice(0, 1) },
  }));
  return { ...astra, digest: settingsDigest(settings), settings };
}

function sampleBif(): Tree {
  const bif = readDigested('results/bif-quick/results.json', BIF_RESULTS_FORMAT);
  const { cells, curves, differences, sampling, grid, agreement } = bif;
  const cut = {
    ...bif,
    cells: cells.slice(0, 1),
    curves: curves.slice(0, 1),
    differences: differences.slice(0, 1),
    sampling: sampling.slice(0, 1),
    grid: {
      ...grid,
      entries: grid.entries.slice(0, 1).map((one) => ({ ...one, trace: one.trace.slice(0, 2) })),
    },
    agreement: agreement.slice(0, 1),
  };
  return { ...cut, digest: bifDigest(cut) };
}

/** Fields that no conclusion follows from, or that follow from the others, so that no digest covers them: docs/decisions.md. */
const UNREAD = /^(versions|machine|kernelTier|incomplete|timing|claims)\b|\b(seconds|trainingSeconds)\b/;

/** Fields that older files lack and no digest covers: they may be missing, but not be wrong. */
const REMOVABLE = /^intervals$/;

const WRONG: readonly unknown[] = [null, true, 'x', '', -1, 0.5, 1e300, [], {}, [1, 2], { lo: 1 }];

/** Every leaf's path, and every object's and list's. */
function paths(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  const here = at.length === 0 ? [] : [at];
  if (typeof value !== 'object' || value === null) return here;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...here, ...entries.flatMap(([key, item]) => paths(item, [...at, key]))];
}

function replaced(tree: unknown, at: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(tree);
  let node = copy as Tree;
  for (const key of at.slice(0, -1)) node = node[key] as Tree;
  const last = at[at.length - 1];
  if (value === undefined) delete node[last];
  else node[last] = value;
  return copy;
}

const FORMATS: readonly [string, () => Tree, DigestedFormat<v.GenericSchema>][] = [
  ['results.json', sampleResultsFile, RESULTS_FILE as unknown as DigestedFormat<v.GenericSchema>],
  ['study.json', sampleStudy, STUDY_FILE as unknown as DigestedFormat<v.GenericSchema>],
  ['beyond.json', sampleBeyond, BEYOND_FILE as unknown as DigestedFormat<v.GenericSchema>],
  ['methods.json', sampleMethods, METHODS_RESULTS as unknown as DigestedFormat<v.GenericSchema>],
  ['astra.json', sampleAstra, ASTRA_RESULTS as unknown as DigestedFormat<v.GenericSchema>],
  ['results.json of bif', sampleBif, BIF_RESULTS_FORMAT as unknown as DigestedFormat<v.GenericSchema>],
];

describe.each(FORMATS)('%s', (_, sample, kind) => {
  const tree = sample();

  test('the sample itself is read', () => {
    expect(() => parseDigested(bytesOf(tree), kind)).not.toThrow();
  });

  test(
    'every field replaced or removed: refused in one line, or nothing follows from it',
    () => {
      let refused = 0;
      for (const at of paths(tree))
        for (const wrong of [...WRONG, undefined]) {
          const mutant = replaced(tree, at, wrong);
          if (JSON.stringify(mutant) === JSON.stringify(tree)) continue;
          const label = `${at.join('.')} = ${JSON.stringify(wrong)}`;
          try {
            parseDigested(bytesOf(mutant), kind);
            const path = at.join('.');
            expect(UNREAD.test(path) || (wrong === undefined && REMOVABLE.test(path)), label).toBe(true);
          } catch (error) {
            expect(error, label).toBeInstanceOf(JsonError);
            const { message } = error as JsonError;
            expect(message, label).not.toContain('\n');
            expect(message, label).toMatch(/field|the top level|it (is|has|was)|digest/);
            refused++;
          }
        }
      expect(refused).toBeGreaterThan(1000);
    },
    patience(30),
  );

  test('a missing digest, a wrong one and another version have a sentence each', () => {
    const told = (change: Tree): string => {
      try {
        parseDigested(bytesOf({ ...tree, ...change }), kind);
        return 'read';
      } catch (error) {
        return error instanceof JsonError ? error.message : String(error);
      }
    };
    expect(told({})).toBe('read');
    expect(told({ digest: undefined })).toMatch(/^it has no digest, .*: run \w+ again\.$/);
    const { format } = kind;
    expect(told({ format: format.replace('1', '2') })).toMatch(/from another version of this program\.$/);
    expect(told({ format: 'a poem' })).toBe(
      `it is of the format "a poem", expected ${JSON.stringify(format)}.`,
    );
    expect(told({ surplus: 1 })).toMatch(/field surplus/);
  });
});

test('what must agree: lengths, ends of intervals, correlations, names', () => {
  const tree = sampleResultsFile();
  const [name] = Object.keys(tree).filter((key) => /^d\d/.test(key));
  const told = (at: readonly (string | number)[], value: unknown): string => {
    try {
      parseDigested(bytesOf(replaced(tree, [name, ...at], value)), RESULTS_FILE);
      return 'read';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(told(['lds', 'ggn', 'perQuery'], [0.1])).toBe(
    `field ${name}: lds.ggn.perQuery has 1 entries, expected 3 (config.data.queries).`,
  );
  expect(told(['errorSingle', 'kfac'], [])).toMatch(
    /errorSingle\.kfac has 0 entries, expected \d+ \(models\)/,
  );
  expect(told(['lds', 'kfac', 'ci'], [0.5, 0.1])).toBe(
    `field ${name}.lds.kfac.ci: expected an interval [lo, hi] with lo ≤ hi, received [0.5,0.1].`,
  );
  expect(told(['lds', 'kfac', 'mean'], 1.5)).toBe(
    `field ${name}.lds.kfac.mean: expected a number from -1 to 1, received 1.5.`,
  );
  expect(told(['subsets'], -3)).toBe(`field ${name}.subsets: expected a whole number ≥ 1, received -3.`);
  expect(told(['config', 'name'], 'd2-w2-e2')).toMatch(/config is that of .*, its name d2-w2-e2/);
  expect(told(['lds', 'kfac', 'mean'], 0.123)).toMatch(/^it was changed after it was written: its digest is/);
});

test('hostile text is refused by its fault', () => {
  const told = (text: string | Uint8Array): string => {
    try {
      return JSON.stringify(parseJson(typeof text === 'string' ? new TextEncoder().encode(text) : text));
    } catch (error) {
      return error instanceof JsonError ? error.message : `not typed: ${String(error)}`;
    }
  };
  expect(told('{"a": 1e999}')).toBe('field a: expected a finite number, received one beyond the doubles.');
  expect(told('[NaN]')).toBe('it is not JSON, or cut off.');
  expect(told('{"a": [1, 2')).toBe('it is not JSON, or cut off.');
  expect(told('')).toBe('it is not JSON, or cut off.');
  expect(told('{"a": 1, "a": 2}')).toBe('the key "a" occurs twice in one object.');
  expect(told('{"a": {"__proto__": {"b": 1}}}')).toBe('field a: the key __proto__ is refused.');
  expect(told('['.repeat(1e6))).toBe('more than 64 lists and objects lie in one another.');
  expect(told(`${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`)).toBe(
    'more than 64 lists and objects lie in one another.',
  );
  expect(told('"[[[[\\"[[[["')).toBe('"[[[[\\"[[[["');
  expect(told('\uFEFF{"a":1}')).toBe('{"a":1}');
  expect(told(Uint8Array.of(0x22, 0xff, 0x22))).toBe('it is not text in UTF-8.');
});

test(
  'claims refuses an edited results.json and an edited study.json, and writes nothing',
  async () => {
    const run = (name: string, change: (text: string) => string) => {
      for (const file of ['results.json', 'study.json']) {
        const text = readFileSync(path.join('results/paper', file), 'utf8');
        writeFileSync(path.join(folder, file), file === name ? change(text) : text);
      }
      return command('claims', '--out', folder);
    };
    const edits: [string, (text: string) => string, RegExp][] = [
      [
        'results.json',
        (text) => text.replace(/"mean": 0\.\d+/, '"mean": 0.909930126'),
        /results\.json: it was changed/,
      ],
      ['results.json', (text) => text.replace(/"digest": "\w+",/, ''), /results\.json: it has no digest/],
      ['results.json', (text) => text.slice(0, -20), /results\.json: it is not JSON, or cut off/],
      ['results.json', () => 'null', /results\.json: the top level: expected an object, received null/],
      [
        'study.json',
        (text) => text.replace('"reversed"', '"holds"'),
        /study\.json: field settings\[0\].*verdict is holds/,
      ],
      ['study.json', (text) => text.replace(/,"conventionsDigest":"\w+"/, ''), /it has no conventionsDigest/],
    ];
    for (const [file, change, message] of edits) {
      const { code, stderr, stdout } = await run(file, change);
      expect([code, stdout], String(message)).toEqual([1, '']);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^[^\n]+\n$/);
      expect(existsSync(path.join(folder, 'claims.json'))).toBe(false);
    }
  },
  patience(15),
);

test('a bug in a parser stays a bug; a refusal of the library names the file', () => {
  const file = path.join(folder, 'any');
  writeFileSync(file, 'x');
  const refuse = (error: Error) => () =>
    parseInput(file, () => {
      throw error;
    });
  expect(refuse(new TypeError('reading x of undefined'))).toThrow(TypeError);
  expect(refuse(new ShapeError('f', 'a', 'square', '[1, 2]'))).toThrow(`${file}: f: a must be square`);
});
