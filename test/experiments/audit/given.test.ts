/** @file `audit` with a network of one's own: what it says without a row against retraining in closed form, harm and carry against the library, refusals. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { Mlp, Trainer, writeGraphNetwork, writeTorchParameters } from '../../../src/autodiff/index.ts';
import { type AuditFile, AuditSchema } from '../../../src/experiments/audit/audit-json.ts';
import { readModelFile } from '../../../src/experiments/user-files/graph-file.ts';
import { automaticDamping, influenceFunction } from '../../../src/influence/index.ts';
import { leastSquares, Matrix, rng } from '../../../src/linalg/index.ts';
import { writeNpz, writeSafetensors } from '../../../src/linalg/io/index.ts';
import { command } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => path.join(folder, ...names);
const archive = (name: string): string =>
  new URL(`../../reference/exported-networks/${name}.pt2`, import.meta.url).pathname;
const LENET = archive('lenet');
const N = 60;
const random = rng(5, 'given');
const images = (n: number): Matrix => new Matrix(n, 64, random.fillNormal(new Float64Array(64 * n)));
const written = (out: string): AuditFile =>
  v.parse(AuditSchema, JSON.parse(readFileSync(at(out, 'audit.json'), 'utf8')));
/** Without training anything: given-trust.test.ts has that. */
const audit = (out: string, file: string, ...more: string[]) =>
  command(
    'audit',
    at(file),
    ...more,
    ...(more.includes('--model') || more.includes('--params') ? ['--halves', '0'] : []),
    '--out',
    at(out),
  );

const { model, theta } = readModelFile(LENET).network;
const every = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i % 3);
const [x, xq, y, yq] = [images(N), images(40), every(N), every(40)];
const arrays = (inputs: Matrix, labels: Int32Array): Uint8Array =>
  writeNpz({
    x: { shape: [inputs.rows, 1, 8, 8], data: inputs.data },
    y: { shape: [labels.length], data: labels },
  });

beforeAll(async () => {
  writeFileSync(at('train.npz'), arrays(x, y));
  writeFileSync(at('held.npz'), arrays(xq, yq));
  const { code, stderr } = await audit('lenet', 'train.npz', '--model', LENET, '--held-out', at('held.npz'));
  expect(code, stderr).toBe(0);
}, 120_000);

test('a trained network, by description and parameters: labels that it does not agree with come first, with what it would say', async () => {
  const n = 150;
  const inputs = images(n);
  const labels = every(n);
  // a bright band, at another height for each class
  for (const [i, k] of labels.entries()) for (let p = 0; p < 24; p++) inputs.row(i)[16 * k + p] += 3;
  const flipped = [3, 17, 41, 90];
  for (const i of flipped) labels[i] = (labels[i] + 1) % 3;
  const trainer = new Trainer(model, 'cross-entropy', { inputs, labels }, { epochs: 60, batch: 30, learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3, schedule: 'cosine' }); // biome-ignore format: one line
  const { tensors, metadata } = writeGraphNetwork(model, trainer.train({ seed: 1 }));
  writeFileSync(at('A.json'), metadata['eigenfluence.architecture']);
  writeFileSync(at('P.safetensors'), writeSafetensors(tensors, metadata));
  writeFileSync(at('bands.npz'), arrays(inputs, labels));
  expect(
    await audit('bands', 'bands.npz', '--architecture', at('A.json'), '--params', at('P.safetensors')),
  ).toMatchObject({ code: 0 });
  const { issues, rows, model: told } = written('bands');
  const ranked = issues.filter(({ kind }) => kind === 'label');
  expect([rows, ranked.length, told.networks, told.given]).toEqual([n, n, 1, at('P.safetensors')]);
  expect(ranked.slice(0, 4).map(({ row }) => row).sort((a, b) => a - b)).toEqual(flipped); // biome-ignore format: one line
  for (const { row, suggested } of ranked.slice(0, 4)) expect(suggested).toBe(String(row % 3));
}, 60_000);

