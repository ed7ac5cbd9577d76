/** @file Every docstring example of the layer that states its value, run: `@example code; // value`. */
import { describe, expect, test } from 'vitest';
import * as linalg from '../../src/linalg/index.ts';
import * as io from '../../src/linalg/io/index.ts';
import * as bridge from '../../src/linalg/ndarray.ts';
import { expectClose } from '../helpers/close.ts';
import { sourceFiles, sourceText } from '../helpers/sources.ts';

const NAMES: Record<string, unknown> = { ...linalg, ...io, ...bridge };

interface Example {
  readonly file: string;
  readonly code: string;
  /** A number or nested arrays of numbers. */
  readonly value: unknown;
}

/** A stated value: a number in decimal or hexadecimal, or (nested) arrays of numbers, perhaps after a type. */
function stated(comment: string): Pick<Example, 'value'> | undefined {
  const text = comment.replace(/ up to rounding$/, '').replace(/^Float64Array /, '');
  if (/^0x[0-9a-f]+$/.test(text)) return { value: Number(text) };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined; // a sentence, or a formula
  }
}

const EXAMPLES: readonly Example[] = sourceFiles('src/linalg').flatMap((file) =>
  [...sourceText(file).matchAll(/@example (.+); \/\/ (.+?)(?: \*\/)?$/gm)].flatMap(([, code, comment]) => {
    const expected = stated(comment);
    return expected === undefined ? [] : [{ file, code, ...expected }];
  }),
);

describe('docstring examples', () => {
  test('there are many', () => expect(EXAMPLES.length).toBeGreaterThan(45));

  test.each(EXAMPLES)('$code', async ({ file, code, value }) => {
    const own = (await import(/* @vite-ignore */ `../../${file}`)) as Record<string, unknown>;
    const known = { ...NAMES, ...own };
    const names = Object.keys(known);
    const actual: unknown = new Function(...names, `return ${code};`)(...Object.values(known));
    expect(shape(actual)).toEqual(shape(value));
    expectClose(numbers(actual), numbers(value), { rtol: 4 * Number.EPSILON });
  });
});

/** All numbers of nested arrays in order. */
function numbers(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return Array.from(value as ArrayLike<unknown>).flatMap(numbers);
}

/** The lengths of nested arrays. */
function shape(value: unknown): unknown {
  return typeof value === 'number' ? 'number' : Array.from(value as ArrayLike<unknown>).map(shape);
}
