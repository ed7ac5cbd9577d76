/** @file Attributors refuse what is no fitted model, options they do not know, and counts that would run for ever. */
import { expect, it } from 'vitest';
import { gradientDot, influenceFunction, steepestSteps } from '../../src/influence/index.ts';
import { DomainError } from '../../src/linalg/index.ts';
import { data, fitted } from '../callers/fixtures.ts';

const wrong = [undefined, null, 3, 'a', [], {}, { model: {} }];

it.each(wrong)('fit refuses the fitted model %j by name', (value) => {
  for (const attributor of [gradientDot(), influenceFunction({ curvature: 'ggn' })])
    expect(() => attributor.fit(value as never, data())).toThrow(/fitted/);
});

it('a loss that is none is refused by name', () => {
  expect(() => gradientDot().fit({ ...fitted(), loss: 'x' as never }, data())).toThrow(/fitted\.loss/);
});

it('a misspelt option is refused with the nearest name', () => {
  expect(() => gradientDot({ similarty: 'cosine' } as never)).toThrow(/did you mean 'similarity'/);
  expect(() => influenceFunction({ curvature: 'ggn', rul: 'paper' } as never)).toThrow(/did you mean 'rule'/);
});

it('steepestSteps refuses endless counts', () => {
  const batch = (): Int32Array => Int32Array.of(0);
  expect(() => steepestSteps(batch, Float64Array.of(1), Number.POSITIVE_INFINITY, 1, 1)).toThrow(DomainError);
  expect(() => steepestSteps(batch, Float64Array.of(1), 1, Number.POSITIVE_INFINITY, 1)).toThrow(DomainError);
});
