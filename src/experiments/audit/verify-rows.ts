/** @file How many rows `--verify` can leave out. */
import { CommandError, USAGE } from '../files/command-error.ts';

/** @throws {CommandError} less than half of the rows would stay to train on. */
export function checkVerifiedRows(verify: number | 'flagged' | undefined, rows: number): void {
  const most = Math.floor(rows / 2);
  if (typeof verify !== 'number' || verify <= most) return;
  throw new CommandError(
    `--verify ${verify}: of ${rows} rows at most ${most} can be left out, so that half of them stay to train on.`,
    USAGE,
  );
}
