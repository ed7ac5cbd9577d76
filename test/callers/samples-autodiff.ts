/** @file Valid calls of every export of autodiff. */

import { readFileSync } from 'node:fs';
import * as autodiff from '../../src/autodiff/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import {
  config,
  data,
  directions,
  float32Trainer,
  inputs,
  model,
  recorded,
  theta,
  trainer,
  trajectory,
} from './fixtures.ts';
import { type ClassSample, call, just, none, type Sample } from './sample.ts';

const archive = () =>
  Uint8Array.from(readFileSync(new URL('../reference/exported-networks/strided.pt2', import.meta.url)));
const ce = just('cross-entropy');
const ofModel = (...rest: readonly (() => unknown)[]): Sample => call(model, ce, theta, data, ...rest);
/** Arguments that are parts of one recording. */
const ofProgram = (pick: (r: ReturnType<typeof recorded>) => unknown[]): Sample => ({
  args: () => pick(recorded()),
});
/** The instance whose parts the last call of `make` handed out. */
let last = recorded();
const fresh = () => {
  last = recorded();
  return last;
};
const part = (pick: (r: ReturnType<typeof recorded>) => unknown[]): Sample => ({ args: () => pick(last) });
const tables = () => ({
  format: 'eigenfluence-architecture',
  version: 1,
  input: { kind: 'token', length: 2, vocabulary: 3 },
  nodes: [
    { id: 'e', op: 'embedding', inputs: ['x'], weight: 'e', rows: 3 },
    { id: 'a', op: 'linear', inputs: ['e'], weight: 'w' },
  ],
  output: 'a',
});
const graph = () =>
  new autodiff.GraphNetwork(
    tables(),
    new Map([
      ['e', [3, 2]],
      ['w', [2, 2]],
    ]),
  );
const sweep = () => {
  const s = new autodiff.LayerSweep(model(), 'cross-entropy', 5, { directions: 2 });
  s.load(theta(), data(), 0);
  s.forward();
  s.backward();
  s.seedUnits(1, 0, 2);
  s.forwardTangent();
  s.backwardTangent();
  return s;
};

