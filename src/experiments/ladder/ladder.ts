/** @file The ladder as an experiment: retrainings, chosen runs, predictions of every rung, judgements, then ladder.json, figures and a page. */
import type { Experiment } from '../engine/experiment.ts';
import { ShareEnd } from '../engine/share.ts';
import { publishSupplement } from '../pages/publish.ts';
import { isRetraining, retrainingOf } from '../protocol/shared-jobs.ts';
import { assembleLadder } from './assemble-ladder.ts';
import type { LadderJob } from './jobs.ts';
import { ladderFigures } from './ladder-figure.ts';
import { ladderPage } from './ladder-page.ts';
import type { LadderRequest } from './ladder-request.ts';
import { LADDER_FILE, type LadderResults } from './ladder-results.ts';
import { ladderCsv } from './ladder-table.ts';
import { LADDER_VERSIONS, storedUnder } from './ladder-task.ts';
import {
  archivesOf,
  computePredictions,
  judgedRungs,
  judgements,
  type LadderCase,
  prepareCases,
  runSources,
} from './ladder-work.ts';

export const LADDER_EXPERIMENT: Experiment<
  LadderRequest,
  LadderJob,
  undefined,
  readonly LadderCase[],
  LadderResults
> = {
  name: 'ladder',
  versions: LADDER_VERSIONS,
  compute: new URL('./compute.ts', import.meta.url),
  task: storedUnder,
  finishes: isRetraining,
  retraining: retrainingOf,
  retrainings: ({ retrainings }) => (retrainings === undefined ? undefined : archivesOf(retrainings)),
  async plan(request, laboratory) {
    const cases = await prepareCases(request, laboratory);
    await computePredictions(cases, request, laboratory);
    if (laboratory.share !== undefined) throw new ShareEnd(); // nothing can be judged by a part of the retrainings
    const { store } = laboratory;
    const jobs = cases.flatMap((of) =>
      judgements(of, judgedRungs(of, request, store), runSources(of.setting, request, store), request, store),
    );
    await laboratory.finish(
      { name: 'judging' },
      jobs.map((job) => ({ job })),
    );
    return cases;
  },
  assemble: (cases, { store }, request) => assembleLadder(cases, request, store),
  pages: (results, { out, command }) =>
    publishSupplement(out, {
      figures: ladderFigures(results),
      tables: new Map([
        ['ladder.csv', ladderCsv(results)],
        ['ladder.md', ladderPage(results, command)],
      ]),
      file: LADDER_FILE,
      value: results,
    }),
};
