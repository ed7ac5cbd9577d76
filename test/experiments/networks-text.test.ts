/** @file The ladder on a tiny transformer that reads Moby-Dick: its sequences, its rungs by other ways, its page. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  embedding,
  exampleValues,
  type GraphNetwork,
  gelu,
  type Layer,
  layerNorm,
  linear,
  logits,
  network,
  positionEmbedding,
  residual,
  selfAttention,
  sequential,
  Trainer,
} from '../../src/autodiff/index.ts';
import {
  blockGgn,
  type EigenOperator,
  ekfac,
  extractBlock,
  ggnMatrix,
  hessianMatrix,
  PAPER_RULE,
  type Problem,
  partition,
  residualMass,
} from '../../src/curvature/index.ts';
import { RETRAININGS } from '../../src/experiments/engine/folders.ts';
import { CommandError } from '../../src/experiments/files/command-error.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { variedOperator } from '../../src/experiments/networks/attention-rungs.ts';
import { networksCases } from '../../src/experiments/networks/cases.ts';
import { NETWORKS_RESULTS, type NetworkResults } from '../../src/experiments/networks/networks-results.ts';
import { accuracy } from '../../src/experiments/protocol/base-network.ts';
import {
  ALPHABET,
  loadMobyDick,
  plainText,
  prepareMobyDick,
  textOf,
  tokensOf,
} from '../../src/experiments/protocol/data/moby-dick.ts';
import { networkSetup, settingNetwork } from '../../src/experiments/protocol/network-setting.ts';
import { networkSeries } from '../../src/experiments/protocol/network-trainings.ts';
import { openSeries, seriesBank } from '../../src/experiments/protocol/retraining-series.ts';
import { influenceFunction, linearDatamodellingScore, outcomeMeans } from '../../src/influence/index.ts';
import { frobenius, kron, Matrix, svd, symmetricEigen } from '../../src/linalg/index.ts';
import { expectClose } from '../helpers/close.ts';
import { patience } from '../helpers/patience.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const NAME = 'gpt-l1-w4';
const out = temporaryFolder();
const [{ setting, size }] = networksCases('smoke', [NAME], {}, 0);
const { model, loss, training, seed, train, query } = networkSetup(setting);
const theta = new Trainer(model, loss, train, training).train({ seed, path: ['base', 0] });
const problem: Problem = { model, loss, theta, data: train };
let found: NetworkResults;

beforeAll(async () => {
  const options = ['--profile', 'smoke', '--network', NAME, '--workers', '2', '--out', out];
  expect(await command('networks', ...options)).toMatchObject({ code: 0, stderr: '' });
  found = readDigested(path.join(out, 'networks.json'), NETWORKS_RESULTS).settings[0];
}, patience(60));

describe('sequences', () => {
  const config = { dataset: 'moby-dick', train: 300, queries: 40, length: 32, splitSeed: 5 } as const;
  const drawn = prepareMobyDick(config);
  const whole = plainText(loadMobyDick());

  test('the file is that of the script, chapters 1 to 50', () => {
    const text = gunzipSync(readFileSync('data/moby-dick.txt.gz')).toString('utf8');
    expect(text).toBe(loadMobyDick());
    const headings = text.match(/^CHAPTER \d+\./gm)?.map((line) => Number(line.match(/\d+/)?.[0]));
    expect(headings).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  test('a plain text has the characters of the alphabet only', () => {
    expect(plainText('Some years ago—never “mind” how\n\nlong: it’s 42 £!')).toBe(
      'some years ago-never "mind" how long it\'s !',
    );
    expect(new Set(whole)).toEqual(new Set(ALPHABET));
    expect(textOf(tokensOf(whole.slice(0, 500)))).toBe(whole.slice(0, 500));
  });

  test('stand in the book, without overlap, queries behind all of the training part; labels are the next characters', () => {
    const end = plainText(loadMobyDick().slice(0, loadMobyDick().indexOf('CHAPTER 41.'))).length;
    for (const [data, count, low, high] of [
      [drawn.train, 300, 0, end],
      [drawn.query, 40, end - 1, whole.length],
    ] as const) {
      expect([data.inputs.rows, data.labels.length]).toEqual([count, 32 * count]);
      let last = low - 33;
      for (let i = 0; i < count; i++) {
        const text = textOf(data.inputs.row(i));
        const next = textOf(data.labels.subarray(32 * i, 32 * i + 32));
        expect(next.slice(0, -1)).toBe(text.slice(1));
        const at = whole.indexOf(text + next.slice(-1), last + 33);
        expect(at).toBeGreaterThanOrEqual(last + 33);
        expect(at).toBeLessThanOrEqual(high - 33);
        last = at;
      }
    }
  });

  test('are drawn by name: the same again, others with another seed; no more than there are', () => {
    expect(prepareMobyDick({ ...config }).hash).toBe(drawn.hash);
    expect(prepareMobyDick({ ...config, splitSeed: 6 }).hash).not.toBe(drawn.hash);
    expect(() => prepareMobyDick({ ...config, train: 1e6 })).toThrow(CommandError);
  });
});

test('loss and accuracy of a sequence are means over its characters', () => {
  const { labels } = query as typeof query & { labels: Int32Array };
  const u = logits(model, theta, query.inputs);
  const C = ALPHABET.length;
  let [right, total] = [0, 0];
  for (const [k, label] of labels.entries()) {
    const row = Array.from(u.data.subarray(k * C, k * C + C));
    if (row.indexOf(Math.max(...row)) === label) right++;
    total += Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[label];
  }
  const values = exampleValues(model, loss, theta, query);
  expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo(total / labels.length, 12);
  expect(accuracy(model, theta, { inputs: query.inputs, labels })).toBe(right / labels.length);
});

const dense = (operator: EigenOperator): Matrix => operator.toDense();
const difference = (a: Matrix, b: Matrix): number =>
  frobenius(
    new Matrix(
      a.rows,
      a.cols,
      a.data.map((x, i) => x - b.data[i]),
    ),
  );

describe('rungs of attention', () => {
  /** The same function with three linear layers for q, k and v; tensors by the names of the other. */
  function threeLayers(): { twin: GraphNetwork; order: Int32Array } {
    const three: Layer = (builder, name, input) => {
      const parts = ['q', 'k', 'v'].map((part) => linear(4)(builder, `${name}.${part}`, input));
      const mixed = builder.add({
        id: `${name}.attention`,
        op: 'attention',
        inputs: parts,
        heads: 2,
        causal: true,
      });
      return linear(4)(builder, `${name}.out`, mixed);
    };
    const of = (attention: Layer): GraphNetwork =>
      network(
        { tokens: 8, vocabulary: ALPHABET.length },
        sequential([
          embedding(4),
          positionEmbedding(),
          residual(sequential([layerNorm(), attention])),
          residual(sequential([layerNorm(), linear(6), gelu(), linear(4)])),
          layerNorm(),
          linear(ALPHABET.length),
        ]),
      );
    const twin = of(three);
    const joint = of(selfAttention(2, { causal: true }));
    expect(joint.description).toEqual((model as GraphNetwork).description);
    // positions in θ of the joint network, as tensors of the twin
    const places = new Map(joint.toTensors(Float64Array.from({ length: joint.parameterCount }, (_, i) => i)));
    const tensors = [...twin.toTensors(new Float64Array(twin.parameterCount))].map(
      ([name, { shape }]): [string, { shape: readonly number[]; data: Float64Array }] => {
        const part = ['q', 'k', 'v'].findIndex((one) => name.includes(`.${one}.`));
        const from = places.get(part < 0 ? name : name.replace(/\.[qkv]\./, '.qkv.'));
        if (from === undefined) throw new Error(`no tensor ${name}`);
        const count = shape.reduce((a, b) => a * b, 1);
        const first = part < 0 ? 0 : part * count;
        return [name, { shape, data: Float64Array.from(from.data).slice(first, first + count) }];
      },
    );
    return { twin, order: Int32Array.from(twin.fromTensors(new Map(tensors))) };
  }

  test('q, k and v apart: the curvatures of a network with three layers for them', () => {
    const { twin, order } = threeLayers();
    const own: Problem = { model: twin, loss, theta: Float64Array.from(order, (i) => theta[i]), data: train };
    expectClose(exampleValues(twin, loss, own.theta, train), exampleValues(model, loss, theta, train), {
      atol: 1e-12,
    });
    const whole = ggnMatrix(own);
    const blocks = new Matrix(whole.rows, whole.cols);
    for (const { indices } of partition(twin, 'layer'))
      for (const i of indices) for (const j of indices) blocks.set(i, j, whole.at(i, j));
    for (const [kind, want] of [
      ['block-ggn', blocks],
      ['ekfac', ekfac(own, { kfac: 'expand' }).toDense()],
    ] as const) {
      const got = extractBlock(dense(variedOperator('apart', kind, problem)), order);
      expect(difference(got, want)).toBeLessThan(1e-9 * frobenius(want));
    }
  });

  test('sums of two products: the leading singular triples of the rearranged block, negative eigenvalues set to 0', () => {
    const whole = ggnMatrix(problem);
    const got = dense(variedOperator('sum', 'block-ggn', problem));
    for (const { indices, rows, cols, layer } of partition(model, 'layer')) {
      const block = extractBlock(whole, indices);
      let want = block;
      if (model.sites[layer].kronecker) {
        const r = new Matrix(rows * rows, cols * cols);
        for (let a = 0; a < rows; a++)
          for (let b = 0; b < rows; b++)
            for (let c = 0; c < cols; c++)
              for (let d = 0; d < cols; d++)
                r.set(a * rows + b, c * cols + d, block.at(a * cols + c, b * cols + d));
        const { u, values: s, v } = svd(r);
        const sum = new Matrix(block.rows, block.cols);
        for (let k = 0; k < Math.min(2, s.length); k++) {
          const left = new Matrix(
            rows,
            rows,
            Float64Array.from(u.column(k), (x) => s[k] * x),
          );
          const product = kron(left, new Matrix(cols, cols, Float64Array.from(v.column(k))));
          for (let i = 0; i < sum.data.length; i++) sum.data[i] += product.data[i];
        }
        for (let i = 0; i < sum.rows; i++) for (let j = 0; j < i; j++) sum.set(j, i, sum.at(i, j));
        const { values, vectors } = symmetricEigen(sum);
        want = new Matrix(sum.rows, sum.cols);
        for (const [k, value] of values.entries())
          if (value > 0)
            for (let i = 0; i < sum.rows; i++)
              for (let j = 0; j < sum.cols; j++)
                want.set(i, j, want.at(i, j) + value * vectors.at(i, k) * vectors.at(j, k));
      }
      expect(difference(extractBlock(got, indices), want)).toBeLessThan(1e-7 * frobenius(block));
    }
  });
});