export const AUTODIFF_FUNCTIONS: Readonly<Record<string, Sample>> = {
  predict: call(model, theta, inputs), probabilities: call(model, theta, inputs), accuracy: call(model, theta, data), trainTestSplit: call(data, () => ({ testFraction: 0.5, seed: 0, stratify: false })), standardise: call(inputs), oneHot: call(() => [0, 1], just(2)),
  checkRule: call(just('tanh')), asDataset: { ...call(just('f'), model, ce, data), heads: [0] }, datasetSize: call(data), weightClasses: call(data, () => [1, 2]), softLabels: call(() => [0, 1], just(2), just(0.1)), lossNamed: call(just('huber(0.5)')), huber: call(just(0.5)), adamW: call(() => ({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01 })), positionWeights: call(() => [[1, 0], [1, 1]], () => [[1, 1]]), selectExamples: call(data, () => Int32Array.of(1, 0)),
  gradient: ofProgram(({ program }) => [program, theta()]), jvp: ofProgram(({ program }) => [program, theta(), directions()]),
  vjp: ofProgram(({ program }) => [program, theta(), new Matrix(2, 5)]), jacobian: ofProgram(({ program }) => [program, theta()]),
  hvp: ofProgram(({ program }) => [program, theta(), directions()]), denseHessian: ofProgram(({ program }) => [program, theta()]),
  ggnvp: ofProgram(({ program, u }) => [program, theta(), u, directions()]), exampleGradients: ofProgram(({ program }) => [program, theta()]),
  usesLabels: call(ce), initialise: call(model, just('torch'), () => rng(0)), hessianByColumns: ofModel(), lossGgnvp: ofModel(directions),
  lossHvp: ofModel(directions), meanGradient: ofModel(), checkUntied: { ...call(just('f'), model), heads: [0] }, checkPlain: { ...call(just('f'), model), heads: [0] }, checkOneOutput: { ...call(just('f'), model), heads: [0] }, networkMetadata: call(model, () => ({ loss: 'cross-entropy' })),
  exampleValues: ofModel(), logits: call(model, theta, inputs), perExampleGradients: ofModel(just(0), just(2)),
  sweepExamples: ofModel(() => ({ batch: 2 }), just(() => {})), fromTorchOrder: call(model, theta), toTorchOrder: call(model, theta),
  torchPermutation: call(model), readTorchParameters: call(() => autodiff.writeTorchParameters(model(), theta()), just('tanh'), () => ({ loss: 'cross-entropy' })),
  writeGraphNetwork: call(graph, () => new Float64Array(10), () => ({ loss: 'cross-entropy' })), writeTorchParameters: call(model, theta), epochBatches: call(config, just(5)), learningRate: call(config, just(1)),
  network: call(() => ({ shape: [2] }), just(autodiff.linear(2))), linear: call(just(2), () => ({ bias: true, weight: 'w' })),
  conv2d: call(just(2), just(3), () => ({ stride: 1, padding: [1, 1], dilation: 1, groups: 1, bias: true })), conv1d: call(just(2), just(3), () => ({ stride: 1, padding: 1, dilation: 1, groups: 1, bias: true })),
  maxPool: call(just(2), () => ({ stride: 1, padding: 0 })), avgPool: call(just(2), () => ({ stride: 1, padding: 0, countPadding: true })), globalAvgPool: none, flatten: none, relu: none, tanh: none, silu: none, sigmoid: none,
  gelu: call(just('tanh')), layerNorm: call(just(1e-5)), groupNorm: call(just(2), just(1e-5)), embedding: call(just(3), () => ({ paddingToken: 0 })), positionEmbedding: call(just(3)), selfAttention: call(just(2), () => ({ causal: true, paddingToken: 0, keyHeads: 1 })),
  convTranspose2d: call(just(2), just(3), () => ({ stride: 2, padding: [1, 1], outputPadding: 1, dilation: 1, groups: 1, bias: true })), convTranspose1d: call(just(2), just(3), () => ({ stride: 2, padding: 1, outputPadding: 1, dilation: 1, groups: 1, bias: true })),
  hardtanh: call(just(-1), just(1)), relu6: none, elu: call(just(1)), selu: none, celu: call(just(1)), hardsigmoid: none, hardswish: none, mish: none, logSigmoid: none,
  dropout: call(just(0.1)), identity: none, leakyRelu: call(just(0.1)), scale: call(just(2)), softmax: none, softplus: call(just(2), just(20)), rmsNorm: call(just(1e-6)), batchNorm: call(() => ({ mean: [0, 1], variance: [1, 2], eps: 1e-5 })),
  maxPool1d: call(just(2), () => ({ stride: 1, padding: 0 })), avgPool1d: call(just(2), () => ({ stride: 1, padding: 0, countPadding: true })), mean: call(() => [0], () => ({ paddingToken: 0 })), lastPosition: call(just(0)),
  concatenate: call(() => [autodiff.relu(), autodiff.tanh()], just(0)), gated: call(just(autodiff.relu()), just(autodiff.tanh())), reshape: call(() => [2, 1]), select: call(just(0), just(0)), slice: call(just(0), just(1), just(0)), transpose: call(() => [1, 0]),
  sequential: call(() => [autodiff.relu()]), residual: call(just(autodiff.relu()), just(autodiff.relu())),
  readExportedNetwork: call(archive, () => ({ maxBytes: 1e6 })), parseDescription: call(() => ({ format: 'eigenfluence-architecture', version: 1, input: { kind: 'real', shape: [2] }, nodes: [{ id: 'a', op: 'linear', inputs: ['x'], weight: 'w' }], output: 'a', loss: 'cross-entropy' })),
  checkpointSteps: call(just(6), just(2)), checkTrajectory: { ...call(just('f'), model, trajectory), heads: [0] }, sumOfRates: call(trajectory, just(0), just(3)),
}; // biome-ignore format: a table

