/**
 * @file Measures memory in a process of its own, for memory.test.ts and memory.slow.test.ts. Run with --expose-gc and a new space so large that nothing is
 * collected unasked: then the growth of the heap is what was allocated. Usage: memory-probe.ts steps | checkpoints | calls; prints JSON.
 */
import { setTimeout } from 'node:timers/promises';
import { gradient, Tape, Trainer } from '../../src/autodiff/index.ts';
import {
  exampleValues,
  influenceFunction,
  initialise,
  Matrix,
  Mlp,
  matmul,
  perExampleGradients,
  rng,
  symmetricEigen,
} from '../../src/index.ts';
import { cholesky, lu, qr, svd } from '../../src/linalg/index.ts';

const SETTINGS = {
  batch: 8,
  learningRate: 0.01,
  momentum: 0.9,
  weightDecay: 1e-3,
  schedule: 'cosine',
  initialisation: 'torch',
  dropLast: true,
} as const;

function classes(n: number): { inputs: Matrix; labels: Int32Array } {
  const inputs = new Matrix(n, 4, rng(1, 'memory', n).fillNormal(new Float64Array(4 * n)));
  return { inputs, labels: Int32Array.from({ length: n }, (_, i) => i % 3) };
}

/**
 * Bytes per step of 10,000, with what an epoch allocates once (its random stream, its order). The code is warm after some
 * trainings; the least of the epochs is taken, because the engine itself allocates when it compiles.
 */
function steps(checkpoints?: readonly number[]): object {
  const [perEpoch, epochs] = [2000, 5];
  const model = new Mlp([4, 8, 8, 3], 'tanh');
  const data = classes(perEpoch * SETTINGS.batch);
  const trainer = new Trainer(model, 'cross-entropy', data, { ...SETTINGS, epochs });
  const used = new Float64Array(epochs);
  for (let repeat = 0; repeat < 6; repeat++) {
    globalThis.gc?.();
    const onEpoch = (epoch: number): void => {
      used[epoch] = process.memoryUsage().heapUsed;
    };
    if (checkpoints === undefined) trainer.train({ seed: repeat, onEpoch });
    else trainer.trainTrajectory({ seed: repeat, onEpoch, checkpoints });
  }
  const growth = used.subarray(1).map((bytes, i) => bytes - used[i]);
  return { steps: perEpoch * epochs, bytesPerStep: Math.min(...growth) / perEpoch };
}

/** WebAssembly memories that are alive, counted from outside. */
let memories = 0;
const registry = new FinalizationRegistry<undefined>(() => {
  memories--;
});
interface Host {
  WebAssembly: { Memory: new (descriptor: object) => object };
}
const host = (globalThis as unknown as Host).WebAssembly;
class CountedMemory extends host.Memory {
  constructor(descriptor: object) {
    super(descriptor);
    memories++;
    registry.register(this, undefined);
  }
}

/** One call of everything, in turn. */
function callers(): ((i: number) => unknown)[] {
  const a = new Matrix(24, 24, rng(1, 'memory', 'a').fillNormal(new Float64Array(576)));
  const s = matmul(a, a, { transposeB: true });
  const large = new Matrix(130, 130, rng(1, 'memory', 'large').fillNormal(new Float64Array(16900)));
  const model = new Mlp([4, 5, 3], 'tanh');
  const data = classes(16);
  const theta = initialise(model, 'torch', rng(0, 'memory'));
  const fitted = { model, loss: 'cross-entropy', theta } as const;
  const rule = { kind: 'damped', lambda: 1e-3 } as const;
  const score = (curvature: 'hessian' | 'kfac'): Matrix =>
    influenceFunction({ curvature, rule }).fit(fitted, data).score(data);
  return [
    () => matmul(a, s),
    () => matmul(large, large),
    () => cholesky(s).solve(a),
    () => lu(a).solve(s),
    () => qr(a),
    () => symmetricEigen(s),
    (i) => (i % 50 === 0 ? svd(large) : svd(s)),
    (i) => (i % 50 === 0 ? symmetricEigen(matmul(large, large, { transposeB: true })) : matmul(s, s)),
    () => perExampleGradients(model, 'cross-entropy', theta, data),
    () => exampleValues(model, 'margin', theta, data),
    () => score('kfac'),
    () => score('hessian'),
    (i) => new Trainer(model, 'cross-entropy', data, { ...SETTINGS, epochs: 1 }).train({ seed: i }),
    () => {
      const tape = new Tape();
      const x = tape.input(4, 2);
      const program = tape.compile(tape.mean(tape.sum(tape.tanh(tape.affine(x, 3)))));
      return gradient(program, new Float64Array(program.parameterCount));
    },
  ];
}

async function collected(): Promise<{ heap: number; arrays: number; memories: number }> {
  const read = async (): Promise<{ heap: number; arrays: number; memories: number }> => {
    globalThis.gc?.();
    await setTimeout(5); // what is finalised is told in a turn of its own
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return { heap: heapUsed, arrays: arrayBuffers, memories };
  };
  let before = await read();
  for (let still = 0, round = 0; still < 3 && round < 200; round++) {
    const now = await read();
    still = now.memories === before.memories && now.arrays === before.arrays ? still + 1 : 0;
    before = now;
  }
  return before;
}

async function calls(): Promise<object> {
  host.Memory = CountedMemory;
  const all = callers();
  const run = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i++) {
      all[i % all.length](Math.floor(i / all.length));
      if (i % 500 === 0) await setTimeout(0); // as any program would, give the collector its turn
    }
  };
  await run(0, 2000);
  const before = await collected();
  await run(2000, 12000);
  return { calls: 10000, before, after: await collected() };
}

const measurements = {
  steps: () => steps(),
  checkpoints: () => steps([0, 700, 2000, 2001, 5000, 9999, 10000]),
  calls,
};
console.log(JSON.stringify(await measurements[process.argv[2] as keyof typeof measurements]()));
