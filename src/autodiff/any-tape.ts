/** @file The tape that knows every op. */
import { OP_TABLE, type Ops } from './ops/table.ts';
import { Tape } from './tape.ts';

/** As {@link Tape}, with the whole table of ops. */
export class AnyTape extends Tape {
  /** @param ops - Another table is for trying a definition that is not in the table yet. */
  constructor(ops: Partial<Ops> = OP_TABLE) {
    super(ops);
  }
}
