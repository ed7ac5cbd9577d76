/** @file Training of networks of layers against torch.optim.SGD and AdamW: the same start, the same order of examples. */
import { describe, expect, test } from 'vitest';
import {
  type AdamWOptions,
  adamW,
  initialise,
  type Loss,
  Trainer,
  type TrainingOptions,
} from '../../../src/autodiff/index.ts';
import { Matrix } from '../../../src/linalg/matrix.ts';
import { rng } from '../../../src/linalg/random/random.ts';
import { expectClose, relativeError } from '../../helpers/close.ts';
import { TRAINED_NETWORKS } from '../../helpers/trained-networks.ts';
import golden from '../../reference/network-training.json' with { type: 'json' };

type Named = Readonly<Record<string, readonly number[]>>;

interface Run {
  readonly name: string;
  readonly network: keyof typeof golden.data;
  readonly loss: Loss;
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  readonly dropLast: boolean;
  readonly schedule: 'constant' | 'cosine';
  readonly learningRate: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly adamw?: AdamWOptions;
  readonly weighted: boolean;
  readonly init: Named;
  readonly orders: readonly (readonly number[])[];
  readonly checkpoints: readonly { step: number; theta: Named; first?: Named; second?: Named }[];
  readonly epochLosses: readonly number[];
}

/** Relative, of all parameters or of one state, after 24 to 36 steps. */
const EXACT = 1e-13;

/**
 * The gradient of the bias of keys is 0: a softmax does not see it. AdamW divides its rounding by ε, and the last digits of both sides are
 * chance; what is left of a rate η after t steps is at most η t times the machine's ε over that of AdamW.
 */
const KEYS: Readonly<Record<string, readonly [string, number, number]>> = {
  tied: ['block.att.qkv.bias', 4, 8],
  padded: ['att.a.qkv.bias', 4, 6],
};

describe.each(golden.runs as unknown as readonly Run[])('$name', (run) => {
  const model = TRAINED_NETWORKS[run.network]();
  const data = golden.data[run.network];
  const answers =
    'targets' in data
      ? { targets: Matrix.of(data.targets) }
      : { labels: Int32Array.from(data.labels.flat()) };
  const weights = run.weighted ? { weights: Matrix.of(data.weights) } : {};
  const { epochs, batch, dropLast, schedule, learningRate, momentum, weightDecay, adamw } = run;
  const config: TrainingOptions = {
    epochs,
    batch,
    dropLast,
    schedule,
    learningRate,
    ...(adamw === undefined ? { momentum, weightDecay } : { optimiser: adamW(adamw) }),
  } as TrainingOptions;
  const trainer = new Trainer(model, run.loss, { inputs: Matrix.of(data.inputs), ...answers, ...weights }, config); // biome-ignore format: one line

  /** θ of the numbers in the file. */
  function vector(names: Named): Float64Array {
    expect(Object.keys(names).sort()).toEqual(model.parameters.map(({ name }) => name).sort());
    return model.fromTensors(
      new Map(model.parameters.map(({ name, shape }) => [name, { shape, data: names[name] }])),
    );
  }

  /** The bias of the keys, and the rest of θ. */
  function apart(theta: Float64Array): { keys: Float64Array; rest: Float64Array } {
    const tensors = model.toTensors(theta);
    const [name, from, to] = KEYS[run.network] ?? ['', 0, 0];
    const bias = tensors.get(name)?.data.subarray(from, to) ?? new Float64Array(0);
    const keys = bias.slice();
    bias.fill(0);
    return { keys, rest: model.fromTensors(tensors) };
  }

  test('the streams are those of the golden file', () => {
    expect(initialise(model, 'torch', rng(run.seed, 'init'))).toEqual(vector(run.init));
    for (const [epoch, order] of run.orders.entries())
      expect([...rng(run.seed, 'shuffle', epoch).permutation(order.length)]).toEqual(order);
  });

  test('parameters, states and losses', () => {
    const losses: number[] = [];
    const { trajectory } = trainer.trainTrajectory({
      seed: run.seed,
      checkpoints: run.checkpoints.map(({ step }) => step),
      onEpoch: (_, loss) => losses.push(loss),
    });
    expectClose(losses, run.epochLosses, { rtol: EXACT });
    expect(trajectory.checkpoints).toHaveLength(run.checkpoints.length);
    for (const [k, { theta, states = [] }] of trajectory.checkpoints.entries()) {
      const { step, theta: after, first, second } = run.checkpoints[k];
      const [own, wanted] = [apart(theta), apart(vector(after))];
      expect(relativeError(own.rest, wanted.rest)).toBeLessThan(EXACT);
      const rounding = (learningRate * step * Number.EPSILON) / (adamw?.epsilon ?? 1);
      expectClose(own.keys, wanted.keys, { atol: rounding });
      const kept = [first, second].flatMap((state) => (state === undefined ? [] : [vector(state)]));
      expect(states).toHaveLength(kept.length);
      for (const [i, state] of kept.entries()) expect(relativeError(states[i], state)).toBeLessThan(EXACT);
    }
  });
});
