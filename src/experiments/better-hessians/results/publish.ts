/** @file Everything that a run leaves for people and programs, written from stored work. */
import path from 'node:path';
import { FIGURES, REPORT, RESULTS, TABLES } from '../../engine/folders.ts';
import { type FileContent, writeFiles } from '../../files/atomic-write.ts';
import { textFiles } from '../../files/text-files.ts';
import { machine, making } from '../../judging/versions.ts';
import { renderReport } from '../report/report.ts';
import { readSupplements } from '../report/supplements.ts';
import { settingView } from '../report/view.ts';
import type { SettingData } from '../reproduce/compute-setting.ts';
import { REPRODUCE_VERSIONS } from '../reproduce/reproduce-tasks.ts';
import { assembleSetting } from './assemble.ts';
import { exportData, exportSetting } from './export-arrays.ts';
import {
  type Incomplete,
  RESULTS_FORMAT,
  type ResultsHead,
  resultsDigest,
  resultsFile,
  type SettingResults,
} from './results.ts';
import { resultTables } from './tables.ts';

export type { Incomplete } from './results.ts';

/** What a run leaves behind. */
export interface RunOutcome {
  /** What it was made from. */
  readonly publication: Publication;
  readonly head: ResultsHead;
  readonly results: ReadonlyMap<string, SettingResults>;
  readonly incomplete: ReadonlyMap<string, Incomplete>;
  readonly digest: string;
  readonly resultsFile: string;
  readonly reportFile: string;
}

/** What to publish. */
export interface Publication {
  readonly out: string;
  readonly seed: number;
  readonly computed: readonly SettingData[];
  readonly incomplete: ReadonlyMap<string, Incomplete>;
  /** Told in one line about each file that the report leaves out. */
  readonly notify: (line: string) => void;
}

/** The results of a run, to be written by {@link publish}. */
export function assembleRun(publication: Publication): RunOutcome {
  const { out, seed, computed, incomplete } = publication;
  const results = new Map(computed.map((data) => [data.setting.name, assembleSetting(data)]));
  const { versions, ...made } = making('subsets', REPRODUCE_VERSIONS);
  const head: ResultsHead = {
    format: RESULTS_FORMAT,
    versions,
    machine: machine(),
    seed,
    ...made,
    ...(incomplete.size === 0 ? {} : { incomplete: Object.fromEntries(incomplete) }),
  };
  return {
    publication,
    head,
    results,
    incomplete,
    digest: resultsDigest(seed, Object.fromEntries(results)),
    resultsFile: path.join(out, RESULTS),
    reportFile: path.join(out, REPORT),
  };
}

/** Writes everything or nothing, results.json last: when it is there, everything it speaks of is. */
export async function publish({ publication, head, results, digest }: RunOutcome): Promise<void> {
  const { out, computed, notify } = publication;
  const table = Object.fromEntries(results);
  const files = new Map<string, FileContent>(); // several settings have the same data
  const add = (some: readonly FileContent[]): void => {
    for (const file of some) files.set(file.path, file);
  };
  for (const data of computed) {
    add(exportData(out, data.setting));
    add(exportSetting(out, data));
  }
  add(textFiles(path.join(out, TABLES), resultTables(table)));
  if (computed.length > 0) {
    const views = computed.map((data) => settingView(data, table[data.setting.name]));
    const rendered = await renderReport({
      head,
      digest,
      settings: views,
      supplements: readSupplements(out, notify),
    });
    const figures = new Map(rendered.figures.map(({ name, svg }) => [`${name}.svg`, svg]));
    add(textFiles(path.join(out, FIGURES), figures));
    add(textFiles(out, new Map([[REPORT, rendered.html]])));
  }
  add(textFiles(out, new Map([[RESULTS, `${JSON.stringify(resultsFile(head, table), null, 2)}\n`]])));
  writeFiles([...files.values()], 'make');
}
