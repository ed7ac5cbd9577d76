/** @file Plain arrays and structured clones give the bits of matrices and vectors. */
import { expect, test } from 'vitest';
import type { Dataset } from '../../src/autodiff/index.ts';
import {
  linear,
  lossHvp,
  type Network,
  network,
  sequential,
  Trainer,
  tanh,
} from '../../src/autodiff/index.ts';
import { hessianMatrix, kfac } from '../../src/curvature/index.ts';
import * as influence from '../../src/influence/index.ts';
import {
  attribute,
  type FittedModel,
  groupEffect,
  linearDatamodellingScore,
  spearman,
} from '../../src/influence/index.ts';
import { EigenfluenceError, Matrix } from '../../src/linalg/index.ts';
import { config, data, directions, fitted, model, problem, sampler, trajectory } from './fixtures.ts';
import { WRONG } from './wrong-values.ts';

const plainData = () => ({ inputs: data().inputs.toArray(), labels: Array.from(data().labels) });
const plain = () => ({ ...fitted(), theta: Array.from(fitted().theta) });

test('training', () => {
  const subset = [0, 2, 3];
  const expected = new Trainer(model(), 'cross-entropy', data(), config());
  const actual = new Trainer(model(), 'cross-entropy', plainData(), config());
  expect(actual.train({ seed: 3, subset })).toEqual(
    expected.train({ seed: 3, subset: Int32Array.from(subset) }),
  );
});

test('curvatures', () => {
  const given = { ...plain(), data: plainData() };
  expect(hessianMatrix(given)).toEqual(hessianMatrix(problem()));
  expect(kfac(structuredClone(problem())).values).toEqual(kfac(problem()).values);
  const { loss, theta } = fitted();
  expect(lossHvp(model(), loss, Array.from(theta), plainData(), directions().toArray())).toEqual(
    lossHvp(model(), loss, theta, data(), directions()),
  );
});

test('a network of layers is made again of its clone, where its module is loaded', () => {
  const layers = sequential([linear(4), tanh(), linear(3)]);
  const graph = network({ shape: [data().inputs.cols] }, layers);
  const train = (trained: Network) =>
    new Trainer(trained, 'cross-entropy', data(), config()).train({ seed: 3 });
  expect(train(structuredClone(graph))).toEqual(train(graph));
  const broken = { ...structuredClone(graph), parameters: [null] } as unknown as Network;
  expect(() => train(broken)).toThrow(EigenfluenceError);
  const other = { ...structuredClone(graph), description: { format: 'x' } } as unknown as Network;
  expect(() => train(other)).toThrow(EigenfluenceError);
});

test('attribution', () => {
  const job = { method: 'ekfac', models: [fitted()], train: data(), queries: data() } as const;
  const given = { ...job, models: [plain()], train: plainData(), queries: plainData() };
  expect(attribute(given as unknown as typeof job).scores).toEqual(attribute(job).scores);
  expect(attribute(structuredClone(job)).scores).toEqual(attribute(job).scores);
  expect(() => attribute({ ...job, qeries: 1 } as typeof job)).toThrow("did you mean 'queries'");
});

/** Where the trajectory ends. */
const ended = (): FittedModel => ({
  ...fitted(),
  theta: trajectory().checkpoints[trajectory().checkpoints.length - 1].theta,
});
const descent = { damping: 0.5, iterations: 5, seed: 0 };
const ATTRIBUTORS: Readonly<Record<string, () => influence.Attributor>> = {
  influenceFunction: () => influence.influenceFunction({ curvature: 'kfac' }),
  iterativeInfluence: () => influence.iterativeInfluence({ curvature: 'ggn', damping: 0.1 }),
  gradientDot: () => influence.gradientDot(),
  tracin: () => influence.tracin({ trajectory: trajectory() }),
  lissaInfluence: () => influence.lissaInfluence(descent),
  astraInfluence: () => influence.astraInfluence(descent),
  sourceInfluence: () => influence.sourceInfluence({ trajectory: trajectory() }),
  astraSourceInfluence: () => influence.astraSourceInfluence({ trajectory: trajectory(), iterations: 5 }),
  bayesianInfluence: () => influence.bayesianInfluence(sampler()),
  arnoldiInfluence: () => influence.arnoldiInfluence({ rank: 2 }),
  dataInf: () => influence.dataInf({ damping: 0.1 }),
  logra: () => influence.logra({ dimension: 2, damping: 0.1 }),
  trak: () => influence.trak({ dimension: 2, ridge: 0.1 }),
  randomControl: () => influence.randomControl(),
  labelControl: () => influence.labelControl(),
};

test.each(Object.entries(ATTRIBUTORS))('%s: fit and score', (name, make) => {
  const expected = make().fit(ended(), data()).score(data());
  const given = make().fit(
    { ...ended(), theta: Array.from(ended().theta) } as unknown as FittedModel,
    plainData() as unknown as Dataset,
  );
  expect(given.score(plainData() as unknown as Dataset), name).toEqual(expected);
  expect(make().fit(structuredClone(ended()), data()).score(structuredClone(data()))).toEqual(expected);
  for (const wrong of [
    undefined,
    null,
    'x',
    7,
    [],
    {},
    { ...ended(), theta: ['1'] },
    { ...ended(), model: {} },
  ])
    expect(() => make().fit(wrong as FittedModel, data())).toThrow(EigenfluenceError);
  for (const wrong of [
    undefined,
    null,
    'x',
    7,
    [],
    {},
    { inputs: [[1, 'a']], labels: [0] },
    { inputs: data().inputs },
  ]) {
    expect(() => make().fit(ended(), wrong as Dataset)).toThrow(EigenfluenceError);
    expect(() => given.score(wrong as Dataset)).toThrow(EigenfluenceError);
  }
});

test('judgement', () => {
  const scores = [
    [1, 2, 3],
    [3, 1, 2],
  ];
  const subsets = [
    [0, 1],
    [0, 2],
    [1, 2],
  ];
  const outcomes = [
    [1, 2],
    [2, 1],
    [3, 5],
  ];
  expect(linearDatamodellingScore({ scores, subsets, outcomes })).toEqual(
    linearDatamodellingScore({
      scores: Matrix.of(scores),
      subsets: subsets.map((kept) => Int32Array.from(kept)),
      outcomes: Matrix.of(outcomes),
    }),
  );
  expect(groupEffect(scores, [0, 2])).toEqual(Float64Array.of(4 / 3, 5 / 3));
  expect(() => spearman(['1', '2'] as unknown as number[], [1, 2])).toThrow(
    'spearman: x[1] must be a number',
  );
});

test('options of methods: what is no value of theirs is refused, not converted', () => {
  const job = { models: [fitted()], train: data(), queries: data() };
  const options = { ekfac: ['rule'], cg: ['damping', 'preconditioner'], lissa: ['alpha'], astra: ['iterations'], arnoldi: ['rank'] } as const; // biome-ignore format: a table
  for (const [method, names] of Object.entries(options))
    for (const name of names)
      for (const wrong of ['null', "'1'", '{}', 'a symbol', 'a revoked proxy', 'Object.create(null)'])
        expect(
          () => attribute({ ...job, method, options: { [name]: WRONG[wrong]() } } as never),
          `${method} ${name} ${wrong}`,
        ).toThrow(EigenfluenceError);
  const late = { ...job, method: 'ekfac', now: () => 'late' } as never;
  expect(() => attribute(late)).toThrow('the result of now must be a number');
});
