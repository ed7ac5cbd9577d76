/** @file The recipe for a loss, carried out as docs/recipes.md says, used end to end, and with each step left out. */
import { afterAll, describe, expect, test } from 'vitest';
import { recipe, ScratchCopy } from '../helpers/scratch-copy.ts';

const BLOCKS = recipe('A loss');
const LOSS = 'src/autodiff/losses/sum-of-squares.ts';
const COPY = new ScratchCopy(['test/autodiff/check-loss.test.ts']);
afterAll(() => COPY.remove());

/**
 * Trained, and its curvatures beside those of the squared error at the same θ: twice as large, exactly, since doubling rounds nothing but √2·√2.
 * H v beside differences of gradients, G v of the tape beside the GGN, scores and TRAK's beside those of the squared error.
 */
const USE = `
import { lossGgnvp, lossHvp, meanGradient } from './src/autodiff/mean-loss.ts';
import { Mlp } from './src/autodiff/mlp.ts';
import { Trainer } from './src/autodiff/train.ts';
import { ekfac } from './src/curvature/ekfac.ts';
import { ggnMatrix } from './src/curvature/ggn.ts';
import { hessianMatrix } from './src/curvature/hessian.ts';
import { kroneckerFactors } from './src/curvature/kronecker-factors.ts';
import { trak } from './src/influence/baselines/trak.ts';
import { influenceFunction } from './src/influence/attributors/influence-function.ts';
import { queryMeasurer } from './src/influence/measurement.ts';
import { Matrix } from './src/linalg/matrix.ts';
import { matvec } from './src/linalg/products.ts';
import { rng } from './src/linalg/random/random.ts';

const LOSS = 'sum-of-squares';
const random = rng(0, 'use');
const draw = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
/** The largest difference, by the largest number. */
const far = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [most, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    most = Math.max(most, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return most / size;
};
const twice = (a: Float64Array): Float64Array => a.map((x) => 2 * x);
const out: Record<string, unknown> = {};

const model = new Mlp([3, 5, 2], 'tanh');
const inputs = new Matrix(40, 3, draw(120));
const targets = new Matrix(40, 2, new Float64Array(80));
for (let i = 0; i < 40; i++) targets.row(i).set([inputs.at(i, 0) * inputs.at(i, 1), Math.sin(inputs.at(i, 2)) + 1]);
const data = { inputs, targets };
const losses: number[] = [];
const theta = new Trainer(model, LOSS, data, {
  epochs: 60, batch: 10, learningRate: 0.02, momentum: 0.9, weightDecay: 0, schedule: 'constant', initialisation: 'torch', dropLast: false,
}).train({ seed: 0, onEpoch: (_, loss) => losses.push(loss) });
out['losses'] = [losses[0], losses[59]];

const problem = { model, loss: LOSS, theta, data } as const;
const half = { ...problem, loss: 'squared-error' } as const;
const v = draw(model.parameterCount);
const product = lossHvp(model, LOSS, theta, data, [v]).row(0);
const at = (h: number): Float64Array => meanGradient(model, LOSS, theta.map((t, i) => t + h * v[i]), data);
const [plus, minus] = [at(1e-5), at(-1e-5)];
out['hvp'] = far(product, plus.map((p, i) => (p - minus[i]) / 2e-5));
out['hessian'] = far(matvec(hessianMatrix(problem), v), product);
out['ggn'] = far(matvec(ggnMatrix(problem), v), lossGgnvp(model, LOSS, theta, data, [v]).row(0));
out['monteCarlo'] = far(ggnMatrix(problem, { kind: 'mc', samples: 400, seed: 0 }).data, ggnMatrix(problem).data);
out['empirical'] = far(ggnMatrix(problem, { kind: 'empirical' }).data, ggnMatrix(half, { kind: 'empirical' }).data.map((x) => 4 * x));
out['kfac'] = Math.max(...kroneckerFactors(problem).map(({ gradientCovariance }, l) =>
  far(gradientCovariance.data, twice(kroneckerFactors(half)[l].gradientCovariance.data))));
out['ekfac'] = far(ekfac(problem).values, twice(ekfac(half).values));
const rule = { kind: 'damped', lambda: 0.2 } as const;
const scores = (given: typeof problem | typeof half, lambda: number): Float64Array =>
  influenceFunction({ curvature: 'ekfac', rule: { ...rule, lambda } }).fit(given, data).score(data).data;
out['influence'] = far(scores(problem, 0.2), twice(scores(half, 0.1)));
// f runs over the outputs: the gradient of the query, and the slope, double
const trakScores = (given: typeof problem | typeof half): Float64Array =>
  trak({ dimension: 4 }).fit(given, data).score(data).data;
out['trak'] = far(trakScores(problem), trakScores(half).map((x) => 4 * x));
const measured = queryMeasurer(model, LOSS, data)(theta);
const expected = queryMeasurer(model, 'squared-error', data)(theta);
out['measured'] = [far(measured.losses, twice(expected.losses)), far(measured.absoluteErrors ?? [], expected.absoluteErrors ?? [1])];
console.log(JSON.stringify(out));
`;

