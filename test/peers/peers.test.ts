/** @file docs/peers.md against docs/peers.json, and the judge of its statements; no peer is needed. */
import { describe, expect, test } from 'vitest';
import { fillBlocks } from '../../bench/readme-blocks.ts';
import { sourceText } from '../helpers/sources.ts';
import { type Comparison, peerBlocks, type Report, refuted } from './page.ts';
import { relativeDifference } from './peer-files.ts';
import { AGREEMENTS, DIFFERENCES } from './statements.ts';

const report = JSON.parse(sourceText('docs/peers.json')) as Report;

describe('docs/peers.md', () => {
  test('its tables are what docs/peers.json says', () => {
    const page = sourceText('docs/peers.md');
    expect(page).toBe(fillBlocks(page, peerBlocks(report)));
    for (const name of Object.keys(peerBlocks(report))) expect(page).toContain(`<!-- /${name} -->`);
  });

  test('every statement was measured, and holds', () => {
    expect(report.comparisons.map(({ peer, what }) => `${peer}: ${what}`)).toEqual(
      [...AGREEMENTS, ...DIFFERENCES].map(({ peer, what }) => `${peer}: ${what}`),
    );
    expect(report.comparisons.flatMap(refuted)).toEqual([]);
  });

  test('the versions are those that the script installs', () => {
    const pinned = sourceText('test/peers/requirements.txt').trim().split('\n');
    expect(report.versions).toEqual(pinned.map((line) => line.replace('==', ' ')));
  });
});

describe('a statement is refuted', () => {
  const head = { peer: 'p', what: 'w' };
  const agreement = (difference: number): Comparison => ({
    ...head,
    kind: 'agreement',
    ours: 'o',
    limit: 1e-10,
    difference,
  });
  const difference = (size: number, fromFormula: number): Comparison => ({
    ...head,
    kind: 'difference',
    because: 'b',
    floor: 0.05,
    difference: size,
    fromFormula,
  });

  test.each([
    ['an agreement that is lost', agreement(2e-10)],
    ['an agreement that is not a number', agreement(Number.NaN)],
    ['a difference that has vanished', difference(0.01, 0)],
    ['a difference that its formula does not explain', difference(1, 0.1)],
    ['a difference that is not a number', difference(Number.NaN, 0)],
  ])('%s', (_, comparison) => expect(refuted(comparison)).toHaveLength(1));

  test('but not one that holds', () => {
    expect([agreement(1e-15), difference(0.3, 1e-15)].flatMap(refuted)).toEqual([]);
  });
});

test('a relative difference is that of the largest entries; unequal lengths are no difference', () => {
  expect(relativeDifference(Float64Array.of(1, 2.5), Float64Array.of(1.5, -2))).toBe(2.25);
  expect(relativeDifference(Float64Array.of(Number.NaN, 1), Float64Array.of(1, 1))).toBeNaN();
  expect(() => relativeDifference(Float64Array.of(1), Float64Array.of(1, 2))).toThrow('1 numbers against 2');
});
