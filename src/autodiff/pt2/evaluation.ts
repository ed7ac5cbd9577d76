/** @file One op on constants: its operands, and how results are filled. */
import { type Call, constant } from './conversion.ts';
import type { Argument } from './exported-graph.ts';
import type { Constant } from './values.ts';

/** ScalarType of the schema. */
const BOOLEAN_TYPE = 12;

/** One node of constants. */
export class Evaluation {
  readonly call: Call;
  private readonly operands: ReadonlyMap<string, Constant>;

  /** How many elements a result may have. */
  private readonly most: number;

  constructor(call: Call, operands: ReadonlyMap<string, Constant>, most: number) {
    this.call = call;
    this.operands = operands;
    this.most = most;
  }

  /** The operands of a list, in order. */
  list(name: string): Constant[] {
    const given = this.call.argument(name);
    const count = Array.isArray(given) ? given.length : 0;
    return Array.from({ length: count }, (_, i) => this.get(`${name}.${i}`));
  }

  /** The operand of that name: a constant, or a number as one. */
  get(name: string): Constant {
    return this.operands.get(name) ?? constant([], [this.call.number(name)]);
  }

  /** Whether the result is of Booleans. */
  isBoolean(op: string): boolean {
    const dtype = this.call.argument('dtype');
    if (typeof dtype === 'number') return dtype === BOOLEAN_TYPE;
    if (/^(eq|ne|lt|le|gt|ge|__and__|__or__|(logical|bitwise)_.*)$/.test(op)) return true;
    if (op === 'where') return this.operands.get('self')?.boolean ?? false;
    if (/^(sum|cos|sin|exp|log|pow|sqrt|matmul)$/.test(op)) return false;
    const of = this.operands.get('self') ?? this.operands.get('input') ?? this.operands.get('tensors.0');
    return of?.boolean ?? typeof this.call.argument('fill_value') === 'boolean';
  }

  /** The shape that an argument asks for, the batch as 1. */
  shape(name: string): number[] {
    const { size: batch } = this.call.conversion.batch;
    const isAny = batch > 1e6;
    return (this.call.integers(name) ?? []).map((size) =>
      isAny && size % batch === 0 ? size / batch : size,
    );
  }

  filled(shape: readonly number[], value: (index: number) => number): Constant {
    const count = shape.reduce((a, b) => a * b, 1);
    if (!(count >= 0 && count <= this.most))
      this.call.unsupported(`is a constant of ${count} elements, more than ${this.most}.`);
    return constant(
      shape,
      Float64Array.from({ length: count }, (_, i) => value(i)),
    );
  }

  /** Operands stretched to one shape, element by element. */
  each(names: readonly string[], value: (...elements: number[]) => number): Constant {
    const operands = names.map((name) => this.get(name));
    const rank = Math.max(...operands.map(({ shape }) => shape.length));
    const padded = operands.map(({ shape }) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
    const shape = Array.from({ length: rank }, (_, axis) => Math.max(...padded.map((sizes) => sizes[axis])));
    for (const sizes of padded)
      if (sizes.some((size, axis) => size !== 1 && size !== shape[axis]))
        this.call.unsupported('has constants whose shapes do not match.');
    const strides = padded.map((sizes) =>
      stridesOf(sizes).map((stride, axis) => (sizes[axis] === 1 ? 0 : stride)),
    );
    return this.filled(shape, (i) =>
      value(...operands.map(({ data }, k) => data[offsetOf(i, shape, strides[k])])),
    );
  }

  /** Elements of the first operand at other places. */
  moved(shape: readonly number[], strides: readonly number[], start = 0): Constant {
    const { data } = this.get('self');
    return this.filled(shape, (i) => data[start + offsetOf(i, shape, strides)]);
  }

  /** Strides and shape of the operand. */
  laid(): { shape: number[]; strides: number[] } {
    const { shape } = this.get('self');
    return { shape: [...shape], strides: stridesOf(shape) };
  }
}

/** Of C order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, run = 1; axis >= 0; run *= shape[axis], axis--) strides[axis] = run;
  return strides;
}

/** Where an element of C order lies. */
export function offsetOf(index: number, shape: readonly number[], strides: readonly number[]): number {
  let offset = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    offset += (index % shape[axis]) * strides[axis];
    index = Math.floor(index / shape[axis]);
  }
  return offset;
}

/** [start, stop) of a slice of an axis, as Python counts. */
export function sliceOf(call: Call, size: number): readonly [start: number, stop: number] {
  const clamp = (value: number): number => Math.min(size, Math.max(0, value < 0 ? value + size : value));
  const end: Argument = call.argument('end');
  return [clamp(call.number('start', 0)), end === null ? size : clamp(call.number('end'))];
}
