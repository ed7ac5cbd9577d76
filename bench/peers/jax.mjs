// Times @jax-js/jax (npm install --prefix bench/peers) on request, as bench/peers/server.py does for Python.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

globalThis.Float16Array ??= class Float16Array {}; // Node 20 has neither of these
globalThis.navigator ??= { hardwareConcurrency: 1 };
const peer = '@jax-js/jax';
const jax = await import(peer).catch(() => undefined);
const version =
  jax && JSON.parse(readFileSync(new URL('node_modules/@jax-js/jax/package.json', import.meta.url))).version;
await jax?.init();
jax?.defaultDevice('wasm');

/** A .npy file of doubles in C order. */
function load(file) {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  const shape = /'shape': \(([^)]*)\)/.exec(bytes.subarray(10, start).toString('latin1'))[1];
  const data = new Float64Array(
    bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length),
  );
  return jax.numpy.array(data, {
    shape: shape.split(',').filter(Boolean).map(Number),
    dtype: jax.numpy.float64,
  });
}

function save(file, data) {
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${data.length},), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${header}`, 'latin1');
  head.writeUInt16LE(header.length, 8);
  writeFileSync(file, Buffer.concat([head, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]));
}

const WORKS = {
  matmul: (f) => {
    const [a, b] = [load(`${f}/a.npy`), load(`${f}/b.npy`)];
    return () => jax.numpy.matmul(a.ref, b.ref).dataSync();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { work, folder, repeats } = JSON.parse(line);
  const make = jax && WORKS[work];
  if (!make) {
    console.log(JSON.stringify({ peer, missing: true }));
    continue;
  }
  const run = make(folder);
  const timed = () => {
    const start = performance.now();
    const result = run();
    return [(performance.now() - start) / 1e3, result];
  };
  const [first, result] = timed();
  save(`${folder}/result.npy`, Float64Array.from(result));
  const seconds = first > 2 ? [first] : Array.from({ length: repeats }, () => timed()[0]);
  console.log(JSON.stringify({ peer, version, seconds }));
}