export const AUTODIFF_CLASSES: Readonly<Record<string, ClassSample>> = {
  GraphNetwork: {
    ...call(tables, just(new Map([['e', [3, 2]], ['w', [2, 2]]])), just(new Map())), make: graph, internal: ['ops', 'connect', 'untrainable', 'storedAt', 'padding', 'outputPadding'],
    methods: { places: call(just('e')), fromTensors: call(() => graph().toTensors(new Float64Array(10))), toTensors: call(() => new Float64Array(10)) },
  },
  LayerSweep: {
    ...call(model, ce, just(2), () => ({ directions: 2, weighted: false })), make: sweep, internal: ['values', 'checkedData', 'checkSeeded', 'schedule', 'layer', 'direction'],
    methods: {
      load: call(theta, data, just(0)), forward: none, backward: { args: () => [undefined] }, input: call(just(1)), delta: call(just(1)),
      seedUnits: call(just(1), just(0), just(2)), forwardTangent: none, backwardTangent: none, inputTangent: call(just(1), just(0)),
      deltaTangent: call(just(1), just(0)), outputTangent: call(just(0)),
    },
  },
  Mlp: { ...call(() => [2, 3, 2], just('tanh'), () => ({ bias: true, ties: [] })), make: model, internal: ['connect', 'shared', 'tied', 'plain', 'ops', 'untrainable', 'storedAt', 'padding'], methods: {} },
  Network: { ...call(just(2), just(2), () => [{ inputs: 2, outputs: 2, bias: true }, { inputs: 2, outputs: 2, tie: { source: 0, shares: 'layer' } }]), make: model, internal: ['shared', 'tied', 'plain', 'ops', 'untrainable', 'storedAt', 'padding'], methods: {} },
  Program: {
    ...ofProgram(({ tape, losses }) => [tape.nodes, 17, losses, { directions: 1 }]), make: () => fresh().program,
    internal: ['slice', 'view', 'computed', 'own', 'checkSchedule', 'checkDirection'],
    methods: {
      set: part(({ y }) => [y, [0, 1, 1, 0, 1]]), value: part(({ u }) => [u]), cotangent: part(({ u }) => [u]), computesCotangent: part(({ u }) => [u]),
      tangent: part(({ u }) => [u, 0]), cotangentTangent: part(({ u }) => [u, 0]), parameterTangent: call(just(0)), gradientTangent: call(just(0)),
      state: call(just(0)), room: call(just(0), just(0)), forward: none, backward: call(() => new Matrix(1, 5)), tangentsFrom: part(({ u }) => [['parameters'], { gaussNewton: u }]),
      forwardTangent: part(({ program }) => [program.tangentsFrom(['parameters']), 1]), backwardTangent: part(({ program }) => [program.tangentsFrom(['parameters']), 1]),
    },
  },
  TangentSchedule: { ...ofProgram(({ program, u }) => [program, ['parameters'], { gaussNewton: u }]), make: () => fresh().program.tangentsFrom(['parameters']), methods: { moves: part(({ u }) => [u]) } },
  Tape: {
    args: () => [], make: () => fresh().tape, internal: ['parameterCount', 'nodes', 'leaf', 'push', 'check'],
    methods: {
      input: call(just(2), just(5)), variable: call(just(2), just(5)), labels: call(just(2), just(5)), affine: part(({ x }) => [x, 3, { offset: 0, width: 3, bias: 2 }]),
      apply: part(({ x }) => ['affine', [x], { outputs: 3, block: { offset: 0, width: 3, bias: 2 } }]), tanh: part(({ u }) => [u]), relu: part(({ u }) => [u]), gelu: part(({ u }) => [u]), sigmoid: part(({ u }) => [u]), logSigmoid: part(({ u }) => [u]),
      activation: part(({ u }) => ['tanh', u]), scale: part(({ u }) => [u, 2]), add: part(({ u }) => [u, u]), multiply: part(({ u }) => [u, u]),
      margin: part(({ u, y }) => [u, y]), logProbability: part(({ u, y }) => [u, y]), crossEntropy: part(({ u, y }) => [u, y]),
      squaredError: part(({ u, x }) => [u, x]), absoluteError: part(({ u, x }) => [u, x]), example: part(({ u, y }) => ['margin', u, y]),
      sum: part(({ u }) => [u]), mean: part(({ u }) => [u]), compile: part(({ losses }) => [losses, { directions: 1, wrt: 'parameters', state: 1, room: 0 }]),
    },
  },
  Float32Trainer: {
    ...call(model, ce, data, config), make: float32Trainer, internal: ['newStep'], methods: {},
  },
  Trainer: {
    ...call(model, ce, data, config), make: trainer, internal: ['descend', 'batches', 'checkEnd', 'checkpoint', 'step', 'newStep', 'checkedSubset'],
    methods: {
      train: call(() => ({ seed: 0, path: ['a', 1], subset: Int32Array.of(0, 2, 3), onEpoch: () => {} })),
      trainTrajectory: call(() => ({ seed: 0, checkpoints: [1, 2] })), stepsOf: call(() => Int32Array.of(0, 2)),
    },
  },
}; // biome-ignore format: a table
