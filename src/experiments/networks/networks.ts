/** @file The ladder beyond perceptrons as an experiment: network after network, then networks.json, figures, arrays and a page. */
import type { Experiment } from '../engine/experiment.ts';
import { ShareEnd } from '../engine/share.ts';
import { writeFiles } from '../files/atomic-write.ts';
import { CommandError } from '../files/command-error.ts';
import { publishSupplement } from '../pages/publish.ts';
import { dataHash } from '../protocol/network-setting.ts';
import { networkSeries } from '../protocol/network-trainings.ts';
import { loggedSeries } from '../protocol/retraining-series.ts';
import { type Assembled, assembleNetworks } from './assemble-networks.ts';
import { exportArrays } from './export-arrays.ts';
import type { NetworksJob } from './jobs.ts';
import { NETWORKS_VERSIONS, storedUnder } from './network-tasks.ts';
import { networksFigures } from './networks-figure.ts';
import { networksPage } from './networks-page.ts';
import type { NetworksRequest } from './networks-request.ts';
import { NETWORKS_FILE } from './networks-results.ts';
import { networksCsv } from './networks-table.ts';
import { type ChosenCase, computeNetwork, judgeNetwork } from './networks-work.ts';

export const NETWORKS_EXPERIMENT: Experiment<
  NetworksRequest,
  NetworksJob,
  undefined,
  readonly ChosenCase[],
  Assembled
> = {
  name: 'networks',
  versions: NETWORKS_VERSIONS,
  compute: new URL('./compute.ts', import.meta.url),
  task: storedUnder,
  finishes: ({ kind }) => kind === 'retraining',
  retraining: (job) =>
    job.kind === 'retraining'
      ? { series: loggedSeries(networkSeries(job.setting)), subset: job.subset, seed: job.seed }
      : undefined,
  check({ cases, exported }) {
    if (exported !== undefined && !cases.some(({ setting }) => setting.name === exported))
      throw new CommandError(
        `--export: expected one of ${cases.map(({ setting }) => setting.name).join(', ')}, got ${JSON.stringify(exported)}.`,
      );
    for (const { setting } of cases) dataHash(setting); // data that are not there are missed before anything is computed
  },
  async plan({ cases }, laboratory) {
    const done: ChosenCase[] = [];
    for (const of of cases) await computeNetwork(of, laboratory);
    if (laboratory.share !== undefined) throw new ShareEnd(); // nothing can be judged by a part of the retrainings
    for (const of of cases) done.push(await judgeNetwork(of, laboratory));
    return done;
  },
  assemble(cases, { store, folders }, { out, exported, earlier }) {
    const whole = cases.find(({ setting }) => setting.name === exported);
    if (whole !== undefined) writeFiles(exportArrays(whole, store, out), 'make');
    return assembleNetworks(cases, store, folders.retrainings, earlier);
  },
  pages: ({ results, claims }, { out, command }) =>
    publishSupplement(out, {
      figures: networksFigures(results),
      tables: new Map([
        ['networks.csv', networksCsv(results)],
        ['networks.md', networksPage(results, claims, command)],
      ]),
      file: NETWORKS_FILE,
      value: results,
    }),
};
