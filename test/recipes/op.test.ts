/** @file The recipe for an elementwise op, carried out as docs/recipes.md says, used end to end, and with each step left out. */
import { afterAll, describe, expect, test } from 'vitest';
import { recipe, ScratchCopy } from '../helpers/scratch-copy.ts';

const BLOCKS = recipe('An elementwise op');
const OP = 'src/autodiff/ops/squareplus.ts';
const COPY = new ScratchCopy(['test/autodiff/check-rule.test.ts']);
afterAll(() => COPY.remove());

/** Squareplus on its own and between layers: trained, and H v beside differences of gradients in both tiers. */
const USE = `
import { gradient, hvp } from './src/autodiff/derivatives.ts';
import { lossHvp, meanGradient } from './src/autodiff/mean-loss.ts';
import { Mlp } from './src/autodiff/mlp.ts';
import { Tape } from './src/autodiff/index.ts';
import { Trainer } from './src/autodiff/train.ts';
import { hessianMatrix } from './src/curvature/hessian.ts';
import { Matrix } from './src/linalg/matrix.ts';
import { matvec } from './src/linalg/products.ts';
import { rng } from './src/linalg/random/random.ts';

const random = rng(0, 'use');
const draw = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
const far = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < b.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
};
const out: Record<string, unknown> = {};

const features = draw(12);
for (const tier of ['scalar', 'simd'] as const) {
  const tape = new Tape();
  const x = tape.input(3, 4);
  const y = tape.apply('squareplus', [tape.affine(x, 2)]);
  const program = tape.compile(tape.sum(tape.affine(tape.multiply(y, y), 1)), { directions: 1, tier });
  program.set(x, features);
  const theta = rng(1, 'theta').fillNormal(new Float64Array(program.parameterCount));
  const v = rng(2, 'v').fillNormal(new Float64Array(program.parameterCount));
  const product = hvp(program, theta, [v]).row(0);
  const at = (h: number): Float64Array => gradient(program, theta.map((t, i) => t + h * v[i]));
  const [plus, minus] = [at(1e-5), at(-1e-5)];
  out[tier] = { product: Array.from(product), gap: far(product, plus.map((p, i) => (p - minus[i]) / 2e-5)) };
  program.parameters.set(theta);
  program.forward();
  const pre = program.value(tape.nodes[1]).data;
  out['value'] = far(program.value(y).data, pre.map((s) => (s + Math.hypot(s, 2)) / 2));
}

const model = new Mlp([3, 5, 2], 'squareplus');
const inputs = new Matrix(40, 3, draw(120));
const labels = Int32Array.from({ length: 40 }, (_, i) => (inputs.at(i, 0) * inputs.at(i, 1) > 0 ? 1 : 0));
const data = { inputs, labels };
const losses: number[] = [];
const trainer = new Trainer(model, 'cross-entropy', data, {
  epochs: 60, batch: 10, learningRate: 0.3, momentum: 0.9, weightDecay: 0, schedule: 'constant', initialisation: 'torch', dropLast: false,
});
const theta = trainer.train({ seed: 0, onEpoch: (_, loss) => losses.push(loss) });
out['losses'] = [losses[0], losses[59]];
const v = draw(model.parameterCount);
const product = lossHvp(model, 'cross-entropy', theta, data, [v]).row(0);
const at = (h: number): Float64Array => meanGradient(model, 'cross-entropy', theta.map((t, i) => t + h * v[i]), data);
const [plus, minus] = [at(1e-5), at(-1e-5)];
out['network'] = far(product, plus.map((p, i) => (p - minus[i]) / 2e-5));
out['hessian'] = far(matvec(hessianMatrix({ model, loss: 'cross-entropy', theta, data }), v), product);
console.log(JSON.stringify(out));
`;

/** The least that needs the op in every way. */
const NAMES = `
import { Mlp } from './src/autodiff/mlp.ts';
import { Tape } from './src/autodiff/tape.ts';

const tape = new Tape();
tape.apply('squareplus', [tape.affine(tape.input(1, 1), 1)]);
new Mlp([1, 1, 1], 'squareplus');
`;

function followed(blocks = BLOCKS): ScratchCopy {
  const copy = COPY.restore().follow(blocks);
  copy.write('use.ts', USE);
  copy.write('names.ts', NAMES);
  return copy;
}

test('the op works end to end', () => {
  const copy = followed();
  expect(copy.typeErrors('use.ts')).toEqual([]);
  const { value, scalar, simd, losses, network, hessian } = JSON.parse(copy.run('use.ts'));
  expect(value).toBeLessThan(1e-14);
  for (const { gap } of [scalar, simd]) expect(gap).toBeLessThan(1e-7);
  expect(simd.product).toEqual(scalar.product);
  expect(losses[1]).toBeLessThan(losses[0] / 2);
  expect(network).toBeLessThan(1e-7);
  expect(hessian).toBeLessThan(1e-12);
});

describe('a step left out', () => {
  test.each(BLOCKS.map(({ file, place }, i) => [`${file} ${place ?? ''}`, i] as const))(
    '%s: the compiler says so',
    (_, left) => {
      expect(followed(BLOCKS.filter((_, i) => i !== left)).typeErrors('names.ts')).not.toEqual([]);
    },
  );

  test.each([
    ['its second derivative', '    curvature: (x) => 2 / ((x * x + 4) * Math.sqrt(x * x + 4)),\n'],
    ['that it is an activation', '  activation: true,\n'],
  ])('%s: the compiler says so', (_, line) => {
    const copy = followed();
    copy.edit(OP, line, '');
    expect(copy.typeErrors('names.ts')).not.toEqual([]);
  });

  test('a derivative that is not the derivative: the checker says so, in step 3', () => {
    const copy = followed();
    copy.edit(OP, '2 / ((x', '3 / ((x');
    expect(copy.typeErrors('names.ts')).toEqual([]);
    expect(() => copy.test('test/autodiff/check-rule.test.ts')).toThrow(/vjpDot of squareplus/);
  });
});
