/** @file `retrain`: the retrainings of a network of PyTorch are the Trainer's, one worker or two, continued where they ended; scores are judged by their ranks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Dataset,
  exampleValues,
  GraphNetwork,
  type Loss,
  lossNamed,
  readExportedNetwork,
  Trainer,
} from '../../src/autodiff/index.ts';
import { drawSubsets } from '../../src/influence/index.ts';
import { Matrix, rng } from '../../src/linalg/index.ts';
import { readNpy, writeNpy } from '../../src/linalg/io/index.ts';
import { command, overridden } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const archive = new URL('../reference/exported-networks/lenet.pt2', import.meta.url).pathname;
const [N, Q, K, R] = [12, 4, 5, 2];
const random = rng(6, 'retrain');
const images = (n: number): Matrix => new Matrix(n, 64, random.fillNormal(new Float64Array(64 * n)));
const classes = (n: number): Int32Array =>
  Int32Array.from({ length: n }, () => Math.floor(random.uniform() * 3));
const train = { inputs: images(N), labels: classes(N) };
const queries = { inputs: images(Q), labels: classes(Q) };

beforeAll(() => {
  for (const [end, { inputs, labels }] of [['', train], ['q', queries]] as const) {
    writeFileSync(at(`x${end}.npy`), writeNpy({ shape: [inputs.rows, 1, 8, 8], data: inputs.data }));
    writeFileSync(at(`y${end}.npy`), writeNpy({ shape: [labels.length], dtype: 'i8', data: labels }));
  }
}); // biome-ignore format: a table

const BASE = `--train-inputs ${at('x.npy')} --train-labels ${at('y.npy')} --query-inputs ${at('xq.npy')} --query-labels ${at('yq.npy')} --epochs 3 --batch 3 --lr 0.05 --subsets ${K} --seeds ${R} --seed 7`; // biome-ignore format: one line
const retrain = (...more: string[]) =>
  command('retrain', '--json', ...overridden(['--model', archive, ...BASE.split(' ')], more));
const outcomes = (name: string): Matrix => {
  const { shape, data } = readNpy(readFileSync(at(`${name}/outcomes.npy`)));
  return new Matrix(shape[0], shape[1], data);
};

/** The mean losses over the seeds, subset by subset. */
function expected(loss: Loss = 'cross-entropy', learnt: Dataset = train, asked: Dataset = queries): Matrix {
  const inflateRaw = (bytes: Uint8Array, size: number): Uint8Array => inflateRawSync(bytes, { maxOutputLength: size }); // biome-ignore format: one line
  const { description, tensors } = readExportedNetwork(readFileSync(archive), { inflateRaw });
  const model = new GraphNetwork(description, tensors, tensors);
  const config = { epochs: 3, batch: 3, learningRate: 0.05, momentum: 0.9, weightDecay: 0, schedule: 'cosine', initialisation: 'torch', dropLast: true } as const; // biome-ignore format: one line
  const trainer = new Trainer(model, loss, learnt, config);
  return Matrix.of(
    drawSubsets(N, 0.5, K, 7).map((subset, j) => {
      const runs = Array.from({ length: R }, (_, r) => {
        const theta = trainer.train({ seed: 7, path: ['retrain', j, r], subset });
        return exampleValues(model, loss, theta, asked);
      });
      return Array.from(runs[0], (_, q) => runs.reduce((sum, run) => sum + run[q], 0) / R);
    }),
  );
}