describe('a convolutional network from a .pt2 archive', () => {
  test('rows that harm are those of negative EK-FAC influence on the rows held out', () => {
    const data = { inputs: x, labels: y };
    const lambda = automaticDamping({ model, loss: 'cross-entropy', theta, data }, 'ggn');
    const scores = influenceFunction({ curvature: 'ekfac', rule: { kind: 'damped', lambda } })
      .fit({ model, loss: 'cross-entropy', theta }, data)
      .score({ inputs: xq, labels: yq });
    const effect = Array.from({ length: N }, (_, i) => {
      let sum = 0;
      for (let q = 0; q < scores.rows; q++) sum += scores.at(q, i) / scores.rows / N;
      return sum;
    });
    const harmful = written('lenet').issues.filter(({ kind }) => kind === 'harmful');
    expect(harmful.length).toBe(effect.filter((one) => one < 0).length);
    for (const { row, score } of harmful) expect(score).toBeCloseTo(-effect[row], 12);
    const { model: told, classes } = written('lenet');
    expect([told.given, told.networks, classes]).toEqual([LENET, 1, ['0', '1', '2']]);
    const page = readFileSync(at('lenet', 'report.html'), 'utf8');
    expect(page).toContain('A network was given');
    // it never saw such images: it guesses
    expect(written('lenet').trust.distrust).toContain('Do not trust the doubts about labels');
  });

  test('without rows held out, harm is not measured, and that is said', async () => {
    expect(await audit('alone', 'train.npz', '--model', LENET)).toMatchObject({ code: 0 });
    const { issues, trust } = written('alone');
    expect(issues.filter(({ kind }) => kind === 'harmful')).toEqual([]);
    expect([trust.lds, ...trust.ci]).toEqual([null, null, null]);
    expect(trust.warnings.join(' ')).toMatch(/Nothing was trained.*--held-out.*at no minimum/);
  }, 60_000);
});

test('a linear model at the least squares: targets are predicted as retraining without the row does, in closed form', async () => {
  const [n, d] = [80, 3];
  const inputs = new Matrix(n, d, random.fillNormal(new Float64Array(n * d)));
  const target = Float64Array.from(
    { length: n },
    (_, i) => 2 * inputs.at(i, 0) - inputs.at(i, 1) + 5 + random.normal(),
  );
  target[11] += 30;
  const design = new Matrix(
    n,
    d + 1,
    Float64Array.from({ length: n * (d + 1) }, (_, k) => {
      const [i, j] = [Math.floor(k / (d + 1)), k % (d + 1)];
      return j === d ? 1 : inputs.at(i, j);
    }),
  );
  const fit = (rows: readonly number[]): Float64Array => {
    const part = new Matrix(rows.length, d + 1, Float64Array.from(rows.flatMap((i) => [...design.row(i)])));
    return leastSquares(
      part,
      Float64Array.from(rows, (i) => target[i]),
    ).x;
  };
  const everyone = [...target.keys()];
  const linear = new Mlp([d, 1], 'tanh');
  writeFileSync(at('linear.safetensors'), writeSafetensors(writeTorchParameters(linear, fit(everyone))));
  const lines = everyone.map((i) => [...inputs.row(i), target[i]].join(','));
  writeFileSync(at('linear.csv'), `a,b,c,t\n${lines.join('\n')}\n`);
  expect(
    await audit(
      'linear',
      'linear.csv',
      '--target',
      't',
      '--params',
      at('linear.safetensors'),
      '--activation',
      'tanh',
    ),
  ).toMatchObject({ code: 0 });
  const { issues, trust, task } = written('linear');
  const labels = issues.filter(({ kind }) => kind === 'label');
  expect([task, labels[0].row, labels[0].flagged]).toEqual(['regression', 11, true]);
  expect(trust.warnings.join(' ')).not.toMatch(/at no minimum|downwards/);
  for (const { row, suggested } of labels) {
    const without = fit(everyone.filter((i) => i !== row));
    const predicted = design.row(row).reduce((sum, a, j) => sum + a * without[j], 0);
    const own = design.row(row).reduce((sum, a, j) => sum + a * fit(everyone)[j], 0);
    // first order in the leverage h of the row, damped by a tenth: the rest is O(h²) and λ
    expect(Math.abs(Number(suggested) - predicted)).toBeLessThan(0.5 * Math.abs(own - predicted) + 1e-4);
  }
}, 60_000);