/** The least that needs the loss by name. */
const NAMES = `
import { LOSSES, type Loss } from './src/autodiff/functions.ts';
import { MEASUREMENT_FACTS } from './src/influence/measurement.ts';
import { LOSS_TABLE } from './src/autodiff/losses/table.ts';

const loss: Loss = 'sum-of-squares';
console.log(LOSSES.includes(loss), MEASUREMENT_FACTS[LOSS_TABLE[loss].measured]);
`;

function followed(blocks = BLOCKS): ScratchCopy {
  const copy = COPY.restore().follow(blocks);
  copy.write('use.ts', USE);
  copy.write('names.ts', NAMES);
  return copy;
}

test('the loss works end to end', () => {
  const copy = followed();
  expect(copy.typeErrors('use.ts')).toEqual([]);
  const { losses, hvp, hessian, ggn, monteCarlo, measured, ...exact } = JSON.parse(copy.run('use.ts'));
  expect(losses[1]).toBeLessThan(losses[0] / 2);
  expect(hvp).toBeLessThan(1e-8);
  expect(hessian).toBeLessThan(1e-13);
  expect(ggn).toBeLessThan(1e-13);
  expect(monteCarlo).toBeLessThan(0.1);
  expect(measured).toEqual([0, 0]);
  for (const name of ['empirical', 'kfac', 'ekfac', 'influence', 'trak'])
    expect([name, exact[name] < 1e-12]).toEqual([name, true]);
});

describe('a step left out', () => {
  test.each(BLOCKS.map(({ file, place }, i) => [`${file} ${place ?? ''}`, i] as const))(
    '%s: the compiler says so',
    (_, left) => {
      expect(followed(BLOCKS.filter((_, i) => i !== left)).typeErrors('names.ts')).not.toEqual([]);
    },
  );

  const members = [
    'measured',
    'record',
    'gradient',
    'hessianRoot',
    'drawnGradients',
    'constantOutputs',
    'linearised',
  ];
  test.each(members)('%s: the compiler says so', (member) => {
    const copy = followed();
    const text = copy.read(LOSS);
    const without = text.replace(new RegExp(`^  ${member}: [^]*?,\\n(?=  \\S|\\};)`, 'm'), '');
    expect(without).not.toBe(text);
    copy.write(LOSS, without);
    expect(copy.typeErrors('names.ts').join()).toContain(`Property '${member}' is missing`);
  });

  test('the curvature of the squared error in place of its own: the checker says so, in step 3', () => {
    const copy = followed();
    copy.edit(LOSS, 'map((root) => times(Math.SQRT2, root))', 'map((root) => times(1, root))');
    copy.edit(LOSS, 'map((drawn) => times(Math.SQRT2, drawn))', 'map((drawn) => times(1, drawn))');
    expect(copy.typeErrors('names.ts')).toEqual([]);
    expect(() => copy.test('test/autodiff/check-loss.test.ts')).toThrow(
      /hessianRoot, example 0, of sum-of-squares/,
    );
  });
});
