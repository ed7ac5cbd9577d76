/** @file Bayesian influence token by token as an experiment: networks, chains, retrainings, then tokens.json, figures and a page. */
import type { Experiment, Request } from '../engine/experiment.ts';
import type { Laboratory } from '../engine/laboratory.ts';
import { ShareEnd } from '../engine/share.ts';
import { publishSupplement } from '../pages/publish.ts';
import { dataHash, type NetworkSetting } from '../protocol/network-setting.ts';
import { networkSeries } from '../protocol/network-trainings.ts';
import { loggedSeries, missingRetrainings, openSeries } from '../protocol/retraining-series.ts';
import { firstModels } from '../protocol/run-size.ts';
import { type AssembledTokens, assembleTokens } from './assemble-tokens.ts';
import { storedUnder, type TokensJob } from './jobs.ts';
import { TOKENS_VERSIONS } from './token-tasks.ts';
import { tokensFigures } from './tokens-figures.ts';
import { tokensPage } from './tokens-page.ts';
import type { TokensProfile } from './tokens-profile.ts';
import { TOKENS_FILE } from './tokens-results.ts';
import { tokensCsv } from './tokens-table.ts';

/** What to run, and where. */
export interface TokensRequest extends Request {
  readonly profile: TokensProfile;
  readonly setting: NetworkSetting;
  /** The command line, for the page. */
  readonly command: string;
}

export const TOKENS_EXPERIMENT: Experiment<TokensRequest, TokensJob, undefined, undefined, AssembledTokens> =
  {
    name: 'tokens',
    versions: TOKENS_VERSIONS,
    compute: new URL('./compute.ts', import.meta.url),
    task: storedUnder,
    finishes: ({ kind }) => kind === 'retraining',
    retraining: (job) =>
      job.kind === 'retraining'
        ? { series: loggedSeries(networkSeries(job.setting)), subset: job.subset, seed: job.seed }
        : undefined,
    check: ({ setting }) => {
      dataHash(setting); // a text that is not there is missed before anything is computed
    },
    async plan({ profile, setting }, laboratory) {
      await computeTokens(profile, setting, laboratory);
      if (laboratory.share !== undefined) throw new ShareEnd(); // nothing can be judged by a part of the retrainings
    },
    assemble: (_, { store, folders }, { profile, setting }) =>
      assembleTokens(profile, setting, store, folders.retrainings),
    pages: ({ results, claims }, { out, command }) =>
      publishSupplement(out, {
        figures: tokensFigures(results),
        tables: new Map([
          ['tokens.csv', tokensCsv(results)],
          ['tokens.md', tokensPage(results, claims, command)],
        ]),
        file: TOKENS_FILE,
        value: results,
      }),
  };

async function computeTokens(
  { size, samplers, length }: TokensProfile,
  setting: NetworkSetting,
  laboratory: Laboratory<TokensJob, undefined>,
): Promise<void> {
  const { folders, progress } = laboratory;
  const models = firstModels(setting.baseModels);
  await laboratory.finish(
    { name: 'base networks' },
    models.map((model) => ({ job: { kind: 'training', setting, model }, everywhere: true })),
  );
  const archive = openSeries(networkSeries(setting), folders.retrainings, progress.note, true);
  await laboratory.finish(
    { name: 'retrainings' },
    missingRetrainings(archive, size).map((one) => ({ job: { kind: 'retraining', setting, ...one } })),
  );
  await laboratory.finish(
    { name: 'scores', uneven: 'uneven' },
    // all of a network in a row: a worker keeps what its samplers are compared with
    models.flatMap((model) => [
      { job: { kind: 'curvature', setting, model } as const },
      ...samplers.map((variant) => ({ job: { kind: 'sampled', setting, model, variant, length } as const })),
    ]),
  );
}
