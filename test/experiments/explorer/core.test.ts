/** @file The page's own parts: address, ranking, printing, tables, pictures, retraining. */
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_VIEW,
  readAddress,
  type View,
  writeAddress,
} from '../../../src/experiments/explorer/core/address.ts';
import { count, csv, number, percent, signed } from '../../../src/experiments/explorer/core/format.ts';
import { pictureClass, pictureExamples } from '../../../src/experiments/explorer/core/picture-examples.ts';
import { ends, likeness, predictedChange } from '../../../src/experiments/explorer/core/ranking.ts';
import { estimate, withoutJob } from '../../../src/experiments/explorer/core/retraining.ts';
import { splitSets } from '../../../src/experiments/explorer/core/sets.ts';
import { DEFAULT_SETTINGS, networkOf } from '../../../src/experiments/explorer/core/settings.ts';
import { tableExamples } from '../../../src/experiments/explorer/core/table-examples.ts';

describe('address', () => {
  const view: View = {
    view: 'plane',
    data: 'digits',
    settings: { depth: 2, width: 8, activation: 'relu', epochs: 50, rate: 0.01, seed: 3 },
    query: 17,
    rung: 'kfac',
    rule: 'truncated',
    value: 1e-5,
    measurement: 'margin',
    removed: [3, 500, 1000],
    plane: {
      settings: { points: 40, noise: 0.25, flips: 0, width: 2, seed: 9 },
      place: { x: -1.25, y: 2.5, label: 1 },
      lambda: 0.5,
      rung: 'ggn',
    },
  };

  test('what is written is read again', () => {
    expect(writeAddress(DEFAULT_VIEW)).toBe('');
    expect(readAddress('')).toEqual(DEFAULT_VIEW);
    expect(readAddress(`#${writeAddress(view)}`)).toEqual(view);
    expect(writeAddress(view)).toBe(
      'view=plane&data=digits&depth=2&width=8&epochs=50&rate=0.01&seed=3&activation=relu&query=17&rung=kfac&rule=truncated&value=0.00001&measurement=margin&plane=40_0_0.25_2_9_-1.25_2.5_1_0.5_ggn&without=3.500.1000',
    );
  });

  test('a file of one’s own is in no address', () => {
    expect(readAddress(writeAddress({ ...view, data: 'own' })).data).toBe('none');
  });

  test.each([
    '#width=1e9&depth=-1&epochs=0.5&rate=NaN&seed=1e99',
    '#query=-1&rung=toString&rule=__proto__&value=-3&measurement=x',
    '#without=a.b.-1.99999999.&data=own&view=',
    '#plane=41_0_0.25_2_9_-1.25_2.5_1_0.5_ggn',
    '#plane=40_0_0.25_2_9_-9_2.5_1_0.5_ggn',
    '#plane=40_0_0.25_2_9_0_0_1_0_kfac',
    '#plane=____&view=',
    '#%E0%A4%A&&&=',
  ])('%s has nothing in it that is usable', (hash) => {
    expect(readAddress(hash)).toEqual(DEFAULT_VIEW);
  });
});

test('numbers as printed', () => {
  expect([0, 1, -1.23456, 0.00001234, 1234567, 0.000123456, 12345.6].map((x) => number(x))).toEqual(['0.000', '1.000', '−1.235', '1.234e−5', '1.235e+6', '0.0001235', '12346']); // biome-ignore format: one line
  expect([Number.NaN, -Infinity].map((x) => number(x))).toEqual(['–', '−∞']);
  expect([signed(0.5), signed(-0.5), percent(0.9722), count(1617), count(999)]).toEqual([
    '+0.5000',
    '−0.5000',
    '97.2 %',
    '1,617',
    '999',
  ]);
  expect(csv(['a', 'b'], [['x, "y"', 0.1]])).toBe('a,b\r\n"x, ""y""",0.1\r\n');
});

describe('ranking', () => {
  const scores = Float64Array.of(3, -2, 0, 1, -4);

  test('ends, by the sign of the score; a margin falls where a loss rises', () => {
    const { helped, harmed } = ends(scores, 2, 'loss');
    expect(helped.map(({ index }) => index)).toEqual([0, 3]);
    expect(harmed).toEqual([
      { index: 4, score: -4, change: -0.8 },
      { index: 1, score: -2, change: -0.4 },
    ]);
    expect(ends(scores, 1, 'margin').helped[0].index).toBe(4);
  });

  test('likeness and the effect of a set', () => {
    expect(likeness(scores, scores, 2, 'loss')).toEqual({ rank: 1, shared: 4 });
    expect(
      likeness(
        scores.map((s) => -s),
        scores,
        2,
        'loss',
      ),
    ).toEqual({ rank: -1, shared: 0 });
    expect(predictedChange(scores, [0, 4])).toBe(-0.2);
  });
});

test('pictures go by their folder, or by their name', () => {
  expect(['pets/cat/1.png', 'cat-17.png', 'cat17.png', 'cat.png', '17.png'].map(pictureClass)).toEqual([
    'cat',
    'cat',
    'cat',
    'cat',
    '',
  ]);
  const some = Array.from({ length: 20 }, (_, i) => ({ path: `${i % 2 ? 'b' : 'a'}/${i}.png`, pixels: new Uint8Array([0, 51, 102, 255]) })); // biome-ignore format: one line
  const { inputs, answers } = pictureExamples(some, 2);
  expect(Array.from(inputs.row(1))).toEqual([0, 0.2, 0.4, 1]);
  expect(answers).toMatchObject({
    labels: Int32Array.from({ length: 20 }, (_, i) => i % 2),
    names: ['a', 'b'],
  });
  expect(() => pictureExamples(some.slice(1), 2)).toThrow('19 pictures are too few');
});

test('a mean with Student’s interval; the network without some examples is that of train', () => {
  const { mean, half } = estimate([1, 2, 3, 4]);
  expect(mean).toBe(2.5);
  expect(half).toBeCloseTo((3.182446305284264 * Math.sqrt(5 / 3)) / 2, 12); // t(0.975, 3)
  expect(estimate([7])).toEqual({ mean: 7, half: Number.NaN });
  expect(withoutJob(4, new Int32Array(0), 3)).toEqual({ seed: 4, path: ['base', 0] });
  expect(withoutJob(4, Int32Array.of(1), 3).subset).toEqual(Int32Array.of(0, 2));
});

test('a network that the page would not get through is refused', () => {
  const text = Array.from({ length: 40 }, (_, i) => `${Math.sin(i)},${i % 2 ? 'a' : 'b'}`).join('\n');
  const sets = splitSets(tableExamples({ name: 't.csv', bytes: new TextEncoder().encode(text) }));
  expect(networkOf({ ...DEFAULT_SETTINGS, depth: 1, width: 128 }, sets).parameterCount).toBe(
    2 * 128 + 129 * 2,
  );
  expect(() => networkOf({ ...DEFAULT_SETTINGS, depth: 2, width: 128 }, sets)).toThrow(
    'this network has 17,026 parameters, the page takes 16,384: choose a smaller width.',
  );
});