describe('the bank', () => {
  test("is the Trainer's, by two workers, and grown in two steps by one", async () => {
    expect(await retrain('--workers', '2', '--out', at('two'))).toMatchObject({ code: 0, stderr: '' });
    expect(outcomes('two')).toEqual(expected());
    const few = await retrain('--subsets', '3', '--seeds', '1', '--workers', '1', '--out', at('one'));
    expect(JSON.parse(few.stdout)).toMatchObject({ retrained: 3, ceiling: null });
    const all = await retrain('--workers', '1', '--out', at('one'));
    expect(JSON.parse(all.stdout)).toMatchObject({ retrained: K * R - 3 });
    expect(outcomes('one')).toEqual(outcomes('two'));
    const { data } = readNpy(readFileSync(at('one/subsets.npy')));
    expect([...data]).toEqual(drawSubsets(N, 0.5, K, 7).flatMap((subset) => [...subset]));
    const other = await retrain('--lr', '0.06', '--workers', '1', '--out', at('one'));
    expect(JSON.parse(other.stdout)).toMatchObject({ retrained: K * R });
  });

  test('by AdamW the same by one worker and by two', async () => {
    const adamw = ['--optimiser', 'adamw', '--lr', '0.01', '--beta2', '0.9'];
    for (const workers of ['1', '2'])
      expect(await retrain(...adamw, '--workers', workers, '--out', at(`adamw-${workers}`))).toMatchObject({ code: 0, stderr: '' }); // biome-ignore format: one line
    expect(outcomes('adamw-2')).toEqual(outcomes('adamw-1'));
    expect(outcomes('adamw-1')).not.toEqual(expected());
  });

  test('judges scores by the ranks of their sums over the subsets', async () => {
    expect((await retrain('--out', at('two'))).code).toBe(0);
    const bank = expected();
    const subsets = drawSubsets(N, 0.5, K, 7);
    // the scores of least squares: sums over left-out examples that are the outcomes themselves
    const scores = new Matrix(Q, N, random.fillNormal(new Float64Array(Q * N)));
    writeFileSync(at('s.npy'), writeNpy(scores));
    writeFileSync(
      at('minus.npy'),
      writeNpy(
        new Matrix(
          Q,
          N,
          scores.data.map((x) => -x),
        ),
      ),
    );
    const told = await retrain('--out', at('two'), '--scores', at('s.npy'), at('minus.npy'));
    expect(told).toMatchObject({ code: 0, stderr: '' });
    const { scores: judged, retrained } = JSON.parse(told.stdout) as { scores: { lds: number }[]; retrained: number }; // biome-ignore format: one line
    const rank = (x: readonly number[]): number[] => x.map((v) => x.filter((w) => w < v).length);
    const correlation = (a: readonly number[], b: readonly number[]): number => {
      const [p, q] = [rank(a), rank(b)];
      const mean = (K - 1) / 2;
      const sum = (u: readonly number[], v: readonly number[]): number => u.reduce((s, x, i) => s + (x - mean) * (v[i] - mean), 0); // biome-ignore format: one line
      return sum(p, q) / Math.sqrt(sum(p, p) * sum(q, q));
    };
    const each = Array.from({ length: Q }, (_, q) => {
      const predicted = subsets.map((kept) => -[...kept].reduce((sum, i) => sum + scores.at(q, i), 0));
      return correlation(
        predicted,
        Array.from({ length: K }, (_, j) => bank.at(j, q)),
      );
    });
    const lds = each.reduce((a, b) => a + b, 0) / Q;
    expect(retrained).toBe(0);
    expect(judged[0].lds).toBeCloseTo(lds, 12);
    expect(judged[1].lds).toBeCloseTo(-lds, 12);
  });
});

test('another loss and weights of examples reach the threads', async () => {
  const soft = (n: number): Matrix => {
    const rows = new Matrix(n, 3, random.fillUniform(new Float64Array(3 * n)));
    for (let i = 0; i < n; i++) {
      const row = rows.row(i);
      const sum = row.reduce((a, b) => a + b, 0);
      row.forEach((x, c) => {
        row[c] = x / sum;
      });
    }
    return rows;
  };
  const [targets, queryTargets] = [soft(N), soft(Q)];
  const weights = new Matrix(
    N,
    1,
    Float64Array.from({ length: N }, (_, i) => i % 3),
  );
  writeFileSync(at('t.npy'), writeNpy(targets));
  writeFileSync(at('tq.npy'), writeNpy(queryTargets));
  writeFileSync(at('w.npy'), writeNpy({ shape: [N], data: weights.data }));
  const flags = BASE.split(' ').map((word) => word.replace('-labels', '-targets').replace(at('y.npy'), at('t.npy')).replace(at('yq.npy'), at('tq.npy'))); // biome-ignore format: one line
  const own = ['--loss', 'soft-cross-entropy', '--example-weights', at('w.npy'), '--workers', '2', '--out', at('soft')]; // biome-ignore format: one line
  expect(await command('retrain', '--json', '--model', archive, ...flags, ...own)).toMatchObject({ code: 0, stderr: '' }); // biome-ignore format: one line
  const loss = lossNamed('soft-cross-entropy');
  expect(outcomes('soft')).toEqual(
    expected(
      loss,
      { inputs: train.inputs, targets, weights },
      { inputs: queries.inputs, targets: queryTargets },
    ),
  );
});

test('what does not fit is one line, and nothing is made', async () => {
  writeFileSync(at('wrong.npy'), writeNpy(new Matrix(Q, N + 1)));
  for (const [more, line] of [
    [['--scores', at('wrong.npy')], /wrong\.npy is \[4, 13\], expected \[4, 12\]/],
    [['--batch', '7'], /--batch 7 is larger than the 6 examples of a subset/],
    [['--fraction', '1'], /--fraction/],
  ] as const) {
    const { code, stderr } = await retrain('--out', at('none'), ...more);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split('\n').length).toBe(1);
  }
  expect(existsSync(at('none'))).toBe(false);
});
