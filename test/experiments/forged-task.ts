/** @file Stored results rewritten by somebody who knows the file format: the checksum holds, the content does not. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** What stands in a file of results. */
export interface TaskFile {
  value: { [name: string]: unknown };
  seconds: { [stage: string]: number };
  arrays: { name: string; shape: number[]; data: Float64Array }[];
}

const CHECKSUM_BYTES = 32;

/** Reads a .task file, whatever it is the result of. */
export function readTaskFile(file: string): TaskFile & { task: unknown } {
  const bytes = readFileSync(file);
  const length = bytes.readUInt32LE(8);
  const header = JSON.parse(bytes.subarray(16, 16 + length).toString('utf8'));
  let at = 16 + length;
  const arrays = header.arrays.map(({ name, shape }: { name: string; shape: number[] }) => {
    const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
    for (let k = 0; k < data.length; k++, at += 8) data[k] = bytes.readDoubleLE(at);
    return { name, shape, data };
  });
  return { ...header, arrays };
}

/** Changes what a .task file holds, and gives it the checksum that this has. */
export function forgeTaskFile(file: string, change: (content: TaskFile) => void): void {
  const { task, ...content } = readTaskFile(file);
  change(content);
  const { value, seconds, arrays } = content;
  const header = JSON.stringify({
    task,
    value,
    seconds,
    arrays: arrays.map(({ name, shape }) => ({ name, shape })),
  });
  const text = Buffer.from(header, 'utf8');
  const padding = Buffer.alloc((8 - (text.length % 8)) % 8, ' ');
  const start = Buffer.alloc(16);
  start.write('EFTASK01', 'latin1');
  start.writeUInt32LE(text.length + padding.length, 8);
  const numbers = arrays.map(({ data }) => {
    const part = Buffer.alloc(8 * data.length);
    for (const [k, x] of data.entries()) part.writeDoubleLE(x, 8 * k);
    return part;
  });
  const body = Buffer.concat([start, text, padding, ...numbers]);
  const sum = createHash('sha256').update(body).digest();
  writeFileSync(file, Buffer.concat([body, sum.subarray(0, CHECKSUM_BYTES)]));
}

/** Every way in which a result can lack what is read of it, each by itself. The names tell what was done. */
export function* forgeries({
  value,
  seconds,
  arrays,
}: TaskFile): Generator<[string, (content: TaskFile) => void]> {
  for (const key of Object.keys(value)) {
    yield [`value.${key} removed`, (content) => delete content.value[key]];
    for (const wrong of ['x', [], { a: 1 }])
      if (JSON.stringify(wrong) !== JSON.stringify(value[key]))
        yield [`value.${key} = ${JSON.stringify(wrong)}`, (content) => (content.value[key] = wrong)];
  }
  yield ['another value', (content) => (content.value['surplus'] = 1)];
  for (const stage of Object.keys(seconds))
    yield [`seconds.${stage} = "x"`, (content) => Object.assign(content.seconds, { [stage]: 'x' })];
  for (const [k, { name, shape }] of arrays.entries()) {
    yield [`array ${name} removed`, (content) => content.arrays.splice(k, 1)];
    yield [`array ${name} renamed`, (content) => (content.arrays[k].name = 'other')];
    yield [`array ${name} with one axis more`, (content) => content.arrays[k].shape.push(1)];
    yield [
      `array ${name} longer`,
      (content) => {
        const longer = [1 + shape[0], ...shape.slice(1)];
        const length = longer.reduce((a, b) => a * b, 1);
        const data = new Float64Array(length);
        data.set(arrays[k].data);
        content.arrays[k] = { name, shape: longer, data };
      },
    ];
    if (shape.length > 1)
      yield [
        `array ${name} with its axes in another order`,
        (content) => {
          const turned = [...shape].reverse();
          content.arrays[k].shape =
            String(turned) === String(shape) ? [shape.reduce((a, b) => a * b, 1)] : turned;
        },
      ];
  }
  yield [
    'an array more',
    (content) => content.arrays.push({ name: 'surplus', shape: [1], data: Float64Array.of(0) }),
  ];
}

/** A result of nothing: no values, no arrays. */
export function hollowTaskFile(file: string): void {
  forgeTaskFile(file, (content) => {
    content.value = {};
    content.arrays = [];
  });
}
