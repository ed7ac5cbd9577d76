/** @file Plan. */
import type { Output } from '../commands/output.ts';
export function planAstra(..._: unknown[]): Output {
  return { figures: {}, lines: [] };
}
