/** @file What the rule of `trajectory` chose on the networks of *Better Hessians Matter*, of 1,617 digits, on 2 December 2026. */
import { prepareDigits } from '../../../src/experiments/protocol/data/prepare-digits.ts';
import { PROFILES, settingConfig } from '../../../src/experiments/protocol/profile.ts';
import { settingModel } from '../../../src/experiments/protocol/setting-model.ts';
import { trajectoryRun } from '../../../src/influence/index.ts';

interface Run {
  readonly epochs: number;
  readonly learningRate: number;
  readonly initialisation: string;
}

/** 0.6 / (61 + 1): standardised features, three of which are constant. */
const learningRate = rounded(0.6 / 62);
const torch = (epochs: number): Run => ({ epochs, learningRate, initialisation: 'torch' });
const xavier = (epochs: number): Run => ({ epochs, learningRate, initialisation: 'xavier' });

/** The sum of squares has another order of additions. */
export function rounded(rate: number): number {
  return Number(rate.toPrecision(10));
}

/** By depth and width. */
export const CHOSEN: Readonly<Record<string, Run>> = {
  'd8-w16': xavier(6),
  'd4-w16': xavier(23),
  'd1-w16': torch(32),
  'd1-w32': torch(23),
  'd1-w64': torch(23),
  'd1-w128': torch(11),
};

/** What the rule chooses now. */
export function chosenRun(name: string): Run {
  const setting = settingConfig(PROFILES.paper, `${name}-e100`, 0);
  const { config } = trajectoryRun(settingModel(setting), setting.loss, prepareDigits(setting.data).train);
  const { epochs, learningRate: rate, initialisation } = config;
  return { epochs, learningRate: rounded(rate), initialisation };
}
