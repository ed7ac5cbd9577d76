/** @file The settings of the ladder by name: those of Digits, and perceptrons on Concrete and on Fashion-MNIST. */
import type { LossName } from '../../autodiff/index.ts';
import { CommandError } from '../files/command-error.ts';
import type { AnySetting, OtherData } from '../protocol/any-setting.ts';
import { SPLIT_SEED, settingConfig } from '../protocol/profile.ts';
import type { LadderProfile } from './ladder-profile.ts';

/** A data set beside Digits, with the loss that its networks learn by. */
interface Declared {
  readonly data: Omit<OtherData, 'seed' | 'folder'>;
  readonly loss: LossName;
}

/**
 * Chosen for what they cost, before a score was judged: of Concrete the training set and the queries of `astra`; of Fashion-MNIST as many images as the Hessian
 * of a network of 16 units can be had of, each square of four pixels averaged.
 */
const DECLARED = {
  concrete: { data: { dataset: 'concrete', train: 896, queries: 103 }, loss: 'squared-error' },
  'fashion-mnist': {
    data: { dataset: 'fashion-mnist', train: 1024, queries: 100, pooled: 2 },
    loss: 'cross-entropy',
  },
} as const satisfies Record<string, Declared>;

/** The form of names beside those on Digits. */
export const OTHER_FORM: string = `{${Object.keys(DECLARED).join(' | ')}}-d{depth}-w{width}-e{epochs}`;

/**
 * The setting of a name. Everything but data and loss is what the profile has for Digits.
 *
 * @param name - d1-w16-e100 on Digits; concrete-d2-w16-e100, fashion-mnist-d1-w16-e100.
 * @param folder - Of the IDX files of Fashion-MNIST.
 * @throws {CommandError} no such form; Fashion-MNIST without a folder.
 */
export function ladderSetting(
  { base }: Pick<LadderProfile, 'base'>,
  name: string,
  seed: number,
  models: number,
  folder?: string,
): AnySetting {
  const found = Object.entries(DECLARED).find(([dataset]) => name.startsWith(`${dataset}-`));
  if (found === undefined) return settingConfig(base, name, seed, models);
  const [dataset, { data, loss }] = found;
  const setting = settingConfig(base, name.slice(dataset.length + 1), seed, models);
  if (setting.measurement !== 'loss' || setting.data.scaling !== 'standardised')
    throw new CommandError(`--setting: ${name}: margins and other scalings are of Digits alone.`);
  if (dataset === 'fashion-mnist' && folder === undefined)
    throw new CommandError(`--setting: ${name} needs --data, the folder of the IDX files of Fashion-MNIST.`);
  return {
    ...setting,
    name,
    loss,
    data: {
      ...data,
      seed: SPLIT_SEED,
      ...(dataset === 'fashion-mnist' && folder !== undefined ? { folder } : {}),
    },
  };
}
