/** @file A network whose `connect` records ops that an Mlp does not have: it says which table it reads. */
import { describe, expect, test } from 'vitest';
import {
  hessianByColumns,
  Network,
  OP_TABLE,
  type Ops,
  type SiteRecorder,
  type Tape,
  type TapeNode,
  Trainer,
} from '../../src/autodiff/index.ts';
import { hessianMatrix } from '../../src/curvature/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';

/** u = W₁ silu(normalised (W₀ x)), normalised over the features. */
class Unsaid extends Network {
  constructor() {
    super(3, 2, [
      { inputs: 3, outputs: 5 },
      { inputs: 5, outputs: 2 },
    ]);
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    const h = tape.apply('layer-norm', [site(0, x)], { epsilon: 1e-5 });
    return site(1, tape.apply('silu', [h]));
  }
}

class Normed extends Unsaid {
  override get ops(): Ops {
    return OP_TABLE;
  }
}

const inputs = new Matrix(40, 3, rng(5, 'network-table').fillNormal(new Float64Array(120)));
const labels = Int32Array.from({ length: 40 }, (_, i) => (inputs.at(i, 0) * inputs.at(i, 1) > 0 ? 1 : 0));
const data = { inputs, labels };

describe('a network of further ops', () => {
  const model = new Normed();
  const losses: number[] = [];
  const theta = new Trainer(model, 'cross-entropy', data, {
    epochs: 40,
    batch: 8,
    learningRate: 0.1,
    momentum: 0.9,
    weightDecay: 0,
    schedule: 'constant',
    initialisation: 'torch',
    dropLast: false,
  }).train({ seed: 0, onEpoch: (_, loss) => losses.push(loss) });

  test('is trained', () => expect(losses[39]).toBeLessThan(losses[0] / 2));

  test('has the Hessian by columns', () => {
    const h = hessianMatrix({ model, loss: 'cross-entropy', theta, data });
    expectClose(h.data, hessianByColumns(model, 'cross-entropy', theta, data).data, { atol: 1e-13 });
  });

  test('is refused if it does not say its table', () => {
    const train = (): unknown => hessianMatrix({ model: new Unsaid(), loss: 'cross-entropy', theta, data });
    expect(train).toThrow(/Tape\.apply: op must be .*'layer-norm'/);
  });
});
