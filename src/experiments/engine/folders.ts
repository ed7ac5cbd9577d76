/** @file Where a run keeps what, relative to --out. */
import path from 'node:path';

/** Where results are kept. */
export interface Folders {
  /** Of task results. */
  readonly store: string;
  /** Of the retraining logs of all settings. */
  readonly retrainings: string;
}

/** Of threads that store nothing. */
export const NOWHERE: Folders = { store: '', retrainings: '' };

/** Logs of retrainings, one folder per setting. */
export const RETRAININGS = 'retrainings';
/** Results of tasks. */
export const STORE = 'store';
export const RESULTS = 'results.json';
export const REPORT = 'report.html';
/** What other base networks would say, where several were trained. */
export const NETWORKS = 'networks.md';
/** Figures as .svg files. */
export const FIGURES = 'figures';
/** The numbers of results.json as Markdown and CSV. */
export const TABLES = 'tables';
/** The split: inputs, labels and positions of training and query examples. */
export const DATA = 'data';
/** One folder per setting: parameters, scores, subsets and outcomes, for other programs. */
export const ARRAYS = 'arrays';

/** The folders that workers write to. */
export function workFolders(out: string): Folders {
  return { store: path.join(out, STORE), retrainings: path.join(out, RETRAININGS) };
}

/** The folder of a split, relative to --out: another scaling has one of its own. */
export function dataFolder({ scaling }: { readonly scaling: string }): string {
  return scaling === 'standardised' ? DATA : `${DATA}-${scaling}`;
}
