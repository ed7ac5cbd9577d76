/** @file Every JSON file of results/ and bench/results/ passes its schema, and its digest where it carries one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { AUDIT_BENCH } from '../../bench/audit-results.ts';
import { ConvergenceSchema, Float32Schema, RunSchema, SpeedSchema } from '../../bench/result-schemas.ts';
import { ASTRA_RESULTS } from '../../src/experiments/astra/astra-results.ts';
import { BIF_RESULTS_FORMAT } from '../../src/experiments/bayesian/bif-results.ts';
import { BEYOND_FILE } from '../../src/experiments/better-hessians/beyond/beyond.ts';
import { RESULTS_FILE } from '../../src/experiments/better-hessians/results/results.ts';
import { STUDY_FILE } from '../../src/experiments/better-hessians/study/study.ts';
import { readDigested } from '../../src/experiments/files/digested-file.ts';
import { readJson } from '../../src/experiments/files/json.ts';
import { CLAIMS_FILE } from '../../src/experiments/judging/claims-file.ts';
import { LADDER_RESULTS } from '../../src/experiments/ladder/ladder-results.ts';
import { METHODS_RESULTS } from '../../src/experiments/methods/methods.ts';
import { NETWORKS_RESULTS } from '../../src/experiments/networks/networks-results.ts';
import { TOKENS_RESULTS } from '../../src/experiments/tokens/tokens-results.ts';
import { ROOT } from '../helpers/sources.ts';

/** Files that carry a digest of their numbers. */
const DIGESTED: Readonly<Record<string, (file: string) => unknown>> = {
  'results/astra/astra.json': (file) => readDigested(file, ASTRA_RESULTS),
  'results/astra-emoji/astra.json': (file) => readDigested(file, ASTRA_RESULTS),
  'results/audit/audit.json': (file) => readDigested(file, AUDIT_BENCH),
  'results/bif/results.json': (file) => readDigested(file, BIF_RESULTS_FORMAT),
  'results/bif-quick/results.json': (file) => readDigested(file, BIF_RESULTS_FORMAT),
  'results/bif-resnet/results.json': (file) => readDigested(file, BIF_RESULTS_FORMAT),
  'results/ladder/ladder.json': (file) => readDigested(file, LADDER_RESULTS),
  'results/methods/methods.json': (file) => readDigested(file, METHODS_RESULTS),
  'results/networks/networks.json': (file) => readDigested(file, NETWORKS_RESULTS),
  'results/tokens/tokens.json': (file) => readDigested(file, TOKENS_RESULTS),
  'results/paper/beyond.json': (file) => readDigested(file, BEYOND_FILE),
  'results/paper/claims.json': (file) => readDigested(file, CLAIMS_FILE),
  'results/paper/results.json': (file) => readDigested(file, RESULTS_FILE),
  'results/paper/study.json': (file) => readDigested(file, STUDY_FILE),
  'results/quick/results.json': (file) => readDigested(file, RESULTS_FILE),
};

/** Times of a machine, which nothing concludes from. */
const TIMES: Readonly<Record<string, (file: string) => unknown>> = {
  'results/quick/run.json': (file) => readJson(file, RunSchema),
  'bench/results/peers.json': (file) => readJson(file, SpeedSchema),
  'bench/results/ours.json': (file) => readJson(file, SpeedSchema),
  'bench/results/astra-convergence.json': (file) => readJson(file, ConvergenceSchema),
  'bench/results/float32.json': (file) => readJson(file, Float32Schema),
};

const files = ['results', 'bench/results'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/'))),
);

test('no file is without a schema', () => {
  const known = { ...DIGESTED, ...TIMES };
  expect(files.filter((file) => !(file in known))).toEqual([]);
  expect(Object.keys(DIGESTED).filter((file) => !files.includes(file))).toEqual([]);
});

test.each(files)('%s is as its schema says', (file) => {
  const read = DIGESTED[file] ?? TIMES[file];
  expect(read(path.join(ROOT, file))).toBeTypeOf('object');
});

test.each(Object.keys(DIGESTED))('%s: one digit changed is refused', (file) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-edited-'));
  try {
    const edited = path.join(folder, path.basename(file));
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    const at = /"(?:lds|mean|claims|draws)":\s*[^\d]*?[\d.]*?(\d)(?=\D)/.exec(text);
    if (at === null) throw new Error(`no number to change in ${file}`);
    const place = at.index + at[0].length - 1;
    writeFileSync(edited, `${text.slice(0, place)}${(Number(text[place]) + 1) % 10}${text.slice(place + 1)}`);
    expect(() => DIGESTED[file](edited)).toThrow(/it was changed after it was written|expected/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
