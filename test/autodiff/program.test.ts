import { describe, expect, test } from 'vitest';
import { Tape, type TapeNode } from '../../src/autodiff/index.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { expectClose, relativeError } from '../helpers/close.ts';
import { centralDifferences, randomMatrix } from './naive.ts';

const EPS = Number.EPSILON;

describe('recording', () => {
  test('shapes are checked at once, with the op in the message', () => {
    const tape = new Tape();
    const a = tape.input(3, 4);
    const b = tape.input(4, 3);
    expect(() => tape.add(a, b)).toThrow('Tape.add: second operand must be [3, 4], got [4, 3]');
    expect(() => tape.squaredError(a, b)).toThrow('[3, 4]');
    expect(() => tape.squaredError(a, tape.tanh(a))).toThrow('no derivative');
    expect(() => tape.absoluteError(a, b)).toThrow('Tape.absoluteError: second operand must be [3, 4]');
    expect(() => tape.absoluteError(a, tape.tanh(a))).toThrow('no derivative');
    expect(() => tape.margin(a, tape.labels(5, 4))).toThrow('labels(3, 4), got labels [1, 4] of 5 classes');
    expect(() => tape.tanh(tape.labels(3, 4))).toThrow('an array of reals');
    expect(() => tape.input(0, 3)).toThrow('rows must be an integer ≥ 1');
    expect(() => tape.labels(1, 3)).toThrow('classes');
    expect(() => tape.scale(a, Number.NaN)).toThrow('finite');
    expect(() => tape.affine(a, 2, -1)).toThrow('offset');
  });

  test('a node of another tape is refused', () => {
    const foreign = new Tape().input(3, 4);
    const tape = new Tape();
    tape.input(3, 4);
    expect(() => tape.tanh(foreign)).toThrow('a node of this tape');
    const program = tape.compile(tape.tanh(tape.affine(tape.nodes[0], 2)));
    expect(() => program.value(foreign)).toThrow('a node of this program');
  });

  test('parameters are taken in order, and a given offset extends θ only when it must', () => {
    const tape = new Tape();
    const x = tape.input(3, 1);
    const h = tape.affine(x, 3);
    expect(tape.parameterCount).toBe(12);
    tape.affine(h, 3, 0);
    expect(tape.parameterCount).toBe(12);
    expect(tape.affine(h, 2).block?.offset).toBe(12);
    expect(tape.parameterCount).toBe(20);
  });
});

describe('running', () => {
  test('sum and mean over the batch are compensated', () => {
    const tape = new Tape();
    const x = tape.input(2, 4);
    const total = tape.sum(x);
    const mean = tape.mean(x);
    const program = tape.compile(mean, { wrt: 'nothing' });
    program.set(
      x,
      Matrix.of([
        [1e16, 1, -1e16, 1],
        [1, 2, 3, 4],
      ]),
    );
    program.forward();
    expect(Array.from(program.value(total).data)).toEqual([2, 10]);
    expect(Array.from(program.value(mean).data)).toEqual([0.5, 2.5]);
  });

  test('leaves refuse what they cannot hold', () => {
    const tape = new Tape();
    const x = tape.input(2, 3);
    const y = tape.labels(2, 3);
    const loss = tape.crossEntropy(tape.affine(x, 2), y);
    const program = tape.compile(loss);
    expect(() => program.set(x, Matrix.zeros(3, 2))).toThrow('[2, 3]');
    expect(() => program.set(x, [1, 2])).toThrow('length 6');
    expect(() => program.set(y, [0, 1, 2])).toThrow('labels[2] must be an integer in 0..1, got 2');
    expect(() => program.set(y, [0, 0.5, 1])).toThrow('labels[1]');
    expect(() => program.set(loss, [0, 0, 0])).toThrow('an input, a variable or labels');
  });

  test('what was not compiled is named', () => {
    const tape = new Tape();
    const x = tape.input(2, 3);
    const h = tape.affine(x, 2);
    const forwardOnly = tape.compile(h, { wrt: 'nothing' });
    expect(() => forwardOnly.backward()).toThrow("wrt: 'nothing'");
    expect(() => forwardOnly.cotangent(h)).toThrow('see the options of compile');
    expect(() => forwardOnly.tangent(h, 0)).toThrow('directions ≥ 1');
    const program = tape.compile(h, { wrt: 'activations', directions: 2 });
    expect(program.gradient.length).toBe(0);
    expect(() => program.gradientTangent(0)).toThrow("wrt: 'parameters'");
    expect(() => program.tangent(h, 2)).toThrow('j must be an integer in 0..1');
    expect(() => program.tangent(x, 0)).toThrow('not computed for this node (input)');
    expect(() => program.tangentsFrom([x])).toThrow('dependent on θ or on a variable');
    expect(() => program.backward(Matrix.zeros(1, 1))).toThrow('[2, 3]');
    const schedule = tape.compile(h, { directions: 1 }).tangentsFrom(['parameters']);
    expect(() => program.forwardTangent(schedule)).toThrow('made by tangentsFrom of this program');
    expect(() => program.forwardTangent(program.tangentsFrom(['parameters']), 3)).toThrow(
      'count must be an integer',
    );
    expect(() => tape.compile(x)).toThrow('a function of θ or of a variable');
  });

  test('replay gives the same bits, whatever ran in between', () => {
    const tape = new Tape();
    const x = tape.input(6, 9);
    const y = tape.labels(4, 9);
    const output = tape.mean(tape.crossEntropy(tape.affine(tape.gelu(tape.affine(x, 5)), 4), y));
    const program = tape.compile(output, { directions: 3 });
    const schedule = program.tangentsFrom(['parameters']);
    const run = (): number[] => {
      program.set(x, randomMatrix(6, 9, 1));
      program.set(y, [0, 1, 2, 3, 0, 1, 2, 3, 0]);
      program.parameters.set(randomMatrix(1, program.parameterCount, 2).data);
      for (let j = 0; j < 3; j++)
        program.parameterTangent(j).set(randomMatrix(1, program.parameterCount, 3 + j).data);
      program.forward();
      program.backward();
      program.forwardTangent(schedule);
      program.backwardTangent(schedule);
      return [...program.value(output).data, ...program.gradient, ...program.gradientTangent(2)];
    };
    const first = run();
    program.set(x, randomMatrix(6, 9, 50));
    program.parameters.fill(3);
    program.forward();
    program.backward(Matrix.of([[Number.NaN]]));
    program.forwardTangent(schedule);
    program.backwardTangent(schedule);
    expect(run()).toEqual(first);
  });
});

