/** @file Small named problems that curvature and influence tests loop over. */
import type { ClassificationData, Dataset, RegressionData } from '../../src/autodiff/dataset.ts';
import type { Activation, Loss } from '../../src/autodiff/functions.ts';
import { Mlp } from '../../src/autodiff/mlp.ts';
import type { Network } from '../../src/autodiff/network.ts';
import type { Problem } from '../../src/curvature/problem.ts';
import { Matrix, type Vec } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';

export interface ProblemOptions {
  readonly sizes: readonly number[];
  readonly activation?: Activation;
  readonly loss?: Loss;
  readonly examples?: number;
  readonly seed?: number;
  /** Standard deviation of a unit's pre-activation at unit inputs; larger is more non-linear. */
  readonly gain?: number;
}

/** A random network on random data: normal inputs and targets, uniform labels, weights of variance gain²/fan-in. */
export function randomProblem(options: ProblemOptions): Problem {
  const { sizes, activation = 'tanh', loss = 'cross-entropy', examples = 7, seed = 1, gain = 1.2 } = options;
  const model = new Mlp(sizes, activation);
  const theta = randomTheta(model, gain, seed);
  return { model, loss, theta, data: randomData(model, loss, examples, seed) };
}

/** Normal parameters, biases included, with variance gain²/(inputs + 1) per layer. */
export function randomTheta(model: Network, gain: number, seed: number): Vec {
  const theta = rng(seed, 'theta').fillNormal(new Float64Array(model.parameterCount));
  for (const { offset, size, inputs } of model.sites)
    for (let k = offset; k < offset + size; k++) theta[k] *= gain / Math.sqrt(inputs + 1);
  return theta;
}

/** Normal inputs; uniform labels for cross-entropy, normal targets for squared error. */
export function randomData(model: Network, loss: Loss, examples: number, seed: number): Dataset {
  const random = rng(seed, 'data');
  const inputs = new Matrix(
    examples,
    model.inputs,
    random.fillNormal(new Float64Array(examples * model.inputs)),
  );
  if (loss === 'cross-entropy') {
    const labels = Int32Array.from({ length: examples }, () => random.integer(model.outputs));
    return { inputs, labels } satisfies ClassificationData;
  }
  const targets = random.fillNormal(new Float64Array(examples * model.outputs));
  return { inputs, targets: new Matrix(examples, model.outputs, targets) } satisfies RegressionData;
}

export interface NamedProblem {
  readonly name: string;
  readonly problem: Problem;
}

/** Every activation and loss, depths 0 to 3, uneven widths, an odd number of examples, and a single one. */
export function smallProblems(): readonly NamedProblem[] {
  const shapes: readonly (readonly number[])[] = [
    [4, 3],
    [3, 5, 4],
    [5, 3, 4, 2],
    [2, 4, 3, 2, 3],
  ];
  const activations: readonly Activation[] = ['tanh', 'relu', 'gelu', 'sigmoid'];
  const losses: readonly Loss[] = ['cross-entropy', 'squared-error'];
  const problems: NamedProblem[] = [];
  for (const [depth, sizes] of shapes.entries())
    for (const activation of depth === 0 ? (['identity'] as const) : activations)
      for (const loss of losses)
        for (const examples of depth === 2 ? [1, 7] : [7])
          problems.push({
            name: `${sizes.join('-')} ${activation} ${loss} N=${examples}`,
            problem: randomProblem({ sizes, activation, loss, examples, seed: 10 + depth }),
          });
  return problems;
}
