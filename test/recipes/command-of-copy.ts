/** @file What recipes for things with a name on the command line share: files of a small trained network, and calls of the copy's own program. */

/** Source text: `files()` writes a network and its data, `cli(…)` calls the program, `npy(file)` reads what it wrote. */
export const COMMAND = `
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Mlp } from './src/autodiff/mlp.ts';
import { initialise } from './src/autodiff/initialise.ts';
import { execute } from './src/experiments/program.ts';
import { readNpy, writeNpy, writeSafetensors } from './src/linalg/io/index.ts';
import { Matrix } from './src/linalg/matrix.ts';
import { rng } from './src/linalg/random/random.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'recipe-use-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const model = new Mlp([2, 2], 'tanh');
const theta = initialise(model, 'torch', rng(0, 'theta'));
const draw = (n: number): Matrix => new Matrix(n, 2, rng(n, 'x').fillNormal(new Float64Array(2 * n)));
const labelled = (n: number) => ({ inputs: draw(n), labels: Int32Array.from({ length: n }, (_, i) => i % 2) });
const [train, queries] = [labelled(9), labelled(4)];
const fitted = { model, loss: 'cross-entropy', theta } as const;
const weight = Float64Array.of(theta[0], theta[1], theta[3], theta[4]);
writeFileSync(
  at('p.safetensors'),
  writeSafetensors({
    '0.weight': { shape: [2, 2], data: weight },
    '0.bias': { shape: [2], data: Float64Array.of(theta[2], theta[5]) },
  }),
);
for (const [name, { inputs, labels }] of [['t', train], ['q', queries]] as const) {
  writeFileSync(at(name + 'x.npy'), writeNpy(inputs));
  writeFileSync(at(name + 'y.npy'), writeNpy({ shape: [labels.length], dtype: 'i4', data: labels }));
}

/** Exit code and everything printed. */
async function cli(...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const kept = [process.stdout.write, process.stderr.write] as const;
  const write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof process.stdout.write;
  process.stdout.write = write;
  process.stderr.write = write;
  try {
    return { code: await execute(args), text };
  } finally {
    [process.stdout.write, process.stderr.write] = kept;
  }
}

const NETWORK = ['--params', at('p.safetensors')];
const EXAMPLES = ['--train-inputs', at('tx.npy'), '--train-labels', at('ty.npy'), '--query-inputs', at('qx.npy'), '--query-labels', at('qy.npy')];
const npy = (name: string): Float64Array => Float64Array.from(readNpy(readFileSync(at(name))).data, Number);
`;