test('texts are inputs: the same network by the table and by its numbers, in the order of the file or as it is said', async () => {
  const n = 50;
  const colours = ['red', 'blue', 'green'];
  const [size, colour] = [
    Float64Array.from({ length: n }, () => random.normal()),
    Array.from({ length: n }, (_, i) => colours[(i * 7) % 3]),
  ];
  const label = Array.from({ length: n }, (_, i) => (size[i] + (colour[i] === 'red' ? 1 : -1) > 0 ? 1 : 0));
  const write = (name: string, head: string, line: (i: number) => string, from = 0): void =>
    writeFileSync(
      at(name),
      `${head}\n${Array.from({ length: n - from }, (_, i) => line(i + from)).join('\n')}\n`,
    );
  write('texts.csv', 'colour,size,note,label', (i) => `${colour[i]},${size[i]},n${i % 2},${label[i]}`);
  // the rows held out have no green ones, and a colour that the network never saw
  write(
    'held.csv',
    'colour,size,note,label',
    (i) => `${['blue', 'red', 'pink'][i % 3]},${size[i]},n1,${label[i]}`,
  );
  const one = (i: number, name: string): number => Number(colour[i] === name);
  write('numbers.csv', 'b,g,r,size,n0,n1,label', (i) => [...['blue', 'green', 'red'].map((c) => one(i, c)), size[i], 1 - (i % 2), i % 2, label[i]].join()); // biome-ignore format: one line
  write('chosen.csv', 'size,r,b,label', (i) => [size[i], one(i, 'red'), one(i, 'blue'), label[i]].join());
  writeFileSync(at('chosen.txt'), 'size\ncolour = red\ncolour = blue\n');
  const theta = (inputs: number): Float64Array =>
    Float64Array.from({ length: 2 * (inputs + 1) }, (_, k) => Math.sin(3 * k + 1));
  for (const inputs of [6, 3])
    writeFileSync(at(`p${inputs}.safetensors`), writeSafetensors(writeTorchParameters(new Mlp([inputs, 2], 'tanh'), theta(inputs)))); // biome-ignore format: one line
  const run = async (out: string, file: string, inputs: number, ...more: string[]): Promise<AuditFile> => {
    const args = ['--target', 'label', '--params', at(`p${inputs}.safetensors`), '--activation', 'tanh'];
    const { code, stderr } = await audit(out, file, ...args, ...more);
    expect(code, stderr).toBe(0);
    return written(out);
  };
  const texts = await run('texts', 'texts.csv', 6, '--held-out', at('held.csv'));
  expect(texts.features).toEqual(['colour = blue', 'colour = green', 'colour = red', 'size', 'note = n0', 'note = n1']); // biome-ignore format: one line
  expect(texts.understood.join(' ')).toContain(
    'Its inputs: 1 to 3 "colour" = "blue", "green", "red"; 4 "size"; 5 to 6 "note" = "n0", "n1".',
  );
  const pink = texts.trust.warnings.find((line) => line.startsWith('Held out: '));
  expect(pink).toContain('cells of "colour" are none of its inputs ("pink"): all of them are 0 there');
  const labels = ({ issues }: AuditFile) => issues.filter(({ kind }) => kind === 'label');
  expect(labels(texts)).toEqual(labels(await run('numbers', 'numbers.csv', 6)));
  const chosen = await run('chosen', 'texts.csv', 3, '--inputs', at('chosen.txt'));
  expect(labels(chosen)).toEqual(labels(await run('chosen-numbers', 'chosen.csv', 3)));
  expect(chosen.understood.join(' ')).toContain('Not read by the network: "note".');
  const green = colour.filter((c) => c === 'green').length;
  expect(chosen.trust.warnings.join(' ')).toContain(
    `${green} cells of "colour" are none of its inputs ("green")`,
  );
}, 60_000);

