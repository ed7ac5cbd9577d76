/** @file Why effects of rows may predict little, told only where they do. */
import { expect, test } from 'vitest';
import { preFlightWarnings } from '../../../src/experiments/audit/given/pre-flight.ts';
import { reasons, scoreWarnings, weak } from '../../../src/experiments/audit/trust.ts';

const END = { slope: 0.01, startSlope: 1, smallest: 0.1, damping: 0.05 };

test('weak: below 0.2, an interval with 0, or none', () => {
  expect([weak(0.5, 0.4), weak(0.19, 0.1), weak(0.3, -0.1), weak(Number.NaN, Number.NaN)]).toEqual([
    false,
    true,
    true,
    true,
  ]);
  for (const [lds, lo] of [[0.5, 0.4], [0.1, 0.05]] as const) // biome-ignore format: one line
    expect(scoreWarnings(lds, lo, 0.9)).toHaveLength(Number(weak(lds, lo)));
});

test('one sentence for both reasons, which says that the table is not at fault and what to do', () => {
  expect(reasons(END)).toEqual([]);
  expect(reasons({ ...END, smallest: -0.04 })).toEqual([]); // damping covers it
  const [both, ...more] = reasons({ ...END, slope: 0.2, smallest: -0.06 });
  expect(more).toEqual([]);
  expect(both).toMatch(/gradient is still more than a tenth.*, and the loss still curves downwards/);
  expect(both).toMatch(/Nothing is wrong with the table.*--verify/);
  expect(reasons({ ...END, slope: 0.2 })[0]).not.toContain('curves downwards');
});

test('of a given network: not where effects were measured to predict retraining', () => {
  const curved = { slope: 0, smallest: -1 };
  expect(preFlightWarnings(curved, 0.1, true)).toEqual([]);
  expect(preFlightWarnings(curved, 0.1, false)).toEqual([expect.stringContaining('Train it longer')]);
  // that it is at no minimum of these rows at all is always said
  expect(preFlightWarnings({ slope: 0.5, smallest: 1 }, 0.1, true)).toHaveLength(1);
});
