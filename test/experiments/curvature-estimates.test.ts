/** @file `curvature` without its matrix: trace, diagonal, log-determinant and spectral density against the dense matrix; some modules, and damping. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  GraphNetwork,
  initialise,
  Mlp,
  readExportedNetwork,
  torchPermutation,
} from '../../src/autodiff/index.ts';
import { CURVATURES, type CurvatureKind, type Problem } from '../../src/curvature/index.ts';
import { networkBytes } from '../../src/experiments/user-files/network.ts';
import { Matrix, rng, symmetricEigen } from '../../src/linalg/index.ts';
import { readNpy, writeNpy } from '../../src/linalg/io/index.ts';
import { relativeError } from '../helpers/close.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const archive = new URL('../reference/exported-networks/lenet.pt2', import.meta.url).pathname;
const random = rng(3, 'curvature-estimates');
const N = 9;

function layers(): Problem {
  const model = new Mlp([3, 4, 3], 'tanh');
  const inputs = new Matrix(N, 3, random.fillNormal(new Float64Array(3 * N)));
  return { model, loss: 'cross-entropy', theta: initialise(model, 'torch', rng(1)), data: { inputs, labels: Int32Array.from({ length: N }, (_, n) => n % 3) } }; // biome-ignore format: one line
}
function lenet(): Problem {
  const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength: size }); // biome-ignore format: one line
  const { description, tensors } = readExportedNetwork(readFileSync(archive), { inflateRaw });
  const model = new GraphNetwork(description, tensors, tensors);
  const inputs = new Matrix(N, 64, random.fillNormal(new Float64Array(64 * N)));
  return { model, loss: 'cross-entropy', theta: model.fromTensors(tensors), data: { inputs, labels: Int32Array.from({ length: N }, (_, n) => n % 3) } }; // biome-ignore format: one line
}
const PROBLEMS: Readonly<Record<string, Problem>> = { layers: layers(), lenet: lenet() };
const named: Readonly<Record<string, readonly string[]>> = {
  layers: ['--params', at('layers.safetensors'), '--inputs', at('layers.npy')],
  lenet: ['--model', archive, '--inputs', at('lenet.npy')],
};

beforeAll(() => {
  const { model, theta } = PROBLEMS['layers'];
  writeFileSync(
    at('layers.safetensors'),
    networkBytes({ model: model as Mlp, theta }, { loss: 'cross-entropy' }),
  );
  writeFileSync(at('layers.npy'), writeNpy(PROBLEMS['layers'].data.inputs));
  writeFileSync(at('lenet.npy'), writeNpy({ shape: [N, 1, 8, 8], data: PROBLEMS['lenet'].data.inputs.data }));
  for (const [name, weight] of [
    ['big', 1e308],
    ['zero', 0],
  ] as const)
    writeFileSync(at(`${name}.npy`), writeNpy({ shape: [N], data: new Float64Array(N).fill(weight) }));
  writeFileSync(at('y.npy'), writeNpy({ shape: [N], dtype: 'i4', data: Int32Array.from({ length: N }, (_, n) => n % 3) })); // biome-ignore format: one line
});

interface Told {
  readonly parameters: number;
  readonly trace: { readonly value: number; readonly standardError: number; readonly products: number };
  readonly logDeterminant: {
    readonly value: number;
    readonly standardError: number;
    readonly truncation: number;
  };
  readonly density: { readonly width: number; readonly range: readonly number[] };
  readonly diagonal: { readonly sum: number; readonly products: number };
}

const run = (name: string, method: CurvatureKind, ...flags: readonly string[]) =>
  command('curvature', ...named[name], '--labels', at('y.npy'), '--method', method, '--json', ...flags);
async function told(name: string, method: CurvatureKind, ...flags: readonly string[]): Promise<Told> {
  const { code, stdout, stderr } = await run(name, method, ...flags);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Told;
}
const array = (name: string): Matrix => {
  const { shape, data } = readNpy(readFileSync(at(name)));
  return new Matrix(shape[0], shape[1] ?? 1, data);
};

/** The dense matrix in PyTorch's order. */
function dense(name: string, method: CurvatureKind): Matrix {
  const problem = PROBLEMS[name];
  const order = torchPermutation(problem.model as Mlp | GraphNetwork);
  const c = CURVATURES[method].matrix(problem);
  return Matrix.of(Array.from(order, (a) => Array.from(order, (b) => c.at(a, b))));
}
const diagonal = (c: Matrix): Float64Array => Float64Array.from({ length: c.rows }, (_, i) => c.at(i, i));
const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const METHODS = ['hessian', 'ggn', 'ekfac', 'diagonal-ggn'] as const;

