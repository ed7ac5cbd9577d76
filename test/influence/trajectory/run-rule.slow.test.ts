/** @file The rule of `trajectory` on the other networks of *Better Hessians Matter*: half a minute. */
import { expect, test } from 'vitest';
import { CHOSEN, chosenRun } from './chosen-runs.ts';

test.each(['d4-w16', 'd1-w32', 'd1-w64', 'd1-w128'])('%s', (name) =>
  expect(chosenRun(name)).toEqual(CHOSEN[name]),
);
