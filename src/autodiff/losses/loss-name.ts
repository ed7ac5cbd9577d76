/** @file What files and command lines call losses. */
import { LOSS_TABLE } from './table.ts';

/** What a file says that a network was trained with: the name of the loss, with δ for `huber`. */
export type StoredLoss =
  | keyof typeof LOSS_TABLE
  | 'binary-cross-entropy'
  | 'soft-cross-entropy'
  | `huber(${number})`;

/** Every such name, for messages. */
export const STORED_LOSSES: readonly string[] = [
  ...Object.keys(LOSS_TABLE),
  'binary-cross-entropy',
  'soft-cross-entropy',
  'huber(δ)',
];

/** Whether a text is such a name. */
export function isStoredLoss(text: unknown): text is StoredLoss {
  return (
    typeof text === 'string' &&
    text !== 'huber(δ)' &&
    (STORED_LOSSES.includes(text) || huberDelta(text) !== undefined)
  );
}

/** δ in `huber(δ)`, written as JavaScript writes the number; undefined: another text. */
export function huberDelta(text: string): number | undefined {
  const delta = Number(/^huber\(([0-9.e+-]+)\)$/.exec(text)?.[1]);
  return delta > 0 && text === `huber(${delta})` ? delta : undefined;
}
