/** @file Nodes of the description as they are written: ids, no node twice, and the reshapes that a view needs. */
import { INPUT_ID } from '../graph/description.ts';
import type { Factor, View } from './view.ts';
import { exampleAxes, sizeOf } from './view.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** A node before the description is checked. */
export interface DraftNode {
  readonly id: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

type Axes = readonly (readonly Factor[])[];

/** Collects nodes. */
export class NodeWriter {
  private readonly drafts = new Map<string, DraftNode>();
  private readonly known = new Map<string, string>();

  /** In the order in which they were added. */
  get nodes(): readonly DraftNode[] {
    return [...this.drafts.values()];
  }

  /**
   * Adds a node, unless there is one of the same op, operands and attributes.
   *
   * @param wish - The id, if it is free; else it gets a number.
   */
  add(wish: string, op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const key = JSON.stringify([op, inputs, attributes]);
    const there = this.known.get(key);
    if (there !== undefined) return there;
    const id = this.free(wish);
    this.known.set(key, id);
    this.drafts.set(id, { id, op, inputs, attributes });
    return id;
  }

  /** The id that a node gets that wishes for this one. */
  free(wish: string): string {
    let id = wish;
    for (let n = 1; id === INPUT_ID || this.drafts.has(id); n++) id = `${wish}_${n}`;
    return id;
  }

  /** Gives a node one attribute more; nothing else may have read it. */
  amend(node: DraftNode, attribute: string, value: unknown): void {
    this.drafts.set(node.id, { ...node, attributes: { ...node.attributes, [attribute]: value } });
    for (const [key, id] of this.known) if (id === node.id) this.known.delete(key);
  }

  /** The node of an id; undefined for the input. */
  find(id: string): DraftNode | undefined {
    return this.drafts.get(id);
  }

  /** The id of a node whose example has the given axes: the view's own, or one behind what brings it into shape. */
  shaped(view: View, wanted: Axes = exampleAxes(view)): string {
    const { node, scale } = view;
    const axes = orOne(wanted);
    const from = scale === 1 ? node : this.add(`${node}.scale`, 'scale', [node], { factor: scale });
    const [have, want] = [view.axes.flat(), axes.flat()];
    if (have.every((factor, i) => factor === want[i])) return this.reshaped(from, view.axes, axes);
    const whole = view.axes.filter((own) => own.length > 0);
    const runs = whole.every((own) => runsOf(own, want).length === 1) ? whole : runsOf(have, want);
    const order = [...runs].sort((a, b) => want.indexOf(a[0]) - want.indexOf(b[0]));
    const apart = this.reshaped(from, view.axes, runs);
    const turn = { axes: order.map((run) => runs.indexOf(run)) };
    return this.reshaped(this.add(`${node}.transpose`, 'transpose', [apart], turn), order, axes);
  }

  /** The same tensor, of a node with the example axes that the tensor has. */
  canonical(view: View): View {
    const axes = orOne(exampleAxes(view));
    return { ...view, node: this.shaped(view, axes), axes, scale: 1 };
  }

  private reshaped(id: string, from: Axes, to: Axes): string {
    const shape = to.map(sizeOf);
    if (String(from.map(sizeOf)) === String(shape)) return id;
    return shape.length === 1
      ? this.add(`${id}.flatten`, 'flatten', [id])
      : this.add(`${id}.reshape`, 'reshape', [id], { shape });
  }
}

/** One number is [1]. */
function orOne(axes: Axes): Axes {
  return axes.length === 0 ? [[]] : axes;
}

/** Factors that are neighbours in both orders, as they lie in the first. */
function runsOf(have: readonly Factor[], want: readonly Factor[]): readonly (readonly Factor[])[] {
  const runs: Factor[][] = [];
  for (const [i, factor] of have.entries()) {
    const follows = i > 0 && want.indexOf(factor) === want.indexOf(have[i - 1]) + 1;
    if (follows) runs[runs.length - 1].push(factor);
    else runs.push([factor]);
  }
  return runs;
}
