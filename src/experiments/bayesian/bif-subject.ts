/** @file What a run is about, in the words of its pages: read from the name of its setting. */
import { CLASSES } from '../protocol/data/digits.ts';
import { EMOJI_CATEGORIES } from '../protocol/data/emoji.ts';
import { DECLARED } from '../protocol/network-setting.ts';
import type { BifResults } from './bif-results.ts';

/** Words that differ between networks. */
export interface Subject {
  /** "Digits". */
  readonly data: string;
  readonly classes: number;
  /** The networks whose times are compared. */
  readonly timed: string;
  /** Heading of their widths, and how one is written. */
  readonly width: string;
  readonly widthOf: (width: number) => string | number;
  /** How the damped influence function is computed. */
  readonly solved: string;
}

const PERCEPTRON: Subject = {
  data: 'Digits',
  classes: CLASSES,
  timed: 'two hidden layers',
  width: 'hidden units',
  widthOf: (width) => `2 × ${width}`,
  solved: 'by conjugate gradients',
};

const RESNET: Subject = {
  data: 'emoji',
  classes: EMOJI_CATEGORIES.length,
  timed: 'the ResNet-9 at several widths',
  width: 'narrowest channels',
  widthOf: (width) => width,
  solved: 'by the whole matrix',
};

/** The words of a run. */
export function subjectOf({ setting }: Pick<BifResults, 'setting'>): Subject {
  if (!Object.hasOwn(DECLARED, setting)) return PERCEPTRON;
  const { kind } = DECLARED[setting as keyof typeof DECLARED].architecture;
  if (kind !== 'resnet9') throw new Error(`no words for ${setting}.`);
  return RESNET;
}
