/** @file Networks that are no chain: skips, gates and sites beside each other go through derivatives, curvatures and methods. */
import { describe, expect, test } from 'vitest';
import {
  exampleValues,
  hessianByColumns,
  lossGgnvp,
  Mlp,
  Network,
  perExampleGradients,
  type SiteRecorder,
  type SiteShape,
  Tape,
  type TapeNode,
  Trainer,
} from '../../src/autodiff/index.ts';
import { recordNetwork } from '../../src/autodiff/record-network.ts';
import { ekfacInBasis } from '../../src/curvature/ekfac.ts';
import { exampleTraces } from '../../src/curvature/example-traces.ts';
import {
  blockGgnMatrices,
  ekfac,
  ggnMatrix,
  hessianMatrix,
  kroneckerFactors,
} from '../../src/curvature/index.ts';
import { kroneckerEigen } from '../../src/curvature/kronecker-eigen.ts';
import { attribute, METHOD_NAMES } from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { rng } from '../../src/linalg/random/random.ts';
import { expectClose } from '../helpers/close.ts';
import { Mixed, SHARED_PROBLEMS } from '../helpers/shared-networks.ts';

/** u = W₃ [x + tanh(W₀ x)] ⊙ σ(W₁ x) + W₄ gelu(W₂ h), h the bracket: a skip, a gate, and two sites that do not see each other. */
class Tangled extends Network {
  constructor(tied = false) {
    const square = { inputs: 3, outputs: 3 };
    const again: SiteShape = tied ? { ...square, tie: { source: 0, shares: 'weight' } } : square;
    super(3, 2, [
      square,
      again,
      { inputs: 3, outputs: 4, bias: false },
      { inputs: 3, outputs: 2 },
      { inputs: 4, outputs: 2 },
    ]);
  }

  override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
    const h = tape.add(x, tape.tanh(site(0, x)));
    const gate = tape.sigmoid(site(1, x));
    const wide = tape.gelu(site(2, h));
    return tape.add(site(3, tape.multiply(h, gate)), site(4, wide));
  }
}

const random = rng(3, 'network');
const draw = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
const inputs = new Matrix(9, 3, draw(27));
const labels = Int32Array.from({ length: 9 }, (_, i) => i % 2);
const data = { inputs, labels };

test('an Mlp is a Network; what shared weights need hangs on networks that have them', () => {
  const [mlp, tangled] = [new Mlp([3, 2], 'tanh'), new Tangled()];
  expect([mlp, tangled, new Mixed(true)].every((model) => model instanceof Network)).toBe(true);
  expect([mlp instanceof Tangled, tangled instanceof Tangled, tangled instanceof Mlp]).toEqual([
    false,
    true,
    false,
  ]);
  expect([{}, null, 3, () => 3].some((other) => other instanceof Network)).toBe(false);
  expect([mlp, tangled].map((model) => [model.plain, model.shared])).toEqual([[true, undefined], [true, undefined]]); // biome-ignore format: a row
  for (const [name, { model }] of SHARED_PROBLEMS) {
    expect([model.plain, typeof model.shared], name).toEqual([false, 'object']);
  }
});

