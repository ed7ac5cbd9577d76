/** @file Parameters of PyTorch: a saved nn.Sequential computes the same outputs here; hostile files. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Mlp } from '../../src/autodiff/mlp.ts';
import { logits } from '../../src/autodiff/per-example.ts';
import { readTorchParameters, writeTorchParameters } from '../../src/autodiff/torch-parameters.ts';
import { FormatError, NonFiniteError, ShapeError } from '../../src/linalg/errors.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../../src/linalg/io/safetensors.ts';
import { Matrix } from '../../src/linalg/matrix.ts';
import { expectMatrixClose } from '../helpers/close.ts';
import { decode, FORMATS } from '../linalg/io/fixtures.ts';

const tensor = (shape: number[], dtype: Tensor['dtype'] = 'F64', fill = 0.5): Tensor => ({
  shape,
  dtype,
  data: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(fill),
});
/** A good network 3 → 4 → 2, with entries replaced; undefined removes. */
function network(changes: Record<string, Tensor | undefined> = {}): Map<string, Tensor> {
  const all = {
    '0.weight': tensor([4, 3]),
    '0.bias': tensor([4]),
    '2.weight': tensor([2, 4]),
    '2.bias': tensor([2]),
    ...changes,
  };
  return new Map(
    Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
}

describe('readTorchParameters', () => {
  test('a network saved by PyTorch gives the outputs of PyTorch', () => {
    const { bytes, sizes, activation, inputs, outputs } = FORMATS.sequential;
    const { model, theta } = readTorchParameters(readSafetensors(decode(bytes)), activation);
    expect(model.sizes).toEqual(sizes);
    expectMatrixClose(logits(model, theta, Matrix.of(inputs)), Matrix.of(outputs), {
      atol: 32 * Number.EPSILON,
    });
  });

  test('the order of the file does not matter, that of the numbers does: 10 comes after 2', () => {
    const shuffled = new Map([
      ...network(),
      ['10.weight', tensor([5, 2])],
      ['10.bias', tensor([5])],
    ] as const);
    const reversed = new Map([...shuffled].reverse());
    for (const tensors of [shuffled, reversed])
      expect(readTorchParameters(tensors, 'relu').model.sizes).toEqual([3, 4, 2, 5]);
  });

  const refused: [name: string, tensors: Map<string, Tensor>, message: RegExp][] = [
    ['no tensors', new Map(), /no layers/],
    ['a missing weight', network({ '2.weight': undefined }), /2\.bias has no 2\.weight/],
    ['another module', network({ '1.running_mean': tensor([4]) }), /"1" is part of BatchNorm/],
    ['a number twice', network({ '02.weight': tensor([2, 4]) }), /order of 2 and 02 cannot be known/],
    [
      'a convolution',
      network({ '0.weight': tensor([4, 3, 1]) }),
      /0\.weight must be \[outputs, inputs\], got \[4, 3, 1\]: "0" is a convolution \(Conv1d\)/,
    ],
    [
      'a bias of two dimensions',
      network({ '0.bias': tensor([4, 1]) }),
      /0\.bias must be \[outputs\], got \[4, 1\]/,
    ],
    [
      'a layer without outputs',
      network({ '2.weight': tensor([0, 4]), '2.bias': tensor([0]) }),
      /must be .*, got \[0/,
    ],
    [
      'shapes that do not chain',
      network({ '2.weight': tensor([2, 3]) }),
      /2\.weight reads 3 inputs, but 0\.weight gives 4/,
    ],
    [
      'a bias of another length',
      network({ '2.bias': tensor([3]) }),
      /2\.bias has 3 elements, 2\.weight gives 2 outputs/,
    ],
    ['integers', network({ '0.weight': tensor([4, 3], 'I64', 1) }), /0\.weight holds integers \(I64\)/],
    [
      'two linear modules without activation',
      network({ '3.weight': tensor([2, 2]), '3.bias': tensor([2]) }),
      /modules 2 and 3 are both linear/,
    ],
  ];
  for (const [name, tensors, message] of refused)
    test(`refuses ${name}`, () => {
      expect(() => readTorchParameters(tensors, 'tanh')).toThrow(FormatError);
      expect(() => readTorchParameters(tensors, 'tanh')).toThrow(message);
    });

  test('a deep linear network may have neighbours: between them lies the identity', () => {
    const tensors = network({ '3.weight': tensor([2, 2]), '3.bias': tensor([2]) });
    expect(readTorchParameters(tensors, 'identity').model.sizes).toEqual([3, 4, 2, 2]);
  });

  test('refuses NaN and names the tensor', () => {
    const tensors = network({ '2.bias': tensor([2], 'F64', Number.NaN) });
    expect(() => readTorchParameters(tensors, 'tanh')).toThrow(NonFiniteError);
    expect(() => readTorchParameters(tensors, 'tanh')).toThrow(/2\.bias must be finite/);
  });
});

describe('writeTorchParameters', () => {
  test('through a file and back: the same model and bits', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 });
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(sizes, fc.infiniteStream(number), (widths, stream) => {
        const model = new Mlp(widths, 'gelu');
        const theta = Float64Array.from([...stream.take(model.parameterCount)]);
        const back = readTorchParameters(
          readSafetensors(writeSafetensors(writeTorchParameters(model, theta))),
          'gelu',
        );
        expect(back.model).toEqual(model);
        expect(back.theta).toEqual(theta);
      }),
    );
  });

  test('weight rows and biases of θ, under the names of nn.Sequential', () => {
    const written = writeTorchParameters(
      new Mlp([2, 2, 1], 'tanh'),
      Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
    );
    expect([...written].map(([key, { shape, data }]) => [key, shape, [...data]])).toEqual([
      ['0.weight', [2, 2], [1, 2, 4, 5]],
      ['0.bias', [2], [3, 6]],
      ['2.weight', [1, 2], [7, 8]],
      ['2.bias', [1], [9]],
    ]);
    expect(() => writeTorchParameters(new Mlp([2, 1], 'tanh'), Float64Array.of(1))).toThrow(ShapeError);
  });
});
