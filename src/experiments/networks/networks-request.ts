/** @file What is asked of the experiment. */
import type { Request } from '../engine/experiment.ts';
import type { EarlierSettings } from '../judging/kept-settings.ts';
import type { NetworkResults } from './networks-results.ts';
import type { NetworkCase } from './networks-work.ts';

/** Which networks, with how many retrainings and base networks each. */
export interface NetworksRequest extends Request {
  readonly cases: readonly NetworkCase[];
  /** The network whose scores and retrainings are written for other programs. */
  readonly exported?: string | undefined;
  /** Results whose other networks stay as they stand. */
  readonly earlier?: EarlierSettings<NetworkResults> | undefined;
  /** The command line, for the page. */
  readonly command: string;
}
