/** @file What a caller may pass by mistake, in place of anything. Made anew for every call. */
import { Matrix } from '../../src/linalg/index.ts';
import { detached } from '../helpers/detached.ts';

/** Name → a fresh wrong value. */
export const WRONG: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  '-1': () => -1,
  '1.5': () => 1.5,
  "''": () => '',
  "'x'": () => 'x',
  "'1'": () => '1',
  '[]': () => [],
  "[1, 'a']": () => [1, 'a'],
  "['1', '2']": () => ['1', '2'],
  '[null]': () => [null],
  'a list with a hole': () => new Array(2),
  "[[1, 'a']]": () => [[1, 'a']],
  'ragged rows': () => [[1, 2], [3]],
  'five numbers': () => [1, 2, 3, 4, 5],
  '{}': () => ({}),
  'Object.create(null)': () => Object.create(null),
  'a function': () => () => 0,
  'a symbol': () => Symbol('s'),
  '1n': () => 1n,
  'a date': () => new Date(0),
  'a map': () => new Map(),
  'a detached vector': () => detached(new Float64Array(4)),
  'a detached matrix': () => {
    const a = new Matrix(2, 2);
    detached(a.data);
    return a;
  },
  'a matrix of another size': () => new Matrix(3, 5),
  'a clone without its data': () => ({ rows: 2, cols: 2 }),
  'a clone of text': () => ({ rows: 1, cols: 1, data: ['x'] }),
  'a DataView': () => new DataView(new ArrayBuffer(8)),
  'a proxy': () => new Proxy({}, {}),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};
