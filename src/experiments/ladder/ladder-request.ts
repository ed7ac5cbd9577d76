/** @file What is asked of the ladder. */
import type { Request } from '../engine/experiment.ts';
import type { EarlierSettings } from '../judging/kept-settings.ts';
import type { AnySetting } from '../protocol/any-setting.ts';
import type { RunSize } from '../protocol/run-size.ts';
import type { ResponseRun } from './jobs.ts';
import type { LadderSetting } from './ladder-results.ts';

/** What to compare, and where. */
export interface LadderRequest extends Request {
  /** With as many base networks as are wanted of each. */
  readonly settings: readonly AnySetting[];
  /** Names of those on which other runs are tried. */
  readonly studied: readonly string[];
  /** Of which runs the response of training is measured on these. */
  readonly responses: readonly ResponseRun[];
  readonly size: RunSize;
  readonly wholeModels: number;
  readonly runModels: number;
  /** The folder of a run whose retrainings are used; it is only read. Absent: retrainings are made in `out`. */
  readonly retrainings?: string;
  /** A ladder whose other settings stay as they stand. */
  readonly earlier?: EarlierSettings<LadderSetting> | undefined;
  /** The command line, for the page. */
  readonly command: string;
}
