/** @file The recipe for a network, carried out as docs/recipes.md says, used end to end, and with steps left out. */
import { afterAll, expect, test } from 'vitest';
import { recipe, ScratchCopy } from '../helpers/scratch-copy.ts';

const BLOCKS = recipe('A network');
const COPY = new ScratchCopy();
afterAll(() => COPY.remove());

const USE = `
import { hessianByColumns, initialise, Trainer } from './src/autodiff/index.ts';
import { ekfac, ggnMatrix, hessianMatrix } from './src/curvature/index.ts';
import { attribute } from './src/influence/index.ts';
import { Matrix, rng } from './src/linalg/index.ts';
import { Residual } from './residual.ts';

const model = new Residual(4, 5, 3);
const random = rng(0, 'use');
const inputs = new Matrix(30, 4, random.fillNormal(new Float64Array(120)));
const labels = Int32Array.from({ length: 30 }, (_, i) => Math.min(2, Math.floor(Math.abs(2 * inputs.at(i, 0) * inputs.at(i, 1)))));
const data = { inputs, labels };
const losses: number[] = [];
const theta = new Trainer(model, 'cross-entropy', data, {
  epochs: 80, batch: 10, learningRate: 0.1, momentum: 0.9, weightDecay: 0, schedule: 'constant', initialisation: 'torch', dropLast: false,
}).train({ seed: 0, onEpoch: (_, loss) => losses.push(loss) });
const problem = { model, loss: 'cross-entropy', theta, data } as const;
const [h, columns, g] = [hessianMatrix(problem), hessianByColumns(model, 'cross-entropy', theta, data), ggnMatrix(problem)];
const trace = Array.from({ length: g.rows }, (_, i) => g.at(i, i)).reduce((a, b) => a + b, 0);
const { scores } = attribute({ method: 'ekfac', models: [problem], train: data, queries: data });
console.log(JSON.stringify({
  parameters: model.parameterCount,
  start: initialise(model, 'xavier', rng(0)).length,
  losses: [losses[0], losses[79]],
  hessian: Math.max(...h.data.map((x, k) => Math.abs(x - columns.data[k]))),
  trace: ekfac(problem).values.reduce((a, b) => a + b, 0) / trace,
  scores: [scores.rows, scores.cols, scores.data.every(Number.isFinite)],
}));
`;

test('the network works end to end', () => {
  const copy = COPY.restore().follow(BLOCKS);
  copy.write('use.ts', USE);
  const { losses, hessian, trace, ...rest } = JSON.parse(copy.run('use.ts'));
  expect(rest).toEqual({ parameters: 25 + 30 + 18, start: 73, scores: [30, 30, true] });
  expect(losses[1]).toBeLessThan(losses[0] / 2);
  expect(hessian).toBeLessThan(1e-14);
  expect(trace).toBeCloseTo(1, 12);
});

test.each([
  ['a site that is not recorded', 'return site(2, h);', 'return h;', /sites must be all 3 recorded, got 2/],
  ['a site that is not named', '      { inputs: width, outputs: classes },\n', '', /site must be one of 2/],
])('%s is refused', (_, from, to, message) => {
  const copy = COPY.restore().follow(BLOCKS);
  copy.write('use.ts', USE);
  copy.edit('residual.ts', from, to);
  expect(() => copy.run('use.ts')).toThrow(message);
});