describe.each(METHODS)('%s of layers', (method) => {
  const c = dense('layers', method);
  const d = c.rows;
  const { values } = symmetricEigen(c);

  test('trace and diagonal: exact from as many products as parameters, else within their errors', async () => {
    const exact = await told('layers', method, '--trace', '--products', `${d}`);
    expect(exact.parameters).toBe(d);
    expect(Math.abs(exact.trace.value - total(diagonal(c)))).toBeLessThan(
      1e-11 * Math.abs(total(diagonal(c))),
    );
    expect(exact.trace.standardError).toBe(0);
    const few = (await told('layers', method, '--trace', '--products', '12')).trace;
    expect(few.products).toBeLessThanOrEqual(12);
    expect(Math.abs(few.value - total(diagonal(c)))).toBeLessThanOrEqual(6 * few.standardError + 1e-11);
    const files = ['--out', at('d.npy'), '--errors', at('e.npy')];
    await told('layers', method, '--diagonal', '--products', `${d}`, ...files);
    expect(relativeError(array('d.npy').data, diagonal(c))).toBeLessThan(1e-11);
    expect(total(array('e.npy').data)).toBe(0);
    const drawn = await told('layers', method, '--diagonal', '--products', '16', ...files);
    expect(drawn.diagonal.products).toBeLessThanOrEqual(16);
    expect(drawn.diagonal.products === 0).toBe(method === 'ekfac' || method === 'diagonal-ggn'); // from the eigenvectors
    if (drawn.diagonal.products === 0)
      expect(relativeError(array('d.npy').data, diagonal(c))).toBeLessThan(1e-13);
    const errors = array('e.npy').data;
    const off = array('d.npy').data.map((x, i) => x - c.at(i, i));
    expect(Math.hypot(...off)).toBeLessThanOrEqual(4 * Math.hypot(...errors) + 1e-11);
  });

  test('log-determinant of the damped matrix, and the density of its eigenvalues', async () => {
    const damping = 1.5; // above the least eigenvalue of the Hessian
    const exact = total(values.map((sigma) => Math.log(sigma + damping)));
    const flags = ['--damping', `${damping}`, '--steps', `${d}`, '--probes', '60', '--seed', '5'];
    const { logDeterminant, density } = await told('layers', method, '--log-determinant', '--density', ...flags, '--points', '40', '--out', at('f.npy')); // biome-ignore format: one line
    const { value, standardError, truncation } = logDeterminant;
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(4 * standardError + 1e-10);
    expect(truncation).toBeLessThan(1e-6);
    const found = array('f.npy');
    expect([found.rows, found.cols]).toEqual([40, 3]);
    const { width } = density;
    const smoothed = (x: number): number =>
      total(values.map((sigma) => Math.exp(-0.5 * ((x - sigma - damping) / width) ** 2))) /
      (d * width * Math.sqrt(2 * Math.PI));
    let [off, allowed] = [0, 0];
    for (let k = 0; k < 40; k++) {
      off += (found.at(k, 1) - smoothed(found.at(k, 0))) ** 2;
      allowed += found.at(k, 2) ** 2;
    }
    expect(Math.sqrt(off)).toBeLessThanOrEqual(3 * Math.sqrt(allowed) + 1e-9);
    const spacing = found.at(1, 0) - found.at(0, 0);
    if (spacing < 2 * width) expect(spacing * total(found.column(1))).toBeCloseTo(1, 1);
  });
});

describe.each(['layers', 'lenet'])('some modules of %s', (name) => {
  const last = name === 'layers' ? '2' : 'last';
  test.each(['hessian', 'ggn', 'block-ggn', 'kfac'] as const)('%s: its block, damped', async (method) => {
    const c = dense(name, method);
    const out = ['--modules', last, '--damping', '0.25', '--out', at('m.npy')];
    const { parameters } = await told(name, method, ...out);
    const m = array('m.npy');
    expect([m.rows, m.cols]).toEqual([parameters, parameters]);
    const first = c.rows - parameters; // PyTorch has the last layer last
    const block = Matrix.of(Array.from({ length: parameters }, (_, i) => Array.from({ length: parameters }, (_, j) => c.at(first + i, first + j) + (i === j ? 0.25 : 0)))); // biome-ignore format: one line
    expect(relativeError(m.data, block.data)).toBeLessThan(1e-12);
    const { trace } = await told(name, method, '--trace', '--products', '1000', '--modules', last);
    expect(Math.abs(trace.value - total(diagonal(block)) + 0.25 * parameters)).toBeLessThan(1e-11);
    const file = ['--diagonal', '--products', '1000', '--modules', last, '--out', at('d.npy')];
    await told(name, method, ...file);
    expect(
      relativeError(
        array('d.npy').data,
        diagonal(block).map((x) => x - 0.25),
      ),
    ).toBeLessThan(1e-10);
  });
});

