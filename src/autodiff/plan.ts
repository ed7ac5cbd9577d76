/** @file The buffer plan: where every array of a program lies in its arena. */
import { ABSENT, type Slot, type ThetaBlock } from './op.ts';
import type { TapeNode } from './tape-node.ts';

/** Which derivatives a program can compute. */
export interface PlanOptions {
  /** 'parameters': θ̄ and the cotangents of all arrays on the way; 'activations': without θ̄; 'nothing': values only. */
  readonly wrt: 'parameters' | 'activations' | 'nothing';
  /** Number k of directions that tangents have room for. */
  readonly directions: number;
  /** Further arrays of the length of θ: the state of an optimiser. */
  readonly state: number;
  /** Doubles of further room, for data that are to stay beside the program. */
  readonly room: number;
}

/** Offsets of one array. `dot` and `barDot` are those of direction 0; direction j lies j · stride further. */
export interface Buffers {
  readonly rows: number;
  readonly cols: number;
  readonly value: number;
  readonly dot: number;
  readonly bar: number;
  readonly barDot: number;
  readonly aux: number;
  readonly curvature: number;
  readonly stride: number;
}

/**
 * Where an op writes a cotangent that is not the only one its operand receives: a buffer of its own, added to the
 * operand's by the program. {@link ABSENT} when the op writes directly.
 */
export interface Detour {
  readonly x: number;
  readonly z: number;
  readonly theta: number;
}

/** Offsets of θ and its derivatives, of the optimiser state, of every node and of the further room; and how long the arena must be. */
export interface Plan {
  readonly theta: Buffers;
  readonly state: readonly number[];
  readonly room: number;
  readonly nodes: readonly Buffers[];
  readonly detours: readonly Detour[];
  /** Blocks of θ overlap, so θ̄ starts from zero and is summed. */
  readonly sharedParameters: boolean;
  readonly length: number;
}

/** Hands out disjoint ranges, each beginning on a multiple of 8 doubles (one cache line). */
class Allocator {
  length = 0;

  take(n: number, copies = 1): number {
    const start = this.length;
    this.length += padded(n) * copies;
    return start;
  }

  takeIf(wanted: boolean, n: number, copies = 1): number {
    return wanted ? this.take(n, copies) : ABSENT;
  }
}

function padded(n: number): number {
  return (n + 7) & ~7;
}

/** Plans a program: arrays that no rule will touch get no memory. Nothing is reused, so every array can be looked at. */
export function planBuffers(
  nodes: readonly TapeNode[],
  output: TapeNode,
  parameterCount: number,
  options: PlanOptions,
): Plan {
  const memory = new Allocator();
  const k = options.directions;
  const withThetaBar = options.wrt === 'parameters';
  const active = activeNodes(nodes);
  const ancestor = ancestorsOf(nodes, output);

  const theta: Buffers = {
    rows: 1,
    cols: parameterCount,
    value: memory.take(parameterCount),
    bar: memory.takeIf(withThetaBar, parameterCount),
    dot: memory.takeIf(k > 0, parameterCount, k),
    barDot: memory.takeIf(k > 0 && withThetaBar, parameterCount, k),
    aux: ABSENT,
    curvature: ABSENT,
    stride: padded(parameterCount),
  };
  const state = Array.from({ length: options.state }, () => memory.take(parameterCount));

  const planned = nodes.map((node): Buffers => {
    const { rows, cols } = node;
    const size = rows * cols;
    const back = options.wrt !== 'nothing' && active[node.id] && ancestor[node.id];
    const keeps = node.op?.keeps;
    const aux = keeps?.aux?.(node.operands[0], node) ?? 0;
    const curvature = keeps?.curvature?.(node.operands[0], node) ?? 0;
    return {
      rows,
      cols,
      value: memory.take(size),
      aux: memory.takeIf(aux > 0, aux),
      curvature: memory.takeIf(k > 0 && curvature > 0, curvature),
      bar: memory.takeIf(back, size),
      dot: memory.takeIf(k > 0 && active[node.id], size, k),
      barDot: memory.takeIf(k > 0 && back, size, k),
      stride: padded(size),
    };
  });
  const sharedParameters = blocksOverlap(nodes);
  const detours = planDetours(nodes, planned, sharedParameters && withThetaBar, memory);
  const room = memory.take(options.room);
  return { theta, state, room, nodes: planned, detours, sharedParameters, length: memory.length };
}

/** True for nodes that depend on θ or on a variable. */
function activeNodes(nodes: readonly TapeNode[]): boolean[] {
  const active: boolean[] = [];
  for (const { id, kind, block, operands } of nodes)
    active[id] = kind === 'variable' || block !== undefined || operands.some((x) => active[x.id]);
  return active;
}

function ancestorsOf(nodes: readonly TapeNode[], output: TapeNode): boolean[] {
  const ancestor = nodes.map((node) => node === output);
  for (const node of [...nodes].reverse())
    if (ancestor[node.id]) for (const x of node.operands) ancestor[x.id] = true;
  return ancestor;
}

function blocksOverlap(nodes: readonly TapeNode[]): boolean {
  const blocks = nodes
    .flatMap(({ block }) => block ?? [])
    .map(({ offset, rows, width }) => [offset, offset + rows * width] as const)
    .sort((a, b) => a[0] - b[0]);
  return blocks.some(([start], i) => i > 0 && start < blocks[i - 1][1]);
}

/** In reverse order the first writer of a cotangent writes in place; every later one gets a buffer of its own. */
function planDetours(
  nodes: readonly TapeNode[],
  buffers: readonly Buffers[],
  sharedTheta: boolean,
  memory: Allocator,
): Detour[] {
  const written = new Set<number>();
  const detour = (x: TapeNode | undefined): number => {
    if (x === undefined || buffers[x.id].bar === ABSENT) return ABSENT;
    if (written.has(x.id)) return memory.take(x.rows * x.cols);
    written.add(x.id);
    return ABSENT;
  };
  const detours: Detour[] = nodes.map(() => ({ x: ABSENT, z: ABSENT, theta: ABSENT }));
  for (const node of [...nodes].reverse()) {
    if (buffers[node.id].bar === ABSENT || node.operands.length === 0) continue;
    const block = node.block === undefined ? 0 : node.block.rows * node.block.width;
    detours[node.id] = {
      x: detour(node.operands[0]),
      z: detour(node.operands[1]),
      theta: memory.takeIf(sharedTheta && block > 0, block),
    };
  }
  return detours;
}

/** An array that an op does not have. */
export const NO_SLOT: Slot = {
  rows: 0,
  cols: 0,
  size: 0,
  value: ABSENT,
  dot: ABSENT,
  bar: ABSENT,
  barDot: ABSENT,
};

/** The slot of an array in direction `j`; without tangents when j < 0. */
export function slotOf(b: Buffers, j: number): Slot {
  const at = (base: number): number => (base === ABSENT || j < 0 ? ABSENT : base + j * b.stride);
  const { rows, cols, value, bar } = b;
  return { rows, cols, size: rows * cols, value, bar, dot: at(b.dot), barDot: at(b.barDot) };
}

/** The block of θ that an op reads. */
export function blockOf(theta: Slot, { offset, rows, width: cols }: ThetaBlock): Slot {
  const shift = (base: number): number => (base === ABSENT ? ABSENT : base + offset);
  return {
    rows,
    cols,
    size: rows * cols,
    value: theta.value + offset,
    bar: shift(theta.bar),
    dot: shift(theta.dot),
    barDot: shift(theta.barDot),
  };
}
