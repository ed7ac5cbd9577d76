/** @file What the page computes is what the command line computes: same parameters, same scores, to the bit; files are read as they say. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { functionName } from '../../../src/autodiff/functions.ts';
import { lossOf } from '../../../src/experiments/audit/network.ts';
import { commandFiles, exactScores } from '../../../src/experiments/explorer/core/archive.ts';
import type { Control } from '../../../src/experiments/explorer/core/control.ts';
import { digitsExamples } from '../../../src/experiments/explorer/core/digits-examples.ts';
import {
  bankJobs,
  bankOf,
  ceilingOf,
  ldsOf,
  Retrainer,
} from '../../../src/experiments/explorer/core/retraining.ts';
import type { RuleChoice, Rung } from '../../../src/experiments/explorer/core/rungs.ts';
import { Session } from '../../../src/experiments/explorer/core/session.ts';
import { splitSets } from '../../../src/experiments/explorer/core/sets.ts';
import { DEFAULT_SETTINGS, trainFlags } from '../../../src/experiments/explorer/core/settings.ts';
import { tableExamples } from '../../../src/experiments/explorer/core/table-examples.ts';
import { prepareDigits } from '../../../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../../../src/experiments/protocol/profile.ts';
import type { Measurement } from '../../../src/influence/index.ts';
import { readNpy, readSafetensors } from '../../../src/linalg/io/index.ts';
import { ROOT } from '../../helpers/sources.ts';
import { command } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const QUIET: Control = { signal: new AbortController().signal, progress: () => {} };
const DIGITS = gunzipSync(readFileSync(path.join(ROOT, 'data/digits.csv.gz')));
const folder = temporaryFolder();

/** Sepal-like measurements with a text and a missing cell, and a number that depends on them. */
const TABLE = [
  'length,colour,width,price',
  ...Array.from({ length: 60 }, (_, i) => {
    const [a, b] = [Math.sin(i), Math.cos(2 * i)];
    return `${a.toFixed(3)},${i % 3 === 0 ? 'red' : 'blue'},${i === 7 ? '' : b.toFixed(3)},${(2 * a - b).toFixed(3)}`;
  }),
].join('\n');

test('Digits are split and scaled as by train', () => {
  const { data } = settingConfig(PROFILES.quick, 'd1-w16-e100', 0);
  const theirs = prepareDigits(data);
  const ours = splitSets(digitsExamples(DIGITS));
  expect(ours.train).toEqual(theirs.train);
  expect(ours.query).toEqual(theirs.query);
  expect(ours.positions).toEqual(theirs.split);
});

test('the network of the page is that of train, to the bit', async () => {
  const settings = { ...DEFAULT_SETTINGS, width: 4, epochs: 3, seed: 7 };
  const session = new Session(splitSets(digitsExamples(DIGITS)), settings);
  session.train(QUIET);
  const file = path.join(folder, 'theirs.safetensors');
  const { code } = await command('train', ...trainFlags(settings, session.sets).split(' '), '--out', file);
  expect(code).toBe(0);
  const theirs = readSafetensors(readFileSync(file));
  const files = commandFiles(session, 'grad-dot', { kind: 'damped', value: 'auto' }, 'loss');
  const ours = readSafetensors(files['net.safetensors']);
  expect([...ours.keys()]).toEqual([...theirs.keys()]);
  for (const [name, { data }] of theirs) expect(ours.get(name)?.data).toEqual(data);
});

test('a network on numbers is that of train on the files beside it, and trained by the loss of audit', async () => {
  const settings = { ...DEFAULT_SETTINGS, width: 4, epochs: 5, seed: 3 };
  const examples = tableExamples({ name: 'numbers', bytes: new TextEncoder().encode(TABLE) });
  const session = new Session(splitSets(examples), settings);
  expect(session.train(QUIET).loss).toBe(functionName(lossOf(0)));
  expect(functionName(lossOf(0))).toBe('huber(1)');
  const files = commandFiles(session, 'grad-dot', { kind: 'damped', value: 'auto' }, 'loss');
  const at = (name: string): string => path.join(folder, name);
  for (const name of ['train-inputs.npy', 'train-targets.npy']) writeFileSync(at(name), files[name]);
  const flags = trainFlags(settings, session.sets).split(' ');
  const { code, stderr } = await command('train', '--inputs', at('train-inputs.npy'), '--targets', at('train-targets.npy'), ...flags, '--out', at('numbers.safetensors')); // biome-ignore format: one call
  expect(code, stderr).toBe(0);
  const theirs = readSafetensors(readFileSync(at('numbers.safetensors')));
  const ours = readSafetensors(files['net.safetensors']);
  expect([...ours.keys()]).toEqual([...theirs.keys()]);
  for (const [name, { data }] of theirs) expect(ours.get(name)?.data).toEqual(data);
});