test('damping per module: 0.1 times the mean of each, on the matrix and in its trace', async () => {
  const c = dense('layers', 'ekfac');
  await told('layers', 'ekfac', '--damping-per', 'module', '--out', at('m.npy'));
  const blocks = [16, 15].map((size, b) => diagonal(c).subarray(16 * b, 16 * b + size));
  const expected = c.clone();
  for (const [b, own] of blocks.entries())
    for (let i = 16 * b; i < 16 * b + own.length; i++)
      expected.set(i, i, expected.at(i, i) + (0.1 * total(own)) / own.length);
  expect(relativeError(array('m.npy').data, expected.data)).toBeLessThan(1e-12);
  const { trace } = await told('layers', 'ekfac', '--damping-per', 'module', '--trace');
  expect(trace.value).toBeCloseTo(1.1 * total(diagonal(c)), 12);
  const { trace: split } = await told('layers', 'kfac', '--damping-per', 'pi', '--damping', '0.1', '--trace');
  const k = total(diagonal(dense('layers', 'kfac')));
  expect(split.value).toBeGreaterThan(k + 0.1 * c.rows); // (G + √λ/π)(A + π√λ) = GA + λ + √λ (πG + A/π)
});

test.each<[RegExp, CurvatureKind, readonly string[]]>([
  [/--density and --diagonal both write --out/, 'ggn', ['--density', '--diagonal', '--out', at('n.npy')]],
  [/required option '--out <C.npy>' not specified/, 'ggn', []],
  [/required option '--out <C.npy>' not specified/, 'ggn', ['--diagonal']],
  [/--out is not written by --trace/, 'ggn', ['--trace', '--out', at('n.npy')]],
  [/--errors belongs to --diagonal/, 'ggn', ['--trace', '--errors', at('n.npy')]],
  [/--points belongs to --density/, 'ggn', ['--trace', '--points', '5']],
  [/--products belongs to --trace and --diagonal/, 'ggn', ['--out', at('n.npy'), '--products', '50']],
  [/--steps belongs to --density/, 'ggn', ['--trace', '--steps', '5']],
  [/--log-determinant: the Hessian is not positive definite to working precision: it has an eigenvalue near -.*Give a larger --damping/, 'hessian', ['--log-determinant']],
  [/--log-determinant: the EK-FAC is not positive definite to working precision: it has an eigenvalue near \d.*, its largest is /, 'ekfac', ['--log-determinant']],
  [/--steps <n>' argument '1' is invalid/, 'ggn', ['--log-determinant', '--damping', '1', '--steps', '1']],
  [/overflows: its largest number is 1e\+308, in --damping/, 'hessian', ['--trace', '--damping', '1e308']],
  [/overflows: its largest number is 1e\+308, in --damping/, 'hessian', ['--damping', '1e308', '--out', at('n.npy')]],
  [/overflows: its largest number is 1e\+308, element \[0, 0\] of .*big.npy/, 'ggn', ['--trace', '--example-weights', at('big.npy')]],
  [/zero.npy: every example has the weight 0, so that none counts/, 'ggn', ['--trace', '--example-weights', at('zero.npy')]],
  [/--fisher goes with the matrix/, 'ggn', ['--trace', '--fisher', 'empirical']],
  [/--seed has no effect/, 'ggn', ['--out', at('n.npy'), '--seed', '3']],
  [/--damping-per module does not apply to hessian/, 'hessian', ['--trace', '--damping-per', 'module']],
  [/--damping-per pi does not apply to ekfac/, 'ekfac', ['--trace', '--damping-per', 'pi']],
  [/--damping does not go with --damping-per module/, 'ekfac', ['--trace', '--damping-per', 'module', '--damping', '1']],
  [/--modules: the network has no module 'head'; it has 0, 2/, 'ggn', ['--trace', '--modules', 'head']],
])('refused: %s', async (message, method, flags) => {
  const { code, stdout, stderr } = await run('layers', method, ...flags);
  expect([code === 0, stdout]).toEqual([false, '']);
  expect(stderr).toMatch(message);
  expect(existsSync(at('n.npy'))).toBe(false);
}); // biome-ignore format: a table

test('one parameter and one product are no plurals', async () => {
  writeFileSync(at('one.npy'), writeNpy({ shape: [N, 1], data: new Float64Array(N).fill(2) }));
  const model = new Mlp([1, 1], 'identity', { bias: false });
  writeFileSync(
    at('one.safetensors'),
    networkBytes({ model, theta: Float64Array.of(1) }, { loss: 'squared-error' }),
  );
  const files = ['--params', at('one.safetensors'), '--inputs', at('one.npy'), '--targets', at('one.npy')];
  const { stdout } = await command('curvature', ...files, '--method', 'ggn', '--trace');
  expect(stdout).toMatch(/^GGN of 1 parameter in .*\ntrace 4\.0000000, 1 product\n/);
});