describe('results', () => {
  test('have the ladder, the rungs of attention and the baseline', () => {
    expect(found.rungs.map(({ id }) => id)).toEqual([
      ...['hessian', 'ggn', 'block-ggn', 'ekfac-expand', 'kfac-expand', 'ekfac-reduce', 'kfac-reduce'],
      ...['apart-block-ggn', 'apart-ekfac-expand', 'kronecker-sum', 'grad-dot'],
    ]);
    expect(found.parameters).toBe(settingNetwork(setting).parameterCount);
  });

  test.each([
    ['apart-block-ggn', 'apart', 'block-ggn'],
    ['kronecker-sum', 'sum', 'block-ggn'],
  ] as const)('LDS of %s, from whole score matrices', (id, variation, kind) => {
    const series = networkSeries(setting);
    const bank = seriesBank(
      series,
      size,
      openSeries(series, path.join(out, RETRAININGS), () => {}, false),
    );
    const curvature = variedOperator(variation, kind, problem);
    const scores = influenceFunction({ curvature, rule: PAPER_RULE })
      .fit({ model, loss, theta }, train)
      .score(query);
    const { mean } = linearDatamodellingScore({
      scores,
      subsets: bank.subsets,
      outcomes: outcomeMeans(bank, 'loss'),
      seed: 0,
    });
    expect(found.rungs.find((one) => one.id === id)?.published.values[0]).toBeCloseTo(mean, 12);
  });

  test('H − G by whole matrices, and the statement about it', () => {
    const share = residualMass(hessianMatrix(problem), ggnMatrix(problem));
    expect(found.residual.values[0]).toBeCloseTo(share, 10);
    const { claims } = readDigested(path.join(out, 'networks.json'), NETWORKS_RESULTS);
    const stated = claims.find(({ id }) => id === 'attention-residual');
    const mean = found.residual.mean ?? Number.NaN;
    expectClose(stated?.findings.map(({ value }) => value ?? Number.NaN) ?? [], [mean - 0.3, 0.6 - mean], {
      atol: 1e-12,
    });
    const [lo, hi] = found.residual.ci.map((end) => end ?? Number.NaN);
    const within = lo > 0.3 && hi < 0.6;
    expect(stated?.verdict).toBe(within ? 'confirmed' : 'not confirmed');
  });

  test('passages: the scores of the first query, shared out among characters, of the most helpful and harmful sequences', () => {
    const { passages } = found;
    const lambda = Number(passages?.variant.replace('λ = ', ''));
    const curvature = blockGgn(problem);
    const rule = { kind: 'damped', lambda } as const;
    const scores = influenceFunction({ curvature, rule })
      .fit({ model, loss, theta }, train)
      .score(query)
      .row(0);
    const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
    const text = (data: typeof train, i: number): string =>
      textOf([...data.inputs.row(i), (data as { labels: Int32Array }).labels[8 * i + 7]]);
    expect(passages?.query.text).toBe(text(query, 0));
    for (const [shown, expected] of [
      [passages?.helpful ?? [], order.slice(0, 3)],
      [passages?.harmful ?? [], order.slice(-3).reverse()],
    ] as const) {
      expect(shown.map((one) => one.text)).toEqual(expected.map((i) => text(train, i)));
      for (const [k, i] of expected.entries()) {
        expect(shown[k].score).toBeCloseTo(scores[i], 10);
        expect(shown[k].shares.reduce((a, b) => a + b, 0)).toBeCloseTo(scores[i], 10);
      }
    }
    expect(passages?.query.shares.reduce((a, b) => a + b, 0)).toBeCloseTo(scores[order[0]], 10);
    const page = readFileSync(path.join(out, 'networks.md'), 'utf8');
    expect(page).toContain(`(figures/networks-passages-${NAME}.svg)`);
    expect(readFileSync(path.join(out, `figures/networks-passages-${NAME}.svg`), 'utf8')).toContain('<svg');
  });

  test('a name has its own size; it is asked for once', () => {
    const [one, other] = networksCases(
      'full',
      ['gpt-l2-w8@50x5x3', 'cnn-8-16-24'],
      { subsets: 7, models: 2 },
      0,
    );
    expect([one.size, one.setting.baseModels]).toEqual([{ subsets: 50, seeds: 5 }, 3]);
    expect([other.size, other.setting.baseModels]).toEqual([{ subsets: 7, seeds: 20 }, 2]);
    for (const names of [['gpt-l2-w8@50x5'], ['gpt-l2-w8@1x5x3'], ['gpt-l2-w8', 'gpt-l2-w8@50x5x3']])
      expect(() => networksCases('full', names, {}, 0)).toThrow(CommandError);
  });

  test('the page describes the network and has its table', () => {
    const page = readFileSync(path.join(out, 'networks.md'), 'utf8');
    expect(page).toContain('A decoder of 1 block that predicts each character of a sequence');
    expect(page).toMatch(/on 24 sequences \(loss/);
    for (const { label } of found.rungs) expect(page).toContain(`\n| ${label} |`);
  });
});