describe('scores are those of influence, to the bit', () => {
  const sessions = new Map<string, Session>();
  beforeAll(() => {
    const small = { ...DEFAULT_SETTINGS, width: 3, epochs: 4 };
    const classes = TABLE.replace(/[^,\n]+$/gm, (cell) => (Number(cell) > 0 ? 'dear' : 'cheap'));
    for (const [name, text] of [
      ['classes', classes.replace(/^.*/, 'length,colour,width,kind')],
      ['numbers', TABLE],
    ]) {
      const session = new Session(
        splitSets(tableExamples({ name, bytes: new TextEncoder().encode(text) })),
        small,
      );
      session.train(QUIET);
      sessions.set(name, session);
    }
  });

  const cases: [string, Rung, RuleChoice, Measurement][] = [
    ['classes', 'hessian', { kind: 'damped', value: 'auto' }, 'loss'],
    ['classes', 'hessian', { kind: 'absolute', value: 0.003 }, 'margin'],
    ['classes', 'ggn', { kind: 'truncated', value: 1e-3 }, 'loss'],
    ['classes', 'block-ggn', { kind: 'damped', value: 0.02 }, 'loss'],
    ['classes', 'grad-dot', { kind: 'damped', value: 'auto' }, 'loss'],
    ['numbers', 'ekfac', { kind: 'damped', value: 'auto' }, 'loss'],
    ['numbers', 'kfac', { kind: 'truncated', value: 1e-4 }, 'absolute-error'],
  ];
  test.each(cases)('%s by %s, %o, %s', async (name, rung, rule, measurement) => {
    const session = sessions.get(name) as Session;
    const files = commandFiles(session, rung, rule, measurement);
    for (const [file, bytes] of Object.entries(files)) writeFileSync(path.join(folder, file), bytes);
    const told = new TextDecoder().decode(files['README.txt']);
    const [, words] = /^npx eigenfluence (influence .*)$/m.exec(told) as RegExpExecArray;
    const args = words
      .split(' ')
      .map((word) => (/\.(npy|safetensors)$/.test(word) ? path.join(folder, word) : word));
    const { code, stderr } = await command(...args);
    expect([code, stderr]).toEqual([0, '']);
    const theirs = readNpy(readFileSync(path.join(folder, 'again.npy')));
    const { scores } = exactScores(session, rung, rule, measurement);
    expect([scores.rows, scores.cols]).toEqual(theirs.shape);
    expect(scores.data).toEqual(theirs.data);
    const query = 2;
    const shown = session.scores(query, rung, rule, measurement).scores;
    const row = theirs.data.slice(query * scores.cols, (query + 1) * scores.cols) as Float64Array;
    // a truncated rule of a dense curvature finds fewer vectors there: the same digits as printed, other last bits
    if (rule.kind === 'truncated' && rung === 'ggn')
      expect(Array.from(shown, (s) => s.toPrecision(6))).toEqual(Array.from(row, (s) => s.toPrecision(6)));
    else expect(shown).toEqual(row);
  });

  test('the LDS of a rung, its interval and the ceiling are those of retrain, to the last digit', async () => {
    const session = sessions.get('classes') as Session;
    const { sets, settings } = session;
    const rule = { kind: 'damped', value: 'auto' } as const;
    const files = commandFiles(session, 'ekfac', rule, 'loss');
    for (const [file, bytes] of Object.entries(files)) writeFileSync(path.join(folder, file), bytes);
    const told = new TextDecoder().decode(files['README.txt']);
    const [, words] = /^npx eigenfluence (retrain .*)$/m.exec(told) as RegExpExecArray;
    const args = words
      .split(' ')
      .map((word) => (/\.(npy|safetensors)$|^bank$/.test(word) ? path.join(folder, word) : word));
    const { stdout } = await command(...args, '--workers', '1', '--json');
    const theirs = JSON.parse(stdout) as { ceiling: number; scores: { lds: number; ci: [number, number] }[] };
    const plan = { subsets: 20, seeds: 2 };
    const n = sets.train.inputs.rows;
    const jobs = bankJobs(plan, settings, n);
    const retrainer = new Retrainer(sets, settings);
    const outcomes = jobs.map(({ job }) => retrainer.run(job));
    const bank = bankOf(plan, settings, n, jobs, outcomes);
    const { mean, interval } = ldsOf(exactScores(session, 'ekfac', rule, 'loss').scores, bank, 'loss');
    expect([mean, interval]).toEqual([theirs.scores[0].lds, theirs.scores[0].ci]);
    expect(ceilingOf(bank, 'loss')).toBe(theirs.ceiling);
  });
});
