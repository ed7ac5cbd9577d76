/** @file Traces of single examples' Gauss–Newton matrices, against the dense ones. */
import { expect, test } from 'vitest';
import { selectExamples } from '../../src/autodiff/dataset.ts';
import { exampleTraces } from '../../src/curvature/example-traces.ts';
import { ggnMatrix } from '../../src/curvature/ggn.ts';
import { meanEigenvalue } from '../../src/influence/attributors/damping-rule.ts';
import { symmetricEigen } from '../../src/linalg/index.ts';
import { sum } from '../../src/linalg/sum.ts';
import { expectClose } from '../helpers/close.ts';
import { randomProblem } from '../helpers/problems.ts';

test.each([
  ['cross-entropy', { sizes: [4, 5, 3], examples: 7, seed: 3 }],
  ['squared error', { sizes: [3, 4, 2], examples: 7, seed: 4, loss: 'squared-error' }],
] as const)('%s', (_, options) => {
  const problem = randomProblem(options);
  const traces = exampleTraces(problem);
  const outputs = options.sizes[2];
  for (const [i, trace] of traces.entries()) {
    const data = selectExamples(problem.data, Int32Array.of(i));
    const { values } = symmetricEigen(ggnMatrix({ ...problem, data }), { vectors: false });
    expectClose([trace], [sum(values)], { rtol: 1e-12 });
    const largest = values[values.length - 1];
    expect(trace).toBeGreaterThanOrEqual(largest * (1 - 1e-12));
    expect(trace).toBeLessThanOrEqual(outputs * largest * (1 + 1e-12));
  }
  expectClose([sum(traces) / traces.length], [meanEigenvalue(problem) * problem.model.parameterCount], {
    rtol: 1e-13,
  });
});
