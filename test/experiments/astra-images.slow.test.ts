/** @file The ASTRA experiment on images, from IDX files: solves go through the library, in blocks of queries. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scoreJobs } from '../../src/experiments/astra/jobs.ts';
import { ASTRA_EXPERIMENT } from '../../src/experiments/astra/run-astra.ts';
import type { AstraSetting } from '../../src/experiments/astra/setting.ts';
import { runExperiment } from '../../src/experiments/engine/experiment.ts';
import { silentProgress } from '../../src/experiments/engine/progress.ts';
import { patience } from '../helpers/patience.ts';
import { TINY } from './astra-setting.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SAMPLE = fileURLToPath(new URL('../../data/fashion-mnist-sample', import.meta.url));

const IMAGES: AstraSetting = {
  ...TINY,
  name: 'fashion-mnist',
  draw: { dataset: 'fashion-mnist', train: 40, queries: 12, seed: 1 },
  sizes: [784, 5, 4, 10],
  loss: 'cross-entropy',
  measurement: 'margin',
  solver: { ...TINY.solver, iterations: 4, neumannIterations: 5 },
};

test(
  'a run on images: blocks of queries, margins, accuracies, no studies',
  async () => {
    const folder = temporaryFolder();
    const results = await runExperiment(
      ASTRA_EXPERIMENT,
      {
        cases: [{ setting: IMAGES, size: { subsets: 4, seeds: 1, models: 1, queries: 11, dear: true } }],
        workers: 2,
        out: folder,
        data: SAMPLE,
        command: 'astra',
      },
      silentProgress(),
    );
    const [{ entries, convergence, ablation, damping, fit, queries }] = results.settings;
    expect(entries.map(({ method }) => method)).toEqual([
      'grad-dot',
      'ekfac',
      'ekfac-type-2',
      'astra',
      'astra-auto',
      'lissa',
      'tracin',
      'trak',
      'source',
    ]);
    expect([convergence.length, ablation, damping, queries]).toEqual([0, null, null, 11]);
    expect(fit['queryAccuracy']).toSatisfy((x: number) => x >= 0 && x <= 1);
    const blocks = scoreJobs(IMAGES, { method: 'astra', damping: 0.05 }, 0, 11);
    expect(blocks.map((job) => ('start' in job ? [job.start, job.end] : []))).toEqual([
      [0, 10],
      [10, 11],
    ]);
  },
  patience(120),
);
