/** @file CPU seconds of the exact Hessian and GGN of two networks with shared weights, `tsx bench/shared-weights.ts cnn|gpt`, or of one step of SGD, `… step [BATCH]`; PyTorch's: bench/peers/shared_weights.py. */
import { type Dataset, Network, OP_TABLE, type Ops, type SiteRecorder, type Tape, type TapeNode } from '../src/autodiff/index.ts'; // biome-ignore format: one line
import { completeConfig } from '../src/autodiff/training-config.ts';
import { TrainingStep } from '../src/autodiff/training-step.ts';
import { ggnMatrix, hessianMatrix, type Problem } from '../src/curvature/index.ts';
import { Matrix } from '../src/linalg/matrix.ts';
import { rng } from '../src/linalg/random/random.ts';

/** 8 × 8 pixels, 3 × 3 convolutions of 8 and 16 channels with pooling, 24 units, 10 classes. */
class Cnn extends Network {
  constructor() {
    super(64, 10, [
      { inputs: 9, outputs: 8, positions: 64 },
      { inputs: 72, outputs: 16, positions: 16 },
      { inputs: 64, outputs: 24 },
      { inputs: 24, outputs: 10 },
    ]);
  }

  override get ops(): Partial<Ops> {
    return OP_TABLE;
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    const reshaped = (a: TapeNode, rows: number): TapeNode =>
      tape.apply('reshape', [a], { rows, cols: (a.rows * a.cols) / rows });
    const stage = (a: TapeNode, index: number, side: number): TapeNode => {
      const s = site(index, tape.apply('unfold', [a], { height: side, width: side, kernel: 3, padding: 1 }));
      return tape.apply('max-pool', [tape.relu(s)], { height: side, width: side, kernel: 2, stride: 2 });
    };
    const h = stage(stage(reshaped(x, 1), 0, 8), 1, 4);
    return site(3, tape.relu(site(2, reshaped(h, 64))));
  }
}

const [VOCABULARY, LENGTH, WIDTH, LAYERS, HEADS] = [30, 32, 16, 2, 2];

/** Two tables, blocks of causal attention and gelu, a head of its own. */
class Gpt extends Network {
  constructor() {
    const positions = LENGTH;
    const norm = { inputs: WIDTH, outputs: WIDTH, groups: WIDTH, kronecker: false, positions };
    const linear = (
      inputs: number,
      outputs: number,
    ): { inputs: number; outputs: number; positions: number } => ({
      inputs,
      outputs,
      positions,
    });
    const block = [
      norm,
      linear(WIDTH, 3 * WIDTH),
      linear(WIDTH, WIDTH),
      norm,
      linear(WIDTH, 4 * WIDTH),
      linear(4 * WIDTH, WIDTH),
    ];
    super(
      LENGTH,
      VOCABULARY,
      [
        { inputs: VOCABULARY, outputs: WIDTH, positions, lookup: 'token' },
        { inputs: LENGTH, outputs: WIDTH, positions, lookup: 'position' },
        ...Array.from({ length: LAYERS }, () => block).flat(),
        norm,
        { ...linear(WIDTH, VOCABULARY), bias: false },
      ],
      { outputPositions: LENGTH, vocabulary: VOCABULARY },
    );
  }

  override get ops(): Partial<Ops> {
    return OP_TABLE;
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    let next = 0;
    const use = (a: TapeNode): TapeNode => site(next++, a);
    const normed = (a: TapeNode): TapeNode => use(tape.apply('layer-norm', [a], { epsilon: 1e-5 }));
    const attention = { heads: HEADS, causal: true, positions: LENGTH };
    let h = use(use(x));
    for (let l = 0; l < LAYERS; l++) {
      h = tape.add(h, use(tape.apply('attention', [use(normed(h))], attention)));
      h = tape.add(h, use(tape.gelu(use(normed(h)))));
    }
    return use(normed(h));
  }
}

function problemOf(network: string): Problem {
  const model = network === 'cnn' ? new Cnn() : new Gpt();
  const n = network === 'cnn' ? 1617 : 64;
  const random = rng(0, 'shared-weights', network);
  const { inputs: width, outputs, outputPositions, vocabulary, parameterCount } = model;
  const values = Float64Array.from({ length: n * width }, () =>
    vocabulary === undefined ? random.normal() : random.integer(vocabulary),
  );
  const data: Dataset = {
    inputs: new Matrix(n, width, values),
    labels: Int32Array.from({ length: n * outputPositions }, () => random.integer(outputs)),
  };
  const theta = random.fillNormal(new Float64Array(parameterCount)).map((t) => 0.2 * t);
  return { model, loss: 'cross-entropy', theta, data };
}

function cpuSeconds(body: () => void): number {
  const start = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function report(row: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(row)}\n`);
}

/** Median and least of so many samples of some steps of SGD with momentum. */
const SAMPLES = 21;

function measureStep(network: string, batch: number): void {
  const { model, loss, theta, data } = problemOf(network);
  const { rows } = data.inputs;
  const config = completeConfig('bench', { epochs: 1, batch, learningRate: 0.01 }, rows);
  const step = new TrainingStep(model, loss, batch, config, data);
  const order = rng(0, 'order').permutation(rows);
  step.start(theta);
  step.settings[0] = 0.01;
  let start = 0;
  const take = (): void => {
    step.run(data, order, start);
    start = (start + batch) % (rows - batch + 1);
  };
  const count = Math.ceil(2000 / batch);
  for (let k = 0; k < 5 * count; k++) take();
  const seconds = Array.from({ length: SAMPLES }, () =>
    cpuSeconds(() => {
      for (let k = 0; k < count; k++) take();
    }),
  ).sort((a, b) => a - b);
  const [least, median] = [seconds[0] / count, seconds[(SAMPLES - 1) / 2] / count];
  report({ network, batch, D: model.parameterCount, step: median, least });
}

function measureMatrices(network: string): void {
  const problem = problemOf(network);
  for (const [matrix, build] of Object.entries({ hessian: hessianMatrix, ggn: ggnMatrix })) {
    const seconds = cpuSeconds(() => build(problem));
    const { rss } = process.memoryUsage();
    report({ network, matrix, D: problem.model.parameterCount, seconds, rss });
  }
}

const [, , network = 'cnn', work, batch = network === 'cnn' ? '32' : '8'] = process.argv;
if (work === 'step') measureStep(network, Number(batch));
else measureMatrices(network);
