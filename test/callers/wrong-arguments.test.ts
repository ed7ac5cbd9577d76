/**
 * @file Every export with wrong arguments. Each argument of a valid call, and each part of an argument that is a
 * record, is replaced in turn by every value of wrong-values.ts: the call must
 * end in an EigenfluenceError that names what was called, or in a result without NaN. Nothing else may be thrown, no argument changed.
 */
import { describe, expect, test } from 'vitest';
import * as autodiff from '../../src/autodiff/index.ts';
import * as curvature from '../../src/curvature/index.ts';
import * as root from '../../src/index.ts';
import * as influence from '../../src/influence/index.ts';
import * as linalg from '../../src/linalg/index.ts';
import * as io from '../../src/linalg/io/index.ts';
import * as ndarray from '../../src/linalg/ndarray.ts';
import { MADE_INSIDE, OPEN } from './open.ts';
import type { Sample } from './sample.ts';
import { CLASSES, FUNCTIONS } from './samples.ts';
import { WRONG } from './wrong-values.ts';

const ENTRIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  linalg,
  ndarray,
  io,
  autodiff,
  curvature,
  influence,
};

type Callable = (...args: unknown[]) => unknown;

const isError = (value: unknown): boolean =>
  value === linalg.EigenfluenceError ||
  (typeof value === 'function' && value.prototype instanceof linalg.EigenfluenceError);

/** NaN anywhere in a result: in arrays, in matrices, in what methods give is looked for elsewhere. */
function holdsNaN(value: unknown, seen = new Set<unknown>()): boolean {
  if (typeof value === 'number') return Number.isNaN(value);
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  seen.add(value);
  if (ArrayBuffer.isView(value))
    return 'some' in value && (value as Float64Array).some((x) => Number.isNaN(x));
  return Object.values(value).some((part) => holdsNaN(part, seen));
}

/** Where a wrong value is put: an argument, or a part of one that is a record. */
type Place = readonly [index: number, ...keys: string[]];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  !('operands' in value); // nodes of a tape are known by identity

function* places({ args, heads = [] }: Sample): Generator<Place> {
  for (const [index, arg] of args().entries()) {
    if (heads.includes(index)) continue;
    yield [index];
    if (!isRecord(arg)) continue;
    for (const [key, part] of Object.entries(arg)) {
      yield [index, key];
      if (isRecord(part)) for (const inner of Object.keys(part)) yield [index, key, inner];
    }
  }
}

function put(args: unknown[], [index, ...keys]: Place, value: unknown): void {
  let at = args as unknown as Record<string | number, unknown>;
  let last: string | number = index;
  for (const key of keys) {
    at = at[last] as Record<string, unknown>;
    last = key;
  }
  at[last] = value;
}

/** What is wrong with a call, or undefined. */
function fault(invoke: Callable, sample: Sample, place: Place, wrong: string): string | undefined {
  const args = sample.args();
  const [index] = place;
  const label = `argument ${place.join('.')} ← ${wrong}`;
  put(args, place, WRONG[wrong]());
  const copies = args.map((arg, i) =>
    i !== index && ArrayBuffer.isView(arg) ? (arg as Float64Array).slice?.() : undefined,
  );
  try {
    const result = invoke(...args);
    if (wrong !== 'NaN' && !sample.partial && holdsNaN(result)) return `${label}: NaN without a word`;
    const never = wrong.startsWith('[1, ') || wrong.startsWith("['1'") || wrong === 'a detached matrix';
    if (never && place.length === 1) return `${label}: accepted`;
  } catch (error) {
    if (!(error instanceof linalg.EigenfluenceError)) return `${label}: ${String(error)}`;
    if (!/^[^\s]+.*: /.test(error.message)) return `${label}: names nothing: ${error.message}`;
  }
  for (const [i, copy] of copies.entries())
    if (copy !== undefined && i !== index && !sample.writes?.includes(i))
      if (!copy.every((x, k) => Object.is(x, (args[i] as Float64Array)[k])))
        return `argument ${i} was changed`;
  return undefined;
}

