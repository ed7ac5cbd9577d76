/** @file How a tensor of PyTorch shows the elements of a node: its axes are products of factors, which views only rearrange. */

/** A factor of the shape; told apart by identity. */
export interface Factor {
  readonly size: number;
}

/**
 * A tensor that has each element of a node once, for every example of the batch. `view`, `permute`, `flatten` and the like regroup and reorder
 * the factors of `dims`; `axes` says where the factors lie in the node.
 */
export interface View {
  /** Id of the node in the description. */
  readonly node: string;
  /** The shape of one example of the node, C order. */
  readonly axes: readonly (readonly Factor[])[];
  /** The axes of the tensor: the factors of the node and the batch. An axis of size 1 may have none. */
  readonly dims: readonly (readonly Factor[])[];
  readonly batch: Factor;
  /** What the elements of the node are multiplied by. */
  readonly scale: number;
}

/** Product of sizes. */
export function sizeOf(factors: readonly Factor[]): number {
  return factors.reduce((product, { size }) => product * size, 1);
}

/** The shape of the tensor, batch included. */
export function shapeOf({ dims }: View): readonly number[] {
  return dims.map(sizeOf);
}

/** A node whose tensor has the batch first and then the example as it is. */
export function viewOf(node: string, shape: readonly number[], batch: Factor): View {
  const axes = shape.map((size) => [{ size }]);
  return { node, axes, dims: [[batch], ...axes], batch, scale: 1 };
}

/** Axis i of the result is axis order[i]. */
export function permuted(view: View, order: readonly number[]): View {
  return { ...view, dims: order.map((axis) => view.dims[axis]) };
}

/**
 * The same elements in C order under another shape: factors are split where the new axes need it.
 *
 * @returns undefined when an axis would begin or end inside the batch, or where sizes have no common factors.
 */
export function regrouped(view: View, shape: readonly number[]): View | undefined {
  const queue = view.dims.flat();
  const parts = new Map<Factor, readonly Factor[]>();
  const dims: Factor[][] = [];
  let at = 0;
  for (const size of shape) {
    const group: Factor[] = [];
    let product = 1;
    while (product < size || (size === 1 && group.length === 0 && queue[at]?.size === 1)) {
      const next = queue[at];
      if (next === undefined) return undefined;
      if (size % (product * next.size) === 0) {
        at++;
        group.push(next);
        product *= next.size;
        continue;
      }
      const need = size / product;
      if (!Number.isInteger(need) || next.size % need !== 0 || next === view.batch) return undefined;
      const [first, rest] = [{ size: need }, { size: next.size / need }];
      queue.splice(at, 1, first, rest);
      replacePart(parts, next, [first, rest]);
    }
    dims.push(group);
  }
  while (queue[at]?.size === 1) dims[dims.length - 1]?.push(queue[at++]);
  if (at < queue.length || sizeOf(queue) !== shape.reduce((a, b) => a * b, 1)) return undefined;
  const refine = (factors: readonly Factor[]): Factor[] => factors.flatMap((one) => parts.get(one) ?? [one]);
  return { ...view, axes: view.axes.map(refine), dims };
}

/** A factor that came from splitting may be split again. */
function replacePart(parts: Map<Factor, readonly Factor[]>, from: Factor, to: readonly Factor[]): void {
  for (const [whole, pieces] of parts)
    if (pieces.includes(from)) {
      parts.set(
        whole,
        pieces.flatMap((one) => (one === from ? to : [one])),
      );
      return;
    }
  parts.set(from, to);
}

/** The axes of one example: those of the tensor without the batch; axes that are only that, or of no factor, vanish. */
export function exampleAxes({ dims, batch }: View): readonly (readonly Factor[])[] {
  return dims
    .map((factors) => factors.filter((one) => one !== batch))
    .filter((factors) => factors.length > 0);
}

/** Whether an axis of the tensor is the batch and nothing else. */
export function isBatch({ dims, batch }: View, axis: number): boolean {
  return dims[axis]?.length === 1 && dims[axis][0] === batch;
}

/** Which factors stand where, as text: two views with the same layout of equal nodes match element by element. */
export function layoutOf({ axes, dims, batch }: View): string {
  const places = new Map(axes.flat().map((factor, i) => [factor, i]));
  return JSON.stringify([
    axes.map((factors) => factors.map(({ size }) => size)),
    dims.map((factors) => factors.map((one) => (one === batch ? -1 : places.get(one)))),
  ]);
}
