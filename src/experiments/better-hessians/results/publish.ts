/** @file Everything that a run leaves for people and programs, written from stored work. */
import path from 'node:path';
import { FIGURES, NETWORKS, REPORT, RESULTS, TABLES } from '../../engine/folders.ts';
import { type FileContent, writeFiles } from '../../files/atomic-write.ts';
import { textFiles } from '../../files/text-files.ts';
import { machine, making } from '../../judging/versions.ts';
import { renderReport } from '../report/report.ts';
import { readSupplements } from '../report/supplements.ts';
import { keptView, settingView } from '../report/view.ts';
import type { SettingData } from '../reproduce/compute-setting.ts';
import { REPRODUCE_VERSIONS } from '../reproduce/reproduce-tasks.ts';
import { assembleSetting } from './assemble.ts';
import { exportData, exportSetting } from './export-arrays.ts';
import type { KeptSettings } from './kept.ts';
import { networksPage } from './networks-page.ts';
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
  /** Settings of an earlier file that stand as they are: none of their work is stored here. */
  readonly kept?: KeptSettings | undefined;
  /** The first settings, in this order; others follow by name. */
  readonly order: readonly string[];
  /** Told in one line about each file that the report leaves out. */
  readonly notify: (line: string) => void;
}

/** The results of a run, to be written by {@link publish}. */
export function assembleRun(publication: Publication): RunOutcome {
  const { out, seed, computed, incomplete, kept, order } = publication;
  const own = new Map(computed.map((data) => [data.setting.name, assembleSetting(data)]));
  const others = [...(kept?.settings ?? [])].filter(([name]) => !own.has(name));
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  const results = new Map(
    [...own, ...others].sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : a === b ? 0 : 1)),
  );
  const { versions, ...made } = making('subsets', REPRODUCE_VERSIONS);
  const head: ResultsHead = {
    format: RESULTS_FORMAT,
    versions,
    machine: machine(),
    seed,
    ...made,
    ...(incomplete.size === 0 ? {} : { incomplete: Object.fromEntries(incomplete) }),
    ...(kept === undefined || others.length === 0
      ? {}
      : { kept: Object.fromEntries(others.map(([name]) => [name, kept.digest])) }),
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
  const page = networksPage(table);
  if (page !== undefined) add(textFiles(out, new Map([[NETWORKS, page]])));
  if (results.size > 0) {
    const stored = new Map(computed.map((data) => [data.setting.name, data]));
    const views = [...results].map(([name, entry]) => {
      const data = stored.get(name);
      return data === undefined ? keptView(name, entry) : settingView(data, entry);
    });
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