function faults(name: string, make: () => Callable, sample: Sample): string[] {
  make()(...sample.args()); // the valid call must be one
  return [...places(sample)]
    .flatMap((place) => Object.keys(WRONG).flatMap((wrong) => fault(make(), sample, place, wrong) ?? []))
    .map((problem) => `${name}: ${problem}`);
}

/** Everything that can be called, by name. */
function* calls(): Generator<readonly [name: string, make: () => Callable, sample: Sample]> {
  for (const [path, table] of Object.entries(FUNCTIONS))
    for (const [name, sample] of Object.entries(table))
      yield [`${path}.${name}`, () => ENTRIES[path][name] as Callable, sample];
  for (const [path, table] of Object.entries(CLASSES))
    for (const [name, sample] of Object.entries(table)) {
      const Type = ENTRIES[path][name] as (new (...args: unknown[]) => object) & Record<string, Callable>;
      yield [
        `${path}.${name}`,
        () =>
          (...args) =>
            new Type(...args),
        sample,
      ];
      for (const [method, call] of Object.entries(sample.statics ?? {}))
        yield [
          `${path}.${name}.${method}`,
          () =>
            (...args) =>
              Type[method](...args),
          call,
        ];
      for (const [method, call] of Object.entries(sample.methods))
        yield [
          `${path}.${name}#${method}`,
          () => {
            const instance = sample.make() as Record<string, Callable>;
            return (...args) => instance[method](...args);
          },
          call,
        ];
    }
}

describe('wrong arguments', () => {
  for (const [name, make, sample] of calls())
    test(name, () => {
      const found = faults(name, make, sample);
      if (OPEN.includes(name)) expect(found, 'it passes: take it from open.ts').not.toEqual([]);
      else expect(found).toEqual([]);
    });
});

describe('nothing is forgotten', () => {
  for (const [path, exports] of Object.entries(ENTRIES))
    test(path, () => {
      const sampled = { ...FUNCTIONS[path], ...CLASSES[path] };
      const callable = Object.entries(exports).filter(
        ([, value]) => typeof value === 'function' && !isError(value),
      );
      const missing = callable
        .map(([name]) => name)
        .filter((name) => !Object.hasOwn(sampled, name) && !MADE_INSIDE.includes(`${path}.${name}`));
      expect(missing).toEqual([]);
      expect(Object.keys(sampled).filter((name) => !Object.hasOwn(exports, name))).toEqual([]);
    });

  test('methods and statics of classes', () => {
    const exported = new Set(Object.values(ENTRIES).flatMap((entry) => Object.values(entry)));
    for (const [path, table] of Object.entries(CLASSES))
      for (const [name, { methods, statics = {}, internal = [] }] of Object.entries(table)) {
        const Type = ENTRIES[path][name] as { prototype: object };
        const own = (of: object, without: readonly string[]): string[] =>
          Object.getOwnPropertyNames(of).filter((key) => !without.includes(key));
        const hidden = Object.getPrototypeOf(Type) as { prototype?: object }; // a class that is not exported, or Function.prototype
        const inherited =
          hidden.prototype === undefined || exported.has(hidden)
            ? []
            : own(hidden.prototype, ['constructor', ...internal]);
        const all = new Set([...own(Type.prototype, ['constructor', ...internal]), ...inherited]); // an override is one method
        expect([...all].sort(), name).toEqual(Object.keys(methods).sort());
        expect(own(Type, ['length', 'name', 'prototype']).sort(), name).toEqual(Object.keys(statics).sort());
      }
  });

  test('the whole library exports nothing of its own', () => {
    const known = new Set(Object.values(ENTRIES).flatMap((entry) => Object.values(entry)));
    expect(
      Object.entries(root)
        .filter(([, value]) => !known.has(value))
        .map(([name]) => name),
    ).toEqual([]);
  });

  test('open.ts names only what is called', () => {
    const names = new Set([...calls()].map(([name]) => name));
    expect(OPEN.filter((name) => !names.has(name))).toEqual([]);
  });
});
