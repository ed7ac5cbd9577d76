/** @file The tape that knows every op. */
import { OP_TABLE, type Ops } from './ops/table.ts';
import { type CompileOptions, Program } from './program.ts';
import { Tape } from './tape.ts';
import { checkNode, type TapeNode } from './tape-node.ts';

/** As {@link Tape}, with the whole table of ops; its programs check every call. */
export class AnyTape extends Tape {
  /** @param ops - Another table is for trying a definition that is not in the table yet. */
  constructor(ops: Partial<Ops> = OP_TABLE) {
    super(ops);
  }

  /** Plans the memory and returns the program that computes everything recorded and the derivatives of `output`. */
  override compile(output: TapeNode, options: CompileOptions = {}): Program {
    checkNode('Tape.compile', 'operand', this.nodes, output, 'tape');
    return new Program([...this.nodes], this.parameterCount, output, options);
  }
}
