/** @file Everything that a run leaves for people and programs, written from stored work. */
import path from 'node:path';
import { kernelTier } from '../../../linalg/index.ts';
import { FIGURES, REPORT, RESULTS, TABLES } from '../../engine/folders.ts';
import { type FileContent, writeFiles } from '../../files/atomic-write.ts';
import { textFiles } from '../../files/text-files.ts';
import { machine, versions } from '../../judging/versions.ts';
import { renderReport } from '../report/report.ts';
import { readSupplements } from '../report/supplements.ts';
import { settingView } from '../report/view.ts';
import type { SettingData } from '../reproduce/compute-setting.ts';
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

/** Writes everything or nothing, results.json last: when it is there, everything it speaks of is. */
export async function publish({ out, seed, computed, incomplete, notify }: Publication): Promise<RunOutcome> {
  const assembled = computed.map(assembleSetting);
  const results = new Map(computed.map(({ setting }, k) => [setting.name, assembled[k]]));
  const table = Object.fromEntries(results);
  const head: ResultsHead = {
    format: RESULTS_FORMAT,
    versions: versions(),
    machine: machine(),
    seed,
    kernelTier: kernelTier(),
    intervals: 'subsets',
    ...(incomplete.size === 0 ? {} : { incomplete: Object.fromEntries(incomplete) }),
  };
  const files = new Map<string, FileContent>(); // several settings have the same data
  const add = (some: readonly FileContent[]): void => {
    for (const file of some) files.set(file.path, file);
  };
  for (const data of computed) {
    add(exportData(out, data.setting));
    add(exportSetting(out, data));
  }
  const digest = resultsDigest(seed, table);
  add(textFiles(path.join(out, TABLES), resultTables(table)));
  const report = path.join(out, REPORT);
  if (computed.length > 0) {
    const views = computed.map((data, k) => settingView(data, assembled[k]));
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
  const file = path.join(out, RESULTS);
  add(textFiles(out, new Map([[RESULTS, `${JSON.stringify(resultsFile(head, table), null, 2)}\n`]])));
  writeFiles([...files.values()], 'make');
  return { results, incomplete, digest, resultsFile: file, reportFile: report };
}
