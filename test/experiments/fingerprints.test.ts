/** @file The bits of stored results do not change unless the version of their task does. */
import { expect, test } from 'vitest';
import { complaint, currentFingerprints, FINGERPRINTED, goldenFingerprints } from './fingerprints.ts';

const now = currentFingerprints();
const noted = goldenFingerprints();

for (const name of FINGERPRINTED)
  test(`${name} has the bits of its version`, () => {
    expect(complaint(name, noted[name], now[name])).toBeUndefined();
  });

test('a change of bits asks for a new version, a new version to be noted', () => {
  const { version, digest } = now['retraining'];
  expect(complaint('retraining', { version, digest: 'other' }, now['retraining'])).toMatch(
    /raise the version of 'retraining'/,
  );
  expect(complaint('retraining', { version: version - 1, digest }, now['retraining'])).toMatch(/not noted/);
  expect(complaint('retraining', undefined, now['retraining'])).toMatch(/not noted/);
});