test.each([
  [
    'other features',
    ['narrow.csv', '--target', 't', '--model', LENET],
    /reads 64 numbers for each row, .* has 1 besides/,
  ],
  ['a token network', ['train.npz', '--model', archive('gpt-separate')], /reads tokens/],
  [
    'text with too few inputs',
    ['text.csv', '--target', 't', '--model', LENET],
    /reads 64 numbers for each row, .* has 1 besides the target: "kind = u"\..*--inputs/,
  ],
  [
    'a gap in a column of numbers',
    ['gap.csv', '--target', 't', '--model', LENET],
    /"a" is "NA" in row 3, which is no number/,
  ],
  [
    'an input that is not there',
    ['narrow.csv', '--target', 't', '--model', LENET, '--inputs', at('inputs.txt')],
    /the input "b = c" is none of its columns.*it has "a"/,
  ],
  [
    'an input twice',
    ['text.csv', '--target', 't', '--model', LENET, '--inputs', at('twice.txt')],
    /text\.csv: the inputs 1 and 3 are both "kind = u": a network reads each once\.$/m,
  ],
  ['--inputs alone', ['narrow.csv', '--inputs', 'x'], /--inputs belongs to a network of your own/],
  [
    '--inputs for arrays',
    ['train.npz', '--model', LENET, '--inputs', at('inputs.txt')],
    /--inputs is for tables/,
  ],
  [
    'a class without an output',
    ['beyond.npz', '--model', LENET],
    /outputs 0 to 2; the target "y" has the class 7/,
  ],
  [
    '--verify',
    ['train.npz', '--model', LENET, '--verify'],
    /--verify of a network of your own needs --held-out/,
  ],
  [
    '--verify of nearly all rows',
    ['train.npz', '--model', LENET, '--held-out', at('held.npz'), '--verify', '10000'],
    /--verify 10000: of \d+ rows at most \d+ can be left out/,
  ],
  [
    'its own rows as those held out',
    ['train.npz', '--model', LENET, '--held-out', at('train.npz')],
    /is the file that is audited: it takes rows that the network did not learn from/,
  ],
  [
    'training that nothing needs',
    ['train.npz', '--model', LENET, '--epochs', '3'],
    /--epochs has no effect with --halves 0/,
  ],
  [
    'repeats that nothing needs',
    ['train.npz', '--model', LENET, '--seeds', '3'],
    /--seeds belongs to --verify/,
  ],
  ['training of no network', ['train.npz', '--lr', '0.1'], /--lr belongs to a network of your own/],
  ['--halves alone', ['train.npz', '--halves', '3'], /--halves belongs to a network of your own/],
  [
    'the momentum of AdamW',
    [
      ...['train.npz', '--model', LENET, '--held-out', at('held.npz'), '--verify'],
      ...['--optimiser', 'adamw', '--momentum', '0.5'],
    ],
    /--momentum does not apply to --optimiser adamw/,
  ],
  ['--held-out alone', ['train.npz', '--held-out', 'x.npz'], /--held-out belongs to a network of your own/],
  ['two networks', ['train.npz', '--model', LENET, '--model', archive('gpt-separate')], /one network/],
  [
    'a network of another kind',
    ['train.npz', '--model', LENET, '--activation', 'relu'],
    /--activation does not go with --model/,
  ],
] as const)('%s: one clear line', async (_, args, line) => {
  writeFileSync(
    at('narrow.csv'),
    `a,t\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 2}`).join('\n')}\n`,
  );
  writeFileSync(
    at('gap.csv'),
    `a,t\n${Array.from({ length: 40 }, (_, i) => `${i === 3 ? 'NA' : i},${i % 2}`).join('\n')}\n`,
  );
  writeFileSync(at('inputs.txt'), 'a\r\n\r\nb = c\n');
  writeFileSync(at('twice.txt'), 'kind = u\nkind = v\nkind = u\n');
  writeFileSync(at('text.csv'), `kind,t\n${Array.from({ length: 40 }, (_, i) => `u,${i % 2}`).join('\n')}\n`);
  writeFileSync(
    at('beyond.npz'),
    writeNpz({
      x: { shape: [N, 64], data: x.data },
      y: { shape: [N], data: y.map((k) => (k === 2 ? 7 : k)) },
    }),
  );
  const [file, ...more] = args;
  const { code, stderr } = await audit('no', file, ...more);
  expect(code).not.toBe(0);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(line);
});
