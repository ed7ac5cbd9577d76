/** @file The scalar tier of normalisation. */
import type { Vec } from '../../matrix.ts';

/** y ← (x − m) r, scale ← r = 1/√(v + ε). */
export function normaliseKernel(
  m: Vec,
  blocks: number,
  rows: number,
  batch: number,
  centred: number,
  epsilon: number,
  x: number,
  y: number,
  scale: number,
): void {
  const size = rows * batch;
  for (let g = 0; g < blocks; g++)
    for (let n = 0; n < batch; n++) {
      const first = g * size + n;
      const end = first + size;
      let mean = 0;
      if (centred !== 0) {
        for (let k = first; k < end; k += batch) mean += m[x + k];
        mean /= rows;
      }
      let squares = 0;
      for (let k = first; k < end; k += batch) {
        const d = m[x + k] - mean;
        squares += d * d;
      }
      const r = 1 / Math.sqrt(squares / rows + m[epsilon]);
      m[scale + g * batch + n] = r;
      for (let k = first; k < end; k += batch) m[y + k] = (m[x + k] - mean) * r;
    }
}

/** out ← r (v − mean v − y mean(y v)). */
export function normaliseSlopeKernel(
  m: Vec,
  blocks: number,
  rows: number,
  batch: number,
  centred: number,
  y: number,
  scale: number,
  v: number,
  out: number,
): void {
  const size = rows * batch;
  for (let g = 0; g < blocks; g++)
    for (let n = 0; n < batch; n++) {
      const first = g * size + n;
      const end = first + size;
      let mean = 0;
      let along = 0;
      for (let k = first; k < end; k += batch) {
        mean += m[v + k];
        along += m[y + k] * m[v + k];
      }
      mean = centred !== 0 ? mean / rows : 0;
      along /= rows;
      const r = m[scale + g * batch + n];
      for (let k = first; k < end; k += batch) m[out + k] = r * (m[v + k] - mean - m[y + k] * along);
    }
}

/** out ← out − r² (b (g − mean g) + a (v − mean v) + y (mean(v g) − mean v mean g − 3 a b)), a = mean(y g), b = mean(y v). */
export function normaliseCurveKernel(
  m: Vec,
  blocks: number,
  rows: number,
  batch: number,
  centred: number,
  y: number,
  scale: number,
  v: number,
  g: number,
  out: number,
): void {
  const size = rows * batch;
  for (let block = 0; block < blocks; block++)
    for (let n = 0; n < batch; n++) {
      const first = block * size + n;
      const end = first + size;
      let [meanV, meanG, a, b, both] = [0, 0, 0, 0, 0];
      for (let k = first; k < end; k += batch) {
        meanV += m[v + k];
        meanG += m[g + k];
        b += m[y + k] * m[v + k];
        a += m[y + k] * m[g + k];
        both += m[v + k] * m[g + k];
      }
      meanV = centred !== 0 ? meanV / rows : 0;
      meanG = centred !== 0 ? meanG / rows : 0;
      a /= rows;
      b /= rows;
      const c = both / rows - meanV * meanG - 3 * (a * b);
      const r = m[scale + block * batch + n];
      for (let k = first; k < end; k += batch) {
        const sides = b * (m[g + k] - meanG) + a * (m[v + k] - meanV);
        m[out + k] -= r * r * (sides + m[y + k] * c);
      }
    }
}
