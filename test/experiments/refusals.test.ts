/** @file Bad input ends in one clear line and a non-zero exit code, and nothing is written. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeNpy, writeSafetensors } from '../../src/linalg/io/index.ts';
import { command } from './command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const file = (name: string): string => path.join(folder, name);
const out = path.join(folder, 'out');
const target = path.join(out, 'result.npy');

const net = (weight: number[], shape = [2, 3]): Uint8Array =>
  writeSafetensors({
    '0.weight': { shape, data: weight },
    '0.bias': { shape: [shape[0]], data: [0.1, 0.2].slice(0, shape[0]) },
  });

beforeAll(() => {
  mkdirSync(out);
  mkdirSync(file('folder'));
  const good = writeNpy({ shape: [2, 3], data: [1, 2, 3, 4, 5, 6] });
  const files: Record<string, Uint8Array | string> = {
    'net.st': net([1, 2, 3, 4, 5, 6]),
    'nan.st': net([1, 2, Number.NaN, 4, 5, 6]),
    'one-output.st': net([1, 2, 3], [1, 3]),
    'cut.st': net([1, 2, 3, 4, 5, 6]).slice(0, -3),
    'hostile.st': new Uint8Array([255, 255, 255, 255, 255, 255, 255, 127, 123]),
    'text.st': 'not a safetensors file at all',
    'x.npy': good,
    'cut.npy': good.slice(0, -5),
    'empty.npy': writeNpy({ shape: [0, 3], data: [] }),
    'huge.npy': Buffer.from(
      Buffer.from(good).toString('latin1').replace('(2, 3), }', '(2000000000, 3), }').slice(0, 128),
      'latin1',
    ),
    'nan.npy': writeNpy({ shape: [2, 3], data: [1, 2, 3, 4, Number.NaN, 6] }),
    'wide.npy': writeNpy({ shape: [2, 4], data: new Array<number>(8).fill(1) }),
    'cube.npy': writeNpy({ shape: [1, 2, 3], data: [1, 2, 3, 4, 5, 6] }),
    'y.npy': writeNpy({ shape: [2], dtype: 'i8', data: [0, 1] }),
    'y3.npy': writeNpy({ shape: [3], dtype: 'i8', data: [0, 1, 1] }),
    'y-high.npy': writeNpy({ shape: [2], dtype: 'i8', data: [0, 2] }),
    'y-negative.npy': writeNpy({ shape: [2], dtype: 'i8', data: [0, -1] }),
    'y-float.npy': writeNpy({ shape: [2], data: [0, 1] }),
    'y-zero.npy': writeNpy({ shape: [2], dtype: 'i8', data: [0, 0] }),
    'symmetric.npy': writeNpy({ shape: [2, 2], data: [1, 2, 2, 4] }),
    'skew.npy': writeNpy({ shape: [2, 2], data: [1, 2, 3, 4] }),
    'huge.st': net([1e308, -1e308, 1e308, 1e308, -1e308, 1e308]),
    'x-huge.npy': writeNpy({ shape: [2, 3], data: [1, 2, 3, 4, 5, -1e308] }),
    'overflow.npy': writeNpy({ shape: [2, 2], data: [1e308, 1e308, 1e308, 1e308] }),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(file(name), content);
});

const runs = ['--out', path.join(out, 'runs')];

/** Options by name; undefined leaves one out. */
type Options = Readonly<Record<string, string | undefined>>;

function args(name: string, ...options: readonly Options[]): string[] {
  const merged = Object.entries(Object.assign({}, ...options) as Options);
  return [name, ...merged.flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, value]))];
}

const curvature = (change: Options): string[] =>
  args(
    'curvature',
    {
      params: file('net.st'),
      activation: 'tanh',
      inputs: file('x.npy'),
      labels: file('y.npy'),
      method: 'ggn',
      out: target,
    },
    change,
  );
