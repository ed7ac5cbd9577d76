/** @file What is explicit is told from a default before defaults are filled in. */
import { expect, test } from 'vitest';
import { attribute } from '../../../src/influence/methods/attribute.ts';
import { UnsupportedError } from '../../../src/linalg/errors.ts';
import { randomProblem } from '../../helpers/problems.ts';

const problem = randomProblem({ sizes: [3, 2, 2], examples: 6, seed: 5 });
const job = { method: 'trajectory', models: [problem], train: problem.data, queries: problem.data } as const;
const run = { optimiser: 'adamw', epochs: 2, batch: 3, lr: 0.01 } as const;

test.each([0.9, 0.5, 0])(
  'trajectory: momentum %d beside adamw is refused, the default as well',
  (momentum) => {
    const asked = () => attribute({ ...job, options: { ...run, momentum } });
    expect(asked).toThrow(UnsupportedError);
    expect(asked).toThrow(/adamw has no momentum/);
  },
);

test('without a momentum, or with auto, adamw runs', () => {
  const scores = [{}, { momentum: 'auto' as const }].map(
    (more) => attribute({ ...job, options: { ...run, ...more } }).scores.data,
  );
  expect(scores[0]).toEqual(scores[1]);
  expect(scores[0].some((x) => x !== 0)).toBe(true);
});