describe('variables and inner nodes as sources of tangents', () => {
  /** f(x, θ) = Σ_b σ-gated product; x a variable. */
  function record(): { x: TapeNode; h: TapeNode; output: TapeNode; tape: Tape } {
    const tape = new Tape();
    const x = tape.variable(3, 4);
    const h = tape.tanh(tape.affine(x, 2));
    const output = tape.sum(tape.logSigmoid(tape.affine(tape.multiply(h, h), 1)));
    return { x, h, output, tape };
  }
  const { x, h, output, tape } = record();
  const program = tape.compile(output, { directions: 1 });
  const point = randomMatrix(3, 4, 1);
  const theta = randomMatrix(1, program.parameterCount, 2).data;
  const at = (data: Float64Array): void => {
    program.set(x, data);
    program.parameters.set(theta);
    program.forward();
    program.backward();
  };

  test('the cotangent of a variable is the derivative with respect to it', () => {
    const differences = centralDifferences((data) => {
      at(data);
      return program.value(output).data.slice();
    }, point.data);
    at(point.data);
    expectClose(program.cotangent(x).data, differences.flat(), { atol: 1e-10 });
  });

  test('tangents from a variable give rows of its Hessian, and mixed derivatives with θ', () => {
    const v = randomMatrix(3, 4, 3).data;
    const moved = (t: number): number[] => {
      at(point.data.map((value, i) => value + t * v[i]));
      return [...program.cotangent(x).data, ...program.gradient];
    };
    const [difference] = centralDifferences((t) => moved(t[0]), Float64Array.of(0));
    at(point.data);
    const schedule = program.tangentsFrom([x]);
    program.tangent(x, 0).data.set(v);
    program.forwardTangent(schedule);
    program.backwardTangent(schedule);
    const actual = [...program.cotangentTangent(x, 0).data, ...program.gradientTangent(0)];
    expect(relativeError(actual, difference)).toBeLessThan(1e-8);
  });

  test('tangents from θ and a variable together add up', () => {
    const [dx, dTheta] = [randomMatrix(3, 4, 4).data, randomMatrix(1, theta.length, 5).data];
    const along = (sources: ('parameters' | TapeNode)[]): number[] => {
      at(point.data);
      const schedule = program.tangentsFrom(sources);
      program.tangent(x, 0).data.set(dx);
      program.parameterTangent(0).set(dTheta);
      program.forwardTangent(schedule);
      program.backwardTangent(schedule);
      return [...program.gradientTangent(0), ...program.cotangentTangent(x, 0).data];
    };
    const [both, one, other] = [along(['parameters', x]), along(['parameters']), along([x])];
    expectClose(
      both,
      one.map((value, i) => value + other[i]),
      { atol: 200 * EPS },
    );
  });

  test('an inner node that is given a tangent moves what follows, not what precedes', () => {
    at(point.data);
    const schedule = program.tangentsFrom([h]);
    const direction = randomMatrix(2, 4, 6);
    program.tangent(h, 0).data.set(direction.data);
    program.forwardTangent(schedule);
    const expected = program.cotangent(h).data.reduce((sum, g, i) => sum + g * direction.data[i], 0);
    expectClose(program.tangent(output, 0).data, [expected], { atol: 50 * EPS });
  });
});