const influence = (change: Options): string[] =>
  args(
    'influence',
    {
      params: file('net.st'),
      activation: 'tanh',
      'train-inputs': file('x.npy'),
      'train-labels': file('y.npy'),
      'query-inputs': file('x.npy'),
      'query-labels': file('y.npy'),
      method: 'ggn',
      out: target,
    },
    change,
  );
const eigen = (change: Options): string[] =>
  args('eigen', { input: file('skew.npy'), values: target, vectors: path.join(out, 'v.npy') }, change);
const train = (change: Options): string[] =>
  args(
    'train',
    { inputs: file('x.npy'), labels: file('y.npy'), epochs: '1', batch: '1', out: target },
    change,
  );
const reproduce = (change: Options): string[] =>
  args('reproduce', { profile: 'smoke', out: path.join(out, 'runs') }, change);
const evaluate = (change: Options): string[] =>
  args('evaluate', { scores: file('x.npy'), setting: 'd1-w16-e100', out: path.join(out, 'runs') }, change);

const cases: [string, string[], RegExp][] = [
  ['no command', [], /no command: expected train, curvature/],
  ['unknown command', ['curve'], /unknown command 'curve'/],
  ['unknown option', ['train', '--dept', '2'], /unknown option '--dept'/],
  ['stray argument', ['train', '8'], /too many arguments/],
  ['an option twice', [...curvature({}), '--method', 'kfac'], /--method is given twice: it takes one value/],
  ['a flag twice', [...curvature({}), '--json', '--json'], /--json is given twice/],
  ['an empty value', curvature({ out: '' }), /--out names nothing: its value is empty/],
  ['an option as a value', curvature({ out: '--json' }), /--out expects a value, got "--json"/],
  ['a short option as a value', curvature({ out: '-x.npy' }), /a file of that name is \.\/-x\.npy/],
  [
    'fisher of the Hessian',
    curvature({ method: 'hessian', fisher: 'mc' }),
    /--fisher does not apply to hessian/,
  ],
  ['blocks of a whole matrix', curvature({ partition: 'tensor' }), /--partition does not apply to ggn/],
  ['labels that are not sampled', curvature({ samples: '3' }), /--samples has no effect without --fisher mc/],
  ['a seed of nothing', curvature({ seed: '3' }), /--seed has no effect without --fisher mc/],
  [
    'the input as output',
    curvature({ out: file('x.npy') }),
    /--out would overwrite the input .*x\.npy of --inputs/,
  ],
  ['missing option', curvature({ params: undefined }), /'--params <file>' not specified/],
  ['option without value', ['train', '--depth'], /argument missing/],
  ['unknown method', curvature({ method: 'fisher' }), /Allowed choices are hessian, ggn/],
  ['unknown activation', curvature({ activation: 'swish' }), /Allowed choices are/],
  ['missing file', curvature({ inputs: file('none.npy') }), /cannot read .*none\.npy: no such file/],
  ['folder as input', curvature({ inputs: file('folder') }), /not a regular file/],
  ['endless device as input', curvature({ inputs: '/dev/zero' }), /not a regular file/],
  ['truncated npy', curvature({ inputs: file('cut.npy') }), /cut\.npy: npy: truncated/],
  ['npy that claims 48 GB', curvature({ inputs: file('huge.npy') }), /huge\.npy: npy: /],
  ['npy of no examples', curvature({ inputs: file('empty.npy') }), /holds no examples/],
  ['npy of three dimensions', curvature({ inputs: file('cube.npy') }), /two-dimensional/],
  ['NaN in inputs', curvature({ inputs: file('nan.npy') }), /nan\.npy: element \[1, 1\] is NaN/],
  [
    'other number of features',
    curvature({ inputs: file('wide.npy') }),
    /wide\.npy has 4 features, the network reads 3/,
  ],
  ['other number of labels', curvature({ labels: file('y3.npy') }), /3 labels, .* 2 examples/],
  ['label too high', curvature({ labels: file('y-high.npy') }), /label 1 is 2; the network has 2 classes/],
  ['negative label', curvature({ labels: file('y-negative.npy') }), /label 1 .*-1/],
  ['labels that are not integers', curvature({ labels: file('y-float.npy') }), /integer/],
  ['text as parameters', curvature({ params: file('text.st') }), /text\.st: safetensors/],
  ['truncated parameters', curvature({ params: file('cut.st') }), /cut\.st: safetensors: truncated/],
  ['hostile header', curvature({ params: file('hostile.st') }), /hostile\.st: safetensors: header of/],
  ['NaN in parameters', curvature({ params: file('nan.st') }), /nan\.st: .*0\.weight.*NaN/],
  ['a single output', curvature({ params: file('one-output.st') }), /at least two classes/],
  ['missing output folder', curvature({ out: file('nowhere/C.npy') }), /folder .*nowhere does not exist/],
  ['folder as output', curvature({ out }), /not a regular file/],
  ['device as output', curvature({ out: '/dev/full' }), /not a regular file/],
  ['samples 0', curvature({ fisher: 'mc', samples: '0' }), /--samples.*Expected an integer/],
  [
    'eps and damping',
    influence({ eps: '1e-3', damping: '0.1' }),
    /'--damping <λ>' cannot be used with option '--eps/,
  ],
  [
    'negative and damping',
    influence({ negative: 'drop', damping: '0.1' }),
    /cannot be used with option '--negative/,
  ],
  ['negative damping', influence({ damping: '-1' }), /Expected a number ≥ 0/],
  ['eps that is no number', influence({ eps: '1e-4x' }), /Expected a number ≥ 0/],
  ['infinite eps', influence({ eps: 'Infinity' }), /Expected a number ≥ 0/],
  ['singular inverse', influence({ damping: '0' }), /singular .* larger damping/],
  ['query of other width', influence({ 'query-inputs': file('wide.npy') }), /wide\.npy has 4 features/],
  ['query label too high', influence({ 'query-labels': file('y-high.npy') }), /y-high\.npy: label 1 is 2/],
  [
    'fisher of hessian scores',
    influence({ method: 'hessian', fisher: 'mc' }),
    /--fisher does not apply to hessian/,
  ],
  [
    'a cut without eigenvalues',
    influence({ method: 'grad-dot', eps: '1e-4' }),
    /--eps does not apply to grad-dot/,
  ],
  ['a seed of no stream', influence({ seed: '1' }), /--seed has no effect without --fisher mc/],
  [
    'threads without chains',
    influence({ workers: '2' }),
    /--workers does not apply to ggn; it belongs to bif/,
  ],
  ['more than a list', [...influence({}), '--list'], /has no effect with --list, which only prints/],
  [
    'an input as self-influence',
    influence({ 'self-influence': file('net.st') }),
    /overwrite the input .* of --params/,
  ],
  [
    'one file for scores and bounds',
    influence({ method: 'cg', bounds: target }),
    /--out and --bounds: two outputs/,
  ],
  ['not square', eigen({ input: file('x.npy') }), /expected a square matrix, got \[2, 3\]/],
  ...['ggn', 'kfac'].map((method): [string, string[], RegExp] => [
    `parameters that overflow: ${method}`,
    curvature({ params: file('huge.st'), method }),
    /finite, but so large [^\n]*: its largest number is 1e\+308, in [^\n]*huge\.st\./,
  ]),
  ...['grad-dot', 'hessian'].map((method): [string, string[], RegExp] => [
    `scores that overflow: ${method}`,
    influence({ params: file('huge.st'), method }),
    /finite, but so large [^\n]*: its largest number is 1e\+308, in [^\n]*huge\.st\./,
  ]),
  [
    'an eigenvalue that overflows',
    eigen({ input: file('overflow.npy') }),
    /finite, but so large [^\n]*element \[0, 0\] of [^\n]*overflow\.npy/,
  ],
  [
    'inputs that overflow',
    influence({ 'train-inputs': file('x-huge.npy'), method: 'grad-dot' }),
    /its largest number is -1e\+308, element \[1, 2\] of [^\n]*x-huge\.npy/,
  ],
  [
    'inputs that overflow, as queries',
    influence({ 'query-inputs': file('x-huge.npy'), method: 'grad-dot' }),
    /its largest number is -1e\+308, element \[1, 2\] of [^\n]*x-huge\.npy/,
  ],
  [
    'inputs that overflow in a curvature',
    curvature({ inputs: file('x-huge.npy'), method: 'ggn' }),
    /its largest number is -1e\+308, element \[1, 2\] of [^\n]*x-huge\.npy/,
  ],
  [
    'a name with control characters',
    curvature({ inputs: file('no\u001b[31m\nfile.npy') }),
    /no \[31m file\.npy: no such/,
  ],
  ['not symmetric', eigen({}), /not symmetric: element \[1, 0\] is 3, \[0, 1\] is 2/],
  [
    'one file for both outputs',
    eigen({ input: file('symmetric.npy'), vectors: target }),
    /two outputs have the same path/,
  ],
  ['depth that is no integer', train({ depth: '1.5' }), /Expected an integer in 0\.\.1000/],
  ['momentum 1', train({ momentum: '1' }), /a number ≥ 0 and < 1/],
  ['epochs without end', train({ epochs: '1000000000' }), /--epochs.*Expected an integer in 1\.\.10000000/],
  [
    'a month of epochs',
    train({ epochs: '10000000', models: '10000' }),
    /steps would take [\d.]+ h or more: choose fewer/,
  ],
  ['a million models', train({ models: '1000000' }), /Expected an integer in 1\.\.10000/],
  [
    'a network without memory',
    train({ width: '100000', depth: '1000' }),
    /parameters would need [\d,]+ GB of memory, and this/,
  ],
  [
    'draws without end',
    influence({ method: 'bif', draws: '1000000000' }),
    /Expected an integer in 4\.\.1000000/,
  ],
  ['a width of no layer', train({ depth: '0', width: '3' }), /--width has no effect with --depth 0/],
  [
    'the labels as output',
    train({ out: file('y.npy') }),
    /--out would overwrite the input .*y\.npy of --labels/,
  ],
  [
    'a list of checkpoints as output',
    train({ out: path.join(out, 'trajectory.json'), checkpoints: out }),
    /is the name of a file of --checkpoints/,
  ],
  ['checkpoints in a file', train({ checkpoints: file('x.npy') }), /x\.npy is not a folder/],
  [
    'checkpoints where none can be',
    train({ checkpoints: '/proc/nowhere/run' }),
    /cannot make the folder|cannot write/,
  ],
  [
    'a bad network file and new checkpoints',
    train({ labels: file('y3.npy'), checkpoints: path.join(out, 'a/b') }),
    /3 labels/,
  ],
  ['inputs without labels', train({ labels: undefined }), /--inputs and --labels go together/],
  ['a single class', train({ labels: file('y-zero.npy') }), /at least two classes/],
  ['batch larger than the data', train({ batch: '3' }), /--batch 3 is larger than the 2 training examples/],
  ['setting of another form', reproduce({ setting: 'deep' }), /expected d\{depth\}-w\{width\}-e\{epochs\}/],
  ['setting twice', reproduce({ setting: 'd1-w2-e1,d1-w2-e1' }), /named twice/],
  ['unknown profile', reproduce({ profile: 'huge' }), /Allowed choices are quick, paper, smoke/],
  ['one subset', reproduce({ subsets: '1' }), /Expected an integer in 2\.\./],
  ['no base models', reproduce({ models: '0' }), /Expected an integer in 1\.\./],
  ['no time', reproduce({ 'time-budget': '0' }), /Expected a number > 0/],
  [
    'more retrainings than can be',
    reproduce({ subsets: '1000000', seeds: '1000000' }),
    /1000000 × 1000000 retrainings of one setting are more than 1,000,000/,
  ],
  [
    'more threads than memory',
    reproduce({ workers: '1024' }),
    /--workers 1024 would need 153\.6 GB of memory/,
  ],
  [
    'a curvature without memory',
    reproduce({ setting: 'd1-w30000-e1' }),
    /a curvature of d1-w30000-e1 would need [\d,]+ GB/,
  ],
  [
    'a run of years',
    reproduce({ setting: 'd1-w3-e9999999', subsets: '1000', seeds: '1000' }),
    /this run, with \d+ workers, would take .* (days|years)/,
  ],
  [
    'retrainings for a study that is without end',
    [
      'study',
      '--profile',
      'smoke',
      '--setting',
      'd1-w3-e3',
      '--training',
      'm0',
      '--training-subsets',
      '1000000',
      '--out',
      path.join(out, 'runs'),
    ],
    /1000000 × 4 retrainings/,
  ],
  [
    'bif without end',
    ['bif', '--profile', 'smoke', '--subsets', '1000000', '--repeats', '9', '--out', path.join(out, 'runs')],
    /1000000 × 9 retrainings/,
  ],
  [
    'methods without end',
    ['methods', '--profile', 'smoke', '--seeds', '1000000', '--out', path.join(out, 'runs')],
    /6 × 1000000 retrainings/,
  ],
  [
    'astra without end',
    ['astra', '--subsets', '1000000', '--out', path.join(out, 'runs')],
    /1000000 × \d+ retrainings/,
  ],
  [
    'bif whose cells together are without end',
    ['bif', '--subsets', '1000000', ...runs],
    /1000000 × 1 retrainings of each of 20 settings are more than 1,000,000: give fewer --subsets or --repeats/,
  ],
  [
    'the same with a time budget, which ends no listing',
    ['bif', '--profile', 'smoke', '--subsets', '200000', '--time-budget', '1', ...runs],
    /200000 × 2 retrainings of each of 4 settings are more than/,
  ],
  [
    'methods whose settings together are without end',
    ['methods', '--setting', 'd1-w3-e3,d1-w2-e3', '--subsets', '1000', '--seeds', '1000', ...runs],
    /1000 × 1000 retrainings of each of 2 settings are more than/,
  ],
  [
    'years of retrainings of a study',
    [
      ...['study', '--setting', 'd1-w3-e9999999', '--training', 'm0', ...runs],
      ...['--training-subsets', '1000', '--training-seeds', '1000'],
    ],
    /1 × 1000000 retrainings, with \d+ workers, would take/,
  ],
  [
    'years of retrainings of astra',
    [
      ...['astra', '--profile', 'full', '--setting', 'fashion-mnist', ...runs],
      ...['--subsets', '1000', '--seeds', '1000', '--workers', '1'],
    ],
    /these trainings, with 1 workers, would take/,
  ],
  [
    'years of retrainings of methods',
    ['methods', '--setting', 'd1-w3-e9999999', '--subsets', '1000', '--seeds', '1000', ...runs],
    /1 × 1000000 retrainings, with \d+ workers, would take/,
  ],
  [
    'solves without end',
    influence({ method: 'astra', iterations: '1000000', repeats: '1000000' }),
    /1000000 × 1000000 iterations would take [^\n]* or more: give fewer --iterations or --repeats/,
  ],
  [
    'chains without end',
    influence({ method: 'bif', chains: '1000000', draws: '1000000' }),
    /1000000 chains of 0 \+ 1000000 steps would take [^\n]* or more: give fewer --chains/,
  ],
  [
    'a decay after the end',
    influence({ method: 'astra', iterations: '50', decay: '0.5/50' }),
    /--decay: the first of its steps comes after 50 iterations, and --iterations is 50/,
  ],
  [
    'one network twice',
    [...influence({ method: 'grad-dot' }), '--params', `${folder}/./net.st`],
    /--params: [^\n]*net\.st is named twice/,
  ],
  [
    'one damping twice, in two spellings',
    [...['beyond', '--profile', 'smoke', '--setting', 'd1-w3-e3', '--damping', '1e-3', '0.001'], ...runs],
    /--damping: 0\.001 is named twice/,
  ],
  [
    'a method twice',
    ['methods', '--profile', 'smoke', '--method', 'ggn', 'ggn', ...runs],
    /--method: ggn is named/,
  ],
  [
    'a setting twice for methods',
    ['methods', '--setting', 'd1-w3-e3', 'd1-w3-e3', ...runs],
    /is named twice/,
  ],
  [
    'more queries than there are',
    ['astra', '--queries', '104', ...runs],
    /--queries 104 is more than the 103 queries of concrete/,
  ],
  [
    'nothing to compare',
    ['beyond', '--profile', 'smoke', '--setting', 'd1-w3-e3', '--out', path.join(out, 'runs')],
    /no retrainings of d1-w3-e3 are stored/,
  ],
  [
    'nothing to study',
    ['study', '--profile', 'smoke', '--setting', 'd1-w3-e3', '--out', path.join(out, 'runs')],
    /no retrainings of d1-w3-e3 are stored/,
  ],
  [
    'retrainings that are elsewhere',
    ['methods', '--profile', 'smoke', '--retrainings', file('nowhere'), '--out', path.join(out, 'runs')],
    /--retrainings: .*nowhere holds no retrainings/,
  ],
  [
    'slow models beyond the models',
    ['methods', '--profile', 'smoke', '--slow-models', '9', '--out', path.join(out, 'runs')],
    /--slow-models 9 is more than the 2 of --models/,
  ],
  [
    'images for a table',
    ['astra', '--data', file('folder'), '--out', path.join(out, 'runs')],
    /--data does not apply to concrete/,
  ],
  [
    'images that are not there',
    ['astra', '--setting', 'fashion-mnist', '--data', file('folder'), '--out', path.join(out, 'runs')],
    /folder/,
  ],
  [
    'a convention that is none',
    reproduce({ setting: 'd1-w2-e1-magic' }),
    /"magic" is no convention here: expected m\{momentum\}, unit/,
  ],
  ['conventions in another order', reproduce({ setting: 'd1-w2-e1-drop-m0' }), /are written "m0-drop"/],
  ['no workers', reproduce({ workers: '0' }), /Expected an integer in 1\.\./],
  ['file as folder', reproduce({ out: file('x.npy') }), /x\.npy/],
  ['folder that cannot be made', reproduce({ out: '/proc/nowhere' }), /cannot make the folder/],
  ['scores of another shape', evaluate({}), /is \[2, 3\], expected \[180, 1617\]/],
];

describe('one line, an exit code, nothing written', () => {
  for (const [name, argv, message] of cases)
    test(name, async () => {
      const { code, stdout, stderr } = await command(...argv);
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^eigenfluence: [^\n]+\n$/);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/internal error/);
      expect(readdirSync(out)).toEqual([]);
    });

  test('a results.json of another kind is refused by name, and nothing is made beside it', async () => {
    const runs = file('foreign');
    mkdirSync(runs);
    writeFileSync(path.join(runs, 'results.json'), '{"format":"eigenfluence results 0"}');
    const { code, stderr } = await command('reproduce', '--profile', 'smoke', '--out', runs);
    expect(code).toBe(1);
    expect(stderr).toMatch(/results\.json is of the format "eigenfluence results 0", expected/);
    expect(readdirSync(runs)).toEqual(['results.json']);
    expect(readFileSync(path.join(runs, 'results.json'), 'utf8')).toContain('results 0');
  });
});

test('a plan is made at once, whatever is asked for', async () => {
  const run = await command('reproduce', '--profile', 'smoke', '--plan', '--subsets', '1000000', '--seeds', '1000000', '--json', '--out', path.join(out, 'none')); // biome-ignore format: one line
  expect([run.code, run.stderr]).toEqual([0, '']);
  const { settings } = JSON.parse(run.stdout) as { settings: Record<string, { retrainings: object }> };
  expect(settings['d1-w3-e3'].retrainings).toEqual({ total: 1e12, stored: 0 });
  expect(readdirSync(out)).toEqual([]);
});

test('--help goes to stdout and is no failure', async () => {
  for (const argv of [['--help'], ['influence', '--help']]) {
    const { code, stdout, stderr } = await command(...argv);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: eigenfluence');
  }
});