describe.each([
  ['untied', new Tangled()],
  ['tied weights', new Tangled(true)],
])('%s', (_, model) => {
  const theta = draw(model.parameterCount).map((t) => 0.6 * t);
  const problem = { model, loss: 'cross-entropy', theta, data } as const;
  const n = model.parameterCount;

  test('gradients of examples are those of differences', () => {
    const gradients = perExampleGradients(model, 'margin', theta, data);
    for (let k = 0; k < n; k++) {
      const at = (h: number): Float64Array =>
        exampleValues(
          model,
          'margin',
          theta.map((t, i) => (i === k ? t + h : t)),
          data,
        );
      const [plus, minus] = [at(1e-5), at(-1e-5)];
      expectClose(
        gradients.column(k),
        plus.map((p, i) => (p - minus[i]) / 2e-5),
        { atol: 1e-8 },
      );
    }
  });

  test('the Hessian by units is the Hessian by columns', () => {
    const h = hessianMatrix(problem);
    expectClose(h.data, hessianByColumns(model, 'cross-entropy', theta, data).data, { atol: 1e-14 });
  });

  test('the GGN is that of the tape, and its blocks, traces and EK-FAC follow from it', () => {
    const g = ggnMatrix(problem);
    expectClose(g.data, lossGgnvp(model, 'cross-entropy', theta, data, Matrix.identity(n)).data, {
      atol: 1e-14,
    });
    for (const { block, matrix } of blockGgnMatrices(problem, { partition: 'tensor' }))
      for (const [a, i] of block.indices.entries())
        for (const [b, j] of block.indices.entries())
          expect(Math.abs(matrix.at(a, b) - g.at(i, j))).toBeLessThan(1e-15);
    const trace = Array.from({ length: n }, (_, i) => g.at(i, i)).reduce((a, b) => a + b, 0);
    const traces = exampleTraces(problem);
    expect(traces.reduce((a, b) => a + b, 0) / 9).toBeCloseTo(trace, 13);
    expect(ekfac(problem).values.reduce((a, b) => a + b, 0)).toBeCloseTo(trace, 12);
    expect(kroneckerFactors(problem).length).toBe(model.blocks.length);
    expect(ekfacInBasis(problem, kroneckerEigen(problem)).values).toEqual(ekfac(problem).values);
  });

  test('training lowers its loss, the same in every run', () => {
    const losses: number[] = [];
    const config = { epochs: 30, batch: 3, learningRate: 0.1, momentum: 0.9, weightDecay: 0, schedule: 'constant', initialisation: 'torch', dropLast: false } as const; // biome-ignore format: a record
    const train = (): Float64Array =>
      new Trainer(model, 'cross-entropy', data, config).train({
        seed: 1,
        onEpoch: (_, loss) => losses.push(loss),
      });
    expect(train()).toEqual(train());
    expect(losses[29]).toBeLessThan(losses[0] / 2);
  });

  test('attribution methods take it', () => {
    const fitted = { model, loss: 'cross-entropy', theta } as const;
    for (const method of [
      'ggn',
      'ekfac',
      'kfac',
      'cg',
      'trak',
      'datainf',
      'arnoldi',
      'grad-dot',
      'bif',
    ] as const) {
      if (!METHOD_NAMES.includes(method)) throw new Error(method);
      const { scores } = attribute({ method, models: [fitted], train: data, queries: data });
      expect([scores.rows, scores.cols, scores.data.every(Number.isFinite)]).toEqual([9, 9, true]);
    }
  });
});

describe('a network that does not keep to its sites is refused', () => {
  const recorded = (connect: (tape: Tape, x: TapeNode, site: SiteRecorder) => TapeNode): (() => unknown) => {
    class Wrong extends Network {
      constructor() {
        super(2, 3, [
          { inputs: 2, outputs: 2 },
          { inputs: 2, outputs: 3 },
        ]);
      }
      override connect(tape: Tape, x: TapeNode, site: SiteRecorder): TapeNode {
        return connect(tape, x, site);
      }
    }
    return () => {
      const tape = new Tape();
      return recordNetwork(new Wrong(), tape, tape.input(2, 5));
    };
  };

  test.each<[string, (tape: Tape, x: TapeNode, site: SiteRecorder) => TapeNode, string]>([
    ['a site left out', (_, x, site) => site(0, x), 'sites must be all 2 recorded'],
    ['sites out of order', (_, x, site) => site(0, site(1, x)), 'site must be'],
    ['one too many', (_, x, site) => site(2, site(1, site(0, x))), 'one of 2'],
    [
      'another input',
      (tape, x, site) => site(1, tape.affine(site(0, x), 4)),
      'input of site 1 must be [2, 5], got [4, 5]',
    ],
    [
      'another result',
      (tape, x, site) => tape.affine(site(1, site(0, x)), 7),
      'the result must be [3, 5], got [7, 5]',
    ],
  ])('%s', (_, connect, message) => {
    expect(recorded(connect)).toThrow(message);
  });

  test('shapes', () => {
    class Shaped extends Tangled {}
    expect(new Shaped(true).tied).toBe(true);
    class None extends Network {
      constructor() {
        super(1, 1, []);
      }
      override connect(_: Tape, x: TapeNode): TapeNode {
        return x;
      }
    }
    expect(() => new None()).toThrow('sites must be at least one');
  });
});
